package io.spindrift.jobs.debezium;

import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.DeadLetter.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A flattened record may leave its schema and its table to the name of its topic, {@code <prefix>.<schema>.<table>}. There Debezium has
 * written {@code _} for every character that Kafka does not allow, so what the record says itself is preferred, and must agree.
 */
final class TopicName {

    private static final Pattern NOT_ALLOWED = Pattern.compile("[^a-zA-Z0-9._-]");

    private String lastTopic = "";
    /** What the record said itself that the topic was split for: its schema, its table or neither. */
    private byte @Nullable [] saidSchema;

    private byte @Nullable [] saidTable;
    private byte[] schema = new byte[0];
    private byte[] table = new byte[0];

    /** Gives the header the names that the record does not say. */
    void complete(String topic, EventHeader header) throws Refused {
        if (header.schema.isPresent() && header.table.isPresent()) {
            return;
        }
        if (!topic.equals(lastTopic) || !isSame(header.schema, saidSchema) || !isSame(header.table, saidTable)) {
            lastTopic = "";
            split(topic, header);
            lastTopic = topic;
            saidSchema = header.schema.isPresent() ? header.schema.copy() : null;
            saidTable = header.table.isPresent() ? header.table.copy() : null;
        }
        if (!header.schema.isPresent()) {
            header.schema.set(schema);
        }
        if (!header.table.isPresent()) {
            header.table.set(table);
        }
    }

    private static boolean isSame(EventHeader.Text said, byte @Nullable [] before) {
        return before == null ? !said.isPresent() : said.is(before);
    }

    /** By Debezium's own naming alone, where there is no record that says more. */
    static Optional<SourceTable> tableOf(String topic) {
        int tableAt = topic.lastIndexOf('.');
        int schemaAt = tableAt < 1 ? -1 : topic.lastIndexOf('.', tableAt - 1);
        return schemaAt > 0 && schemaAt + 1 < tableAt && tableAt + 1 < topic.length()
                ? Optional.of(new SourceTable(topic.substring(schemaAt + 1, tableAt), topic.substring(tableAt + 1)))
                : Optional.empty();
    }

    private void split(String topic, EventHeader header) throws Refused {
        String end = header.table.isPresent() ? "." + inTopic(header.table) : "";
        int tableAt = end.isEmpty() ? topic.lastIndexOf('.') : topic.length() - end.length();
        int schemaAt = tableAt < 1 ? -1 : topic.lastIndexOf('.', tableAt - 1);
        boolean fits = topic.endsWith(end)
                && schemaAt > 0
                && schemaAt + 1 < tableAt
                && tableAt + 1 < topic.length()
                && (!header.schema.isPresent()
                        || topic.substring(schemaAt + 1, tableAt).equals(inTopic(header.schema)));
        if (!fits) {
            throw Refused.because(
                    Reason.NOT_AN_ENVELOPE,
                    "the flattened record does not say its schema and table, and its topic %s is not"
                            + " <prefix>.<schema>.<table>: add table and source.schema to add.fields in the connector's"
                            + " ExtractNewRecordState",
                    topic);
        }
        schema = topic.substring(schemaAt + 1, tableAt).getBytes(StandardCharsets.UTF_8);
        table = topic.substring(tableAt + 1).getBytes(StandardCharsets.UTF_8);
    }

    private static String inTopic(EventHeader.Text name) {
        return NOT_ALLOWED
                .matcher(new String(name.copy(), StandardCharsets.UTF_8))
                .replaceAll("_");
    }
}
