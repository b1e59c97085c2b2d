package io.spindrift.chaos;

import io.spindrift.local.workload.ChangeCounts;
import io.spindrift.local.workload.EcommerceSource;
import io.spindrift.local.workload.TableChanges;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What must hold when the pipeline has come to rest: the mirror equals the source cell for cell, and the log holds each record once and each
 * change once, records that are no change as dead letters. Compares everything since the beginning, not only the last run.
 */
final class Oracle {
    /** No format of records begins so. */
    private static final byte[] POISON = "poison ".getBytes(StandardCharsets.US_ASCII);

    private final Connection postgres;
    private final Topics topics;
    private final Warehouse warehouse;
    private final Map<String, Long> snapshot;

    /** @param snapshot rows of each table that the connector's snapshot has read */
    Oracle(Connection postgres, Topics topics, Warehouse warehouse, Map<String, Long> snapshot) {
        this.postgres = postgres;
        this.topics = topics;
        this.warehouse = warehouse;
        this.snapshot = Map.copyOf(snapshot);
    }

    /** The value of a record that is no change. */
    static byte[] poison(int number) {
        return (new String(POISON, StandardCharsets.US_ASCII) + number).getBytes(StandardCharsets.US_ASCII);
    }

    /** Topic, partition, offset and value of all such records, those among them that a replay wrote again. */
    private List<String> poisoned() {
        return ChaosStack.TABLES.stream()
                .flatMap(table -> topics.read(EcommerceSource.topic(table)).stream())
                .filter(record -> record.value() != null && Arrays.mismatch(record.value(), POISON) >= POISON.length)
                .map(record -> "%s %d %d %s"
                        .formatted(
                                record.topic(),
                                record.partition(),
                                record.offset(),
                                HexFormat.of().withUpperCase().formatHex(record.value())))
                .sorted()
                .toList();
    }

    private List<String> letters() {
        return warehouse.query(
                "SELECT TOPIC, \"PARTITION\", \"OFFSET\", \"VALUE\" FROM SPINDRIFT.DEAD_LETTERS",
                row -> "%s %d %d %s".formatted(row.getString(1), row.getInt(2), row.getLong(3), row.getString(4)));
    }

    private static Set<String> values(List<String> poisoned) {
        return poisoned.stream()
                .map(record -> record.substring(record.lastIndexOf(' ') + 1))
                .collect(Collectors.toSet());
    }

    /** Values of the topic of dead letters. */
    private Set<String> sent() {
        return topics.read(ChaosStack.PIPELINE + ".dead-letters").stream()
                .map(record -> HexFormat.of().withUpperCase().formatHex(record.value()))
                .collect(Collectors.toSet());
    }

    private boolean haveArrived(List<String> poisoned) {
        return new HashSet<>(letters()).containsAll(poisoned) && sent().containsAll(values(poisoned));
    }

    /** Every change is in the log, and every other record among the dead letters, once or more often. */
    boolean haveArrived(ChangeCounts made) {
        long expected = expectedRows(made);
        return loggedRows() >= expected
                && count("SELECT DISTINCT _KAFKA_TOPIC, _KAFKA_PARTITION, _KAFKA_OFFSET FROM RAW.%s") >= expected
                && haveArrived(poisoned());
    }

    /** A log of rows without a key does not tell whether all are there. */
    boolean hasSettled() throws SQLException {
        return PageViews.differences(postgres, warehouse).isEmpty();
    }

    /** Rows in the log, snapshot reads among them. */
    long loggedRows() {
        return count("SELECT 1 AS X FROM RAW.%s");
    }

    private long count(String rows) {
        String counts = EcommerceSource.TABLES.stream()
                .map(table -> "SELECT COUNT(*) AS N FROM (" + rows.formatted(upper(table)) + ")")
                .collect(Collectors.joining(" UNION ALL "));
        return warehouse.number("SELECT SUM(N) FROM (" + counts + ")");
    }

    long expectedRows(ChangeCounts made) {
        return made.total()
                + snapshot.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Empty: everything holds. */
    List<String> differences(ChangeCounts made) throws SQLException {
        List<String> differences = new ArrayList<>();
        for (String table : EcommerceSource.TABLES) {
            compareLog(table, made.of(table), differences);
            compareMirror(table, differences);
        }
        String views = "RAW." + upper(PageViews.TABLE);
        twice(views, "_KAFKA_TOPIC, _KAFKA_PARTITION, _KAFKA_OFFSET", "TRUE", differences);
        twice(views, "_CDC_LSN, _CDC_TX_ID, _CDC_ORDER, _CDC_OPERATION", "TRUE", differences);
        differences.addAll(PageViews.differences(postgres, warehouse));
        compareDeadLetters(differences);
        return differences;
    }

    /** The topic has them, too; again after a job that began at an older state, so not each once. */
    private void compareDeadLetters(List<String> differences) {
        List<String> letters = letters().stream().sorted().toList();
        List<String> poisoned = poisoned();
        if (!letters.equals(poisoned)) {
            differences.add("SPINDRIFT.DEAD_LETTERS has %s, the topics have %s".formatted(letters, poisoned));
        }
        Set<String> sent = sent();
        Set<String> values = values(poisoned);
        if (!sent.equals(values)) {
            differences.add("the topic of dead letters has %s, the other topics have %s".formatted(sent, values));
        }
    }

    private void compareLog(String table, TableChanges made, List<String> differences) throws SQLException {
        String raw = "RAW." + upper(table);
        record Count(String operation, long rows) {}
        Map<String, Long> logged = new HashMap<>();
        warehouse
                .query(
                        "SELECT _CDC_OPERATION, COUNT(*) FROM " + raw + " GROUP BY _CDC_OPERATION",
                        row -> new Count(row.getString(1), row.getLong(2)))
                .forEach(count -> logged.put(count.operation(), count.rows()));
        Map<String, Long> expected = new HashMap<>(Map.of(
                "r", snapshot.getOrDefault(table, 0L), "c", made.inserts(), "u", made.updates(), "d", made.deletes()));
        expected.values().removeIf(rows -> rows == 0);
        if (!logged.equals(expected)) {
            differences.add("%s has operations %s, the source made %s".formatted(raw, logged, expected));
        }
        String key = upper(TableContents.keyColumn(postgres, table));
        twice(raw, "_KAFKA_TOPIC, _KAFKA_PARTITION, _KAFKA_OFFSET", "TRUE", differences);
        twice(raw, "_CDC_LSN, _CDC_TX_ID, _CDC_OPERATION, " + key, "_CDC_OPERATION <> 'r'", differences);
    }

    private void twice(String raw, String columns, String which, List<String> differences) {
        String text = columns.replace(", ", " || ' ' || ");
        warehouse
                .query(
                        "SELECT %1$s, COUNT(*) FROM (SELECT %2$s AS X FROM %3$s WHERE %4$s) GROUP BY %1$s HAVING COUNT(*) > 1 LIMIT 5"
                                .formatted("X", text, raw, which),
                        row -> "%s has %d rows of (%s) %s".formatted(raw, row.getInt(2), columns, row.getString(1)))
                .forEach(differences::add);
    }

    private void compareMirror(String table, List<String> differences) throws SQLException {
        Map<String, Map<String, @Nullable Object>> source =
                TableContents.ofPostgres(postgres, table).rows();
        Map<String, Map<String, @Nullable Object>> mirror = warehouse
                .run(connection -> TableContents.ofMirror(connection, postgres, table))
                .rows();
        String name = "MIRROR." + upper(table);
        source.forEach((key, row) -> {
            Map<String, @Nullable Object> mirrored = mirror.get(key);
            if (mirrored == null) {
                differences.add("%s lacks %s".formatted(name, key));
            } else {
                row.forEach((column, cell) -> {
                    if (!Objects.equals(cell, mirrored.get(column))) {
                        differences.add("%s %s: %s is %s in the source, %s in the mirror"
                                .formatted(name, key, column, shown(cell), shown(mirrored.get(column))));
                    }
                });
            }
        });
        mirror.keySet().stream()
                .filter(key -> !source.containsKey(key))
                .forEach(key -> differences.add("%s has %s, which the source does not have".formatted(name, key)));
    }

    private static String shown(@Nullable Object cell) {
        String text = String.valueOf(cell);
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }

    private static String upper(String name) {
        return name.toUpperCase(Locale.ROOT);
    }
}
