package io.spindrift.jobs.direct;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineConfig.Postgres;
import io.spindrift.jobs.ingest.ChangeDeserializer;
import io.spindrift.jobs.route.Router;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.ModelTypes;
import java.time.Duration;
import java.util.Properties;
import java.util.function.Supplier;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.cdc.connectors.base.source.assigner.state.HybridPendingSplitsState;
import org.apache.flink.cdc.connectors.base.source.assigner.state.PendingSplitsState;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceRecords;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceSplitBase;
import org.apache.flink.cdc.connectors.base.source.reader.IncrementalSourceReaderContext;
import org.apache.flink.cdc.connectors.base.source.reader.IncrementalSourceSplitReader;
import org.apache.flink.cdc.connectors.postgres.source.PostgresDialect;
import org.apache.flink.cdc.connectors.postgres.source.PostgresSourceBuilder.PostgresIncrementalSource;
import org.apache.flink.cdc.connectors.postgres.source.config.PostgresSourceConfig;
import org.apache.flink.cdc.connectors.postgres.source.config.PostgresSourceConfigFactory;
import org.apache.flink.cdc.connectors.postgres.source.enumerator.PostgresSourceEnumerator;
import org.apache.flink.cdc.connectors.postgres.source.offset.PostgresOffset;
import org.apache.flink.cdc.connectors.postgres.source.offset.PostgresOffsetFactory;
import org.apache.flink.cdc.connectors.postgres.source.reader.PostgresSourceReader;
import org.apache.flink.cdc.debezium.DebeziumDeserializationSchema;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.synchronization.FutureCompletingBlockingQueue;
import org.apache.flink.util.Collector;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * A database → change events, by Flink CDC: chunks of the tables first, side by side; then the log from the slot, in one subtask. What
 * identifies a change and where reading goes on is {@link ChangeEmitter}'s and {@link SlotReader}'s.
 */
public final class DirectSource extends PostgresIncrementalSource<ChangeEvent> {

    private static final long serialVersionUID = 1;

    private static final int CHUNK_ROWS = 8192;
    /** The slot keeps the log from the place of the oldest of them. */
    private static final int CHECKPOINTS_TO_GO_BACK = 3;

    private final Postgres database;
    private final ChangeDeserializer decoding;

    private DirectSource(Postgres database, ChangeDeserializer decoding, PostgresSourceConfigFactory settings) {
        super(settings, new Untouched(), new PostgresOffsetFactory(), new PostgresDialect(settings.create(0)));
        this.database = database;
        this.decoding = decoding;
    }

    public static DirectSource of(PipelineConfig.Source source, Router router) {
        Postgres database = source.postgres().orElseThrow();
        return new DirectSource(database, new ChangeDeserializer(source.decoding(), router), settings(database));
    }

    private static PostgresSourceConfigFactory settings(Postgres database) {
        PostgresSourceConfigFactory settings = new PostgresSourceConfigFactory();
        settings.hostname(database.hostname());
        settings.port(database.port());
        settings.database(database.database());
        settings.username(database.user());
        settings.password(database.password().reveal());
        settings.tableList(database.tables().stream()
                .map(table -> table.schema() + "\\." + table.table())
                .toArray(String[]::new));
        settings.decodingPluginName("pgoutput");
        settings.slotName(database.slotName());
        settings.splitSize(CHUNK_ROWS);
        // Its backfill filters by the LSNs of single changes, and loses some: ChangeEmitter says which.
        settings.skipSnapshotBackfill(true);
        settings.setLsnCommitCheckpointsDelay(CHECKPOINTS_TO_GO_BACK);
        settings.heartbeatInterval(Duration.ofSeconds(1));
        settings.debeziumProperties(debezium(database));
        return settings;
    }

    private static Properties debezium(Postgres database) {
        Properties settings = new Properties();
        settings.setProperty("database.server.name", database.serverName());
        settings.setProperty("publication.name", database.publication());
        settings.setProperty("publication.autocreate.mode", "disabled");
        settings.setProperty("skipped.operations", "none");
        // Deprecated, and skips truncates all the same unless told otherwise.
        settings.setProperty("truncate.handling.mode", "include");
        settings.setProperty("tombstones.on.delete", "false");
        settings.setProperty("decimal.handling.mode", "precise");
        settings.setProperty("time.precision.mode", "adaptive");
        settings.setProperty("interval.handling.mode", "string");
        settings.setProperty("binary.handling.mode", "bytes");
        settings.setProperty("hstore.handling.mode", "json");
        settings.setProperty("event.processing.failure.handling.mode", "fail");
        settings.setProperty("poll.interval.ms", "50");
        // Moves the slot while the tables rest: PostgreSQL 15 and later tell nothing of transactions on others.
        settings.setProperty(
                "heartbeat.action.query", "SELECT pg_logical_emit_message(false, 'spindrift-heartbeat', '')");
        return settings;
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"}) // so is the reader
    public PostgresSourceReader createReader(SourceReaderContext context) {
        UnsafeLoggers.disarm();
        // As Kafka's source does.
        decoding.open(context.metricGroup().addGroup("deserializer"));
        PostgresSourceConfig config = (PostgresSourceConfig) configFactory.create(context.getIndexOfSubtask());
        PostgresDialect dialect = (PostgresDialect) dataSourceDialect;
        FutureCompletingBlockingQueue<RecordsWithSplitIds<SourceRecords>> elements =
                new FutureCompletingBlockingQueue<>();
        IncrementalSourceReaderContext incremental = new IncrementalSourceReaderContext(context);
        Supplier<IncrementalSourceSplitReader> splits = () -> new IncrementalSourceSplitReader(
                context.getIndexOfSubtask(), dialect, config, incremental, snapshotHooks);
        Slot slot = new Slot(dialect, config);
        return new SlotReader(
                elements,
                splits,
                new ChangeEmitter(decoding, slot::confirmed),
                context.getConfiguration(),
                incremental,
                config,
                sourceSplitSerializer,
                dialect,
                new SlotReader.Place(slot, database));
    }

    @Override
    public PostgresSourceEnumerator createEnumerator(SplitEnumeratorContext<SourceSplitBase> context) {
        new ReadableTables(database).requireForSnapshot((PostgresDialect) dataSourceDialect);
        return super.createEnumerator(context);
    }

    @Override
    public PostgresSourceEnumerator restoreEnumerator(
            SplitEnumeratorContext<SourceSplitBase> context, PendingSplitsState checkpoint) {
        ReadableTables tables = new ReadableTables(database);
        if (checkpoint instanceof HybridPendingSplitsState state && state.isStreamSplitAssigned()) {
            tables.requireForStream((PostgresDialect) dataSourceDialect);
        } else {
            tables.requireForSnapshot((PostgresDialect) dataSourceDialect);
        }
        return super.restoreEnumerator(context, checkpoint);
    }

    @Override
    public TypeInformation<ChangeEvent> getProducedType() {
        return ModelTypes.CHANGE_EVENT;
    }

    /** Where the slot stands; both are asked of the database. */
    record Slot(PostgresDialect dialect, PostgresSourceConfig config) {

        /** Nothing that was committed ahead of it is sent any more. */
        PostgresOffset confirmed() {
            PostgresOffset confirmed = (PostgresOffset) dialect.displayCommittedOffset(config);
            return PostgresOffset.of(StreamPlace.beginning(confirmed.getLsn().asLong()));
        }

        long logEnd() {
            return ((PostgresOffset) dialect.displayCurrentOffset(config))
                    .getLsn()
                    .asLong();
        }
    }

    /** Flink CDC wants one; {@link ChangeEmitter} stands in its place. */
    private static final class Untouched implements DebeziumDeserializationSchema<ChangeEvent> {
        private static final long serialVersionUID = 1;

        @Override
        public void deserialize(SourceRecord record, Collector<ChangeEvent> out) {
            throw new UnsupportedOperationException("ChangeEmitter decodes");
        }

        @Override
        public TypeInformation<ChangeEvent> getProducedType() {
            return ModelTypes.CHANGE_EVENT;
        }
    }
}
