package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitTarget;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The warehouse as the committer sees it. A failed attempt is repeated in a new session from the first statement: the ledger answers whether
 * the attempt before it went through, so a lost reply needs no rule of its own.
 */
public final class SnowflakeLedger implements CommitTarget {

    private static final Logger LOG = LoggerFactory.getLogger(SnowflakeLedger.class);

    private final String pipeline;
    private final SessionKeeper sessions;
    private final Clock clock;
    private final TableMigration migration = new TableMigration();

    public SnowflakeLedger(String pipeline, WarehouseOptions options, Clock clock) {
        this.pipeline = pipeline;
        this.sessions = new SessionKeeper(() -> Session.open(options), SessionKeeper.Retry.DEFAULT);
        this.clock = clock;
    }

    /** Creates schemas, stage and ledger where they are missing. */
    public void setUp() throws IOException {
        sessions.run("set-up of the warehouse", session -> {
            for (String statement : setUpStatements()) {
                session.execute(statement);
            }
            return session.update(Statements.INSERT_PIPELINE, pipeline);
        });
    }

    /** The statements of {@code sql/warehouse/setup.sql}, comments removed. */
    static List<String> setUpStatements() {
        try (InputStream resource = SnowflakeLedger.class.getResourceAsStream("setup.sql")) {
            if (resource == null) {
                throw new IllegalStateException("setup.sql is missing from the build");
            }
            String script = new String(resource.readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^--.*\n", "");
            return Arrays.stream(script.split(";\\s*\n"))
                    .map(String::strip)
                    .filter(statement -> !statement.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long raiseEpoch() throws IOException {
        long epoch = sessions.run("take-over of pipeline " + pipeline, this::raiseEpoch);
        LOG.info("pipeline {}: this committer holds epoch {}", pipeline, epoch);
        return epoch;
    }

    private long raiseEpoch(Session session) throws SQLException, IOException {
        session.execute(Statements.BEGIN);
        int raised = session.update(Statements.RAISE_EPOCH, owner(), UtcText.of(clock.instant()), pipeline);
        if (raised != 1) {
            throw new IOException(
                    "pipeline %s has %d rows in SPINDRIFT.PIPELINES, not 1: run the set-up, or remove the extra rows"
                            .formatted(pipeline, raised));
        }
        long epoch = session.query(Statements.SELECT_EPOCH, row -> row.getLong(1), pipeline)
                .get(0);
        session.execute(Statements.COMMIT);
        return epoch;
    }

    private static String owner() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "unknown host";
        }
        return host + ", process " + ProcessHandle.current().pid();
    }

    @Override
    public Outcome commit(Commit commit, long epoch) throws IOException {
        return sessions.run("commit " + commit.id(), session -> {
            migration.prepare(session, commit.files());
            return new CommitTransaction(pipeline, epoch, session, clock).apply(commit);
        });
    }

    @Override
    public void close() {
        sessions.close();
    }
}
