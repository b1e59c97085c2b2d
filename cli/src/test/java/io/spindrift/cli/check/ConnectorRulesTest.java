package io.spindrift.cli.check;

import static io.spindrift.cli.check.Situation.ID;
import static io.spindrift.cli.check.Situation.column;
import static io.spindrift.cli.check.Situation.sound;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectorRulesTest {

    @Test
    void aSoundPipelineHasNoFinding() {
        assertThat(sound().found()).isEmpty();
    }

    /** A setting, and what is found for it; the second value is right. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "skipped.operations; t; skipped-operations: loses data; none",
                "skipped.operations; c,u; skipped-operations: loses data; NONE",
                "event.processing.failure.handling.mode; warn; failures-skipped: loses data; fail",
                "errors.tolerance; all; failures-skipped: loses data; none",
                "event.converting.failure.handling.mode; warn; conversion-failures: risk; fail",
                "snapshot.mode; initial_only; snapshot-mode: loses data; initial",
                "snapshot.mode; no_data; snapshot-mode: risk; initial",
                "snapshot.mode; always; snapshot-mode: risk; initial",
                "snapshot.include.collection.list; public.a; snapshot-mode: risk; ''",
                "snapshot.select.statement.overrides; public.a; snapshot-mode: risk; ''",
                "snapshot.isolation.mode; read_committed; snapshot-isolation: risk; repeatable_read",
                "slot.drop.on.stop; true; slot-dropped-on-stop: loses data; false",
                "offset.mismatch.strategy; trust_slot; offset-mismatch: risk; trust_offset",
                "heartbeat.interval.ms; 0; wal-not-released: risk; 5000",
                "lsn.flush.mode; manual; wal-not-released: risk; connector",
                "flush.lsn.source; false; wal-not-released: risk; true",
                "plugin.name; decoderbufs; plugin: risk; pgoutput",
                "publication.autocreate.mode; all_tables; publication-made-by-debezium: note; disabled",
                "unavailable.value.placeholder; x; placeholder: bends values; __debezium_unavailable_value",
                "provide.transaction.metadata; false; no-transaction-metadata: note; true",
                "converters; iso; values-changed-by-connector: risk; ''",
                "post.processors; reselector; values-changed-by-connector: risk; ''",
                "column.exclude.list; public.users.email; columns-excluded: note; ''",
                "column.exclude.list; public\\.users\\.ID; columns-excluded: loses data; ''",
                "column.include.list; public\\.users\\..*; columns-excluded: note; ''",
                "include.unknown.datatypes; true; unknown-datatypes: note; false",
                "signal.data.collection; public.users; signal-table: note; public.signals",
            })
    void aSettingIsFound(String key, String wrong, String finding, String right) {
        assertThat(sound().set(key, wrong).found()).containsExactly(finding);
        assertThat(sound().set(key, right).found()).isEmpty();
    }

    @Test
    void aDefaultOfTheInstalledVersionCountsAsSet() {
        Finding finding = sound().standard("skipped.operations", "t").only();
        assertThat(finding.seen()).isEqualTo("skipped.operations=t (the default)");
        assertThat(finding.set()).isEqualTo("skipped.operations=none");
        assertThat(finding.where()).isEqualTo("connector shop");
    }

    @Test
    void aConnectorThatStandsStillIsFound() {
        Finding finding = sound().state("task 0", "FAILED").only();
        assertThat(finding.rule()).isEqualTo(Rule.CONNECTOR_NOT_RUNNING);
        assertThat(finding.seen()).isEqualTo("task 0 is FAILED");
        assertThat(sound().state("the connector", "PAUSED").found()).containsExactly("connector-not-running: risk");
    }

    @ParameterizedTest
    @CsvSource({"3.6.3.Final, true", "2.7.0, true", "3.7.0.Beta1, false", "4.0.0.Final, false", "unknown, false"})
    void anOldVersionIsFound(String version, boolean found) {
        assertThat(sound().version(version).found().contains("connector-version: risk"))
                .isEqualTo(found);
    }

    @Test
    void anotherClusterOrDatabaseIsFound() {
        assertThat(sound().connectorsKafka("kafka-2").found()).containsExactly("other-kafka: risk");
        assertThat(sound().set("database.dbname", "shop2").found()).containsExactly("other-database: risk");
    }

    @Test
    void heartbeatsAreNotNeededWhereTheDriverTellsTheSlot() {
        assertThat(sound().set("heartbeat.interval.ms", "0")
                        .set("lsn.flush.mode", "connector_and_driver")
                        .found())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "io.debezium.transforms.Filter; records-filtered: risk",
                "org.apache.kafka.connect.transforms.Filter; records-filtered: risk",
                "io.debezium.transforms.ByLogicalTableRouter; records-rerouted: risk",
                "org.apache.kafka.connect.transforms.RegexRouter; records-rerouted: risk",
                "io.debezium.transforms.partitions.PartitionRouting; records-rerouted: risk",
                "org.apache.kafka.connect.transforms.ReplaceField$Value; records-transformed: risk",
            })
    void aTransformIsFound(String type, String finding) {
        assertThat(sound().set("transforms", "it")
                        .set("transforms.it.type", type)
                        .found())
                .containsExactly(finding);
    }

    @Test
    void flattenedRecordsNeedTheirFieldsAndDeletes() {
        Situation flat = sound().set("transforms", "unwrap")
                .set("transforms.unwrap.type", "io.debezium.transforms.ExtractNewRecordState")
                .set("transforms.unwrap.add.fields", "op,table,source.lsn");
        assertThat(Checkup.findings(flat.facts()).stream().map(Finding::seen))
                .containsExactlyInAnyOrder(
                        "a TRUNCATE at the source is dropped, whatever is set",
                        "add.fields lacks source.ts_us",
                        "add.fields lacks source.txId, source.snapshot",
                        "deletes become tombstones or nothing: delete.tombstone.handling.mode is not set");
        flat.set("transforms.unwrap.add.fields", "op, table, source.lsn, source.txId, source.ts_us, source.snapshot")
                .set("transforms.unwrap.delete.tombstone.handling.mode", "rewrite");
        assertThat(flat.only().seen()).isEqualTo("a TRUNCATE at the source is dropped, whatever is set");
        assertThat(flat.found()).containsExactly("flattened: risk");
        flat.set(
                "transforms.unwrap.add.fields", "op:operation, table, source.lsn, source.txId, source.ts_us, snapshot");
        assertThat(flat.first().seen()).isEqualTo("add.fields lacks op");
        flat.set("transforms.unwrap.add.fields", "op, table, source.lsn, source.txId, source.ts_us, source.snapshot")
                .set("transforms.unwrap.add.fields.prefix", "");
        assertThat(flat.found()).containsExactly("flattened: loses data", "flattened: risk");
    }

    @Test
    void secretsAreNotKept() {
        Connector connector = new Connector(
                "shop",
                Map.of(
                        "database.password", "hunter2",
                        "value.converter.basic.auth.user.info", "hunter2",
                        "producer.override.sasl.jaas.config", "hunter2",
                        "topic.prefix", "shop"),
                Map.of(),
                Optional.empty(),
                Map.of(),
                Optional.empty());
        assertThat(connector.config()).containsOnlyKeys("topic.prefix");
    }

    @Test
    void valuesThatAreCutAreFoundAndMaskedOnesNoted() {
        assertThat(sound().set("column.truncate.to.20.chars", "public.users.email")
                        .found())
                .containsExactly("values-changed-by-connector: bends values");
        assertThat(sound().set("column.mask.with.5.chars", "public.users.email").found())
                .containsExactly("values-changed-by-connector: note");
    }

    @Test
    void aSaltIsNotShown() {
        Finding finding = sound().set("column.mask.hash.SHA-256.with.salt.hunter2", "public.users.email")
                .only();
        assertThat(finding.seen()).isEqualTo("column.mask.hash.SHA-256.with.salt.… is set");
    }

    @Test
    void tablesAndColumnsThatDoNotTravelHaveNoFindings() {
        var bad = column("tags", Situation.array(Situation.type("float8")));
        assertThat(sound().table("other", ID, bad).found()).containsExactly("unchanged-arrives-as-null: risk");
        assertThat(sound().table("other", ID, bad)
                        .set("column.exclude.list", "public.other.tags")
                        .found())
                .containsExactly("columns-excluded: note");
        assertThat(sound().table("other", ID, bad)
                        .withoutTopic("shop.public.other")
                        .set("table.include.list", "public.users,public.x")
                        .found())
                .containsExactly("table-not-captured: note");
        assertThat(sound().table("other", ID, bad).reads("shop.public.users").found())
                .containsExactly("table-not-read: note");
    }

    @Test
    void topicsAreNamedAsDebeziumNamesThem() {
        Connector connector =
                sound().set("topic.delimiter", "_").facts().connector().orElseThrow();
        assertThat(connector.topicOf("public", "Größe 2")).isEqualTo("shop_public_Gr__e_2");
    }
}
