package io.spindrift.sinks.warehouse;

import static io.spindrift.sinks.model.Require.require;

import io.spindrift.sinks.model.TableName;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** What a person decides about a source that a commit refused. Each is one request, applied whole or not at all. */
public final class Acceptance implements AutoCloseable {

    private final String pipeline;
    private final SessionKeeper sessions;

    public Acceptance(String pipeline, WarehouseOptions options) {
        this.pipeline = pipeline;
        this.sessions = new SessionKeeper(() -> Session.open(options), SessionKeeper.Retry.DEFAULT);
    }

    /**
     * What stands in the topic-partition up to this offset may be missing. The ledger then says that it was read.
     *
     * @throws IOException when the ledger could not be written
     */
    public void gap(String topic, int partition, long upTo) throws IOException {
        require(partition >= 0 && upTo >= 0, "no such place: partition %d, offset %d", partition, upTo);
        sessions.run(
                "accepting a gap in " + topic + "-" + partition,
                session -> session.update(Statements.ACCEPT_GAP, pipeline, topic, partition, upTo, at(Instant.now())));
    }

    /** As the ledger notes it in the place of a commit's id: such texts compare like their times. */
    static String at(Instant time) {
        return "accepted " + time.truncatedTo(ChronoUnit.SECONDS);
    }

    /**
     * The topic is another one than it was and goes on where that one ended. Rows that came from the old one keep their place under the name
     * {@code <topic>@<five hex digits>}, which no topic can have; the ledger forgets its offsets. A job that still runs is fenced off.
     *
     * @return the name under which rows of the old topic stand now
     */
    public String newTopic(String topic) throws IOException {
        String token = UUID.randomUUID().toString();
        String oldName = topic + "@" + token.substring(0, 5);
        sessions.run("accepting the new topic " + topic, session -> {
            session.executeAll(rename(session, topic, oldName, token));
            return oldName;
        });
        return oldName;
    }

    private List<String> rename(Session session, String topic, String oldName, String token) throws SQLException {
        List<String> statements = new ArrayList<>();
        statements.add(Statements.BEGIN);
        statements.add(Statements.raiseEpoch(pipeline, token, "bin/spindrift accept topic"));
        for (String schema : List.of(Statements.RAW, Statements.MIRROR, Statements.MIRROR_AHEAD)) {
            for (String table : session.query(Statements.SELECT_LOGGED_TABLES, row -> row.getString(1), schema)) {
                statements.add(Statements.renameTopic(schema, new TableName(table), topic, oldName));
            }
        }
        statements.add(Statements.renameTopicOfDeadLetters(pipeline, topic, oldName));
        statements.add(Statements.forgetOffsets(pipeline, topic));
        statements.add(Statements.COMMIT);
        return statements;
    }

    @Override
    public void close() {
        sessions.close();
    }
}
