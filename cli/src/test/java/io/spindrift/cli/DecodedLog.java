package io.spindrift.cli;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a replication slot of {@code test_decoding} says, in commit order: each change with the whole row behind it, as a replay of the log knows
 * it. Another decoder than the connector's, read by other code than the job's.
 */
final class DecodedLog {

    static final String SLOT = "replica_truth";

    private static final String UNCHANGED = "unchanged-toast-datum";

    /** Type and text of a value. */
    record Value(String type, @Nullable String text) {
        @Nullable
        Object canonical() {
            return PostgresText.ofPostgres(type, text);
        }
    }

    /**
     * @param operation as Debezium has it; a key that changes is a delete and a create
     * @param key canonical
     * @param row of a create or an update; empty otherwise
     */
    record Change(String table, char operation, List<Object> key, long lsn, long xid, Map<String, Value> row) {}

    private final Map<String, List<String>> keys;
    private final Map<String, Map<List<Object>, Map<String, Value>>> tables = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final Map<KeylessChange, Integer> keyless = new HashMap<>();
    private long commits;

    DecodedLog(Map<String, List<String>> keys) {
        this.keys = keys;
        keys.keySet().forEach(table -> tables.put(table, new HashMap<>()));
    }

    /** From here on every change is in {@link #changes}. The tables must be empty. */
    void begin(Connection postgres) throws SQLException {
        ShopTables.query(
                postgres, "SELECT pg_create_logical_replication_slot('" + SLOT + "', 'test_decoding')", row -> {});
    }

    /** @param postgres its session decides how values are written: see {@link PostgresText} */
    void readOn(Connection postgres) throws SQLException {
        ShopTables.query(
                postgres,
                "SELECT lsn - '0/0'::pg_lsn, xid::text::bigint, data FROM pg_logical_slot_get_changes('" + SLOT
                        + "', NULL, NULL)",
                row -> take(row.getLong(1), row.getLong(2), row.getString(3)));
    }

    /** As Debezium has the operation. */
    record KeylessChange(char operation, long lsn, long xid) {}

    /** Changes of the table without a key, and how many there are of each. */
    Map<KeylessChange, Integer> keyless() {
        return keyless;
    }

    private static char operation(String data) {
        return switch (data.substring(0, data.indexOf(':'))) {
            case "INSERT" -> 'c';
            case "UPDATE" -> 'u';
            case "DELETE" -> 'd';
            case "TRUNCATE" -> 't';
            default -> throw new IllegalStateException("unknown change: " + data);
        };
    }

    List<Change> changes() {
        return changes;
    }

    long commits() {
        return commits;
    }

    /** The rows that are left in the end, by canonical key. */
    Map<List<Object>, Map<String, Value>> rows(String table) {
        return Objects.requireNonNull(tables.get(table));
    }

    private void take(long lsn, long xid, String data) {
        if (data.startsWith("COMMIT")) {
            commits++;
        }
        if (!data.startsWith("table ")) {
            return;
        }
        int colon = data.indexOf(": ");
        String[] names = data.substring("table ".length(), colon).split(", ");
        String rest = data.substring(colon + 2);
        for (String name : names) {
            String table = name.substring(name.indexOf('.') + 1);
            if (name.startsWith(ReplicaSchema.SCHEMA + ".")) {
                apply(table, rest, lsn, xid);
            }
        }
    }

    private void apply(String table, String data, long lsn, long xid) {
        if (table.equals(ReplicaSchema.KEYLESS)) {
            keyless.merge(new KeylessChange(operation(data), lsn, xid), 1, Integer::sum);
            return;
        }
        Map<List<Object>, Map<String, Value>> rows = rows(table);
        Tuples tuples = new Tuples(data.substring(data.indexOf(": ") + 2));
        if (data.startsWith("TRUNCATE")) {
            rows.clear();
            changes.add(new Change(table, 't', List.of(), lsn, xid, Map.of()));
        } else if (data.startsWith("INSERT")) {
            put(table, 'c', tuples.read(), lsn, xid);
        } else if (data.startsWith("DELETE")) {
            remove(table, key(table, tuples.read()), lsn, xid);
        } else if (data.startsWith("UPDATE")) {
            update(table, tuples, lsn, xid);
        } else {
            throw new IllegalStateException("unknown change: " + data);
        }
    }

    private void update(String table, Tuples tuples, long lsn, long xid) {
        Map<String, Value> old = tuples.readOld();
        Map<String, Value> row = tuples.read();
        List<Object> key = key(table, row);
        List<Object> before = old.isEmpty() ? key : key(table, old);
        Map<String, Value> known = rows(table).getOrDefault(before, Map.of());
        row.replaceAll((column, value) ->
                UNCHANGED.equals(value.text()) ? Objects.requireNonNull(known.get(column), column) : value);
        if (key.equals(before)) {
            put(table, 'u', row, lsn, xid);
        } else {
            remove(table, before, lsn, xid);
            put(table, 'c', row, lsn, xid);
        }
    }

    private void put(String table, char operation, Map<String, Value> row, long lsn, long xid) {
        List<Object> key = key(table, row);
        rows(table).put(key, row);
        changes.add(new Change(table, operation, key, lsn, xid, row));
    }

    private void remove(String table, List<Object> key, long lsn, long xid) {
        rows(table).remove(key);
        changes.add(new Change(table, 'd', key, lsn, xid, Map.of()));
    }

    private List<Object> key(String table, Map<String, Value> row) {
        List<Object> key = new ArrayList<>();
        for (String column : Objects.requireNonNull(keys.get(table))) {
            key.add(Objects.requireNonNull(
                    Objects.requireNonNull(row.get(column)).canonical()));
        }
        return key;
    }

    /** {@code name[type]:value …}: numbers and null bare, other values in single quotes, doubled inside. */
    private static final class Tuples {
        private static final String NEW = "new-tuple:";
        private static final String OLD = "old-key:";

        private final String data;
        private int at;

        Tuples(String data) {
            this.data = data;
        }

        Map<String, Value> readOld() {
            return data.startsWith(OLD) ? read() : Map.of();
        }

        Map<String, Value> read() {
            Map<String, Value> row = new LinkedHashMap<>();
            skip(OLD);
            skip(NEW);
            while (at < data.length() && !data.startsWith(NEW, at)) {
                int bracket = data.indexOf('[', at);
                int end = data.indexOf("]:", bracket);
                String name = data.substring(at, bracket);
                String type = data.substring(bracket + 1, end);
                at = end + 2;
                row.put(name, new Value(type, value()));
                at++;
            }
            return row;
        }

        private void skip(String mark) {
            if (data.startsWith(mark, at)) {
                at += mark.length() + 1;
            }
        }

        private @Nullable String value() {
            if (data.startsWith("B'", at)) {
                at++;
            }
            if (data.charAt(at) == '\'') {
                return quoted();
            }
            int end = data.indexOf(' ', at);
            String bare = data.substring(at, end < 0 ? data.length() : end);
            at += bare.length();
            return bare.equals("null") ? null : bare;
        }

        private String quoted() {
            StringBuilder text = new StringBuilder();
            for (at++; ; at++) {
                if (data.charAt(at) == '\'') {
                    if (at + 1 == data.length() || data.charAt(at + 1) != '\'') {
                        at++;
                        return text.toString();
                    }
                    at++;
                }
                text.append(data.charAt(at));
            }
        }
    }

    /** For messages: how many changes of each kind. */
    Map<String, Integer> counts() {
        Map<String, Integer> counts = new TreeMap<>();
        changes.forEach(change -> counts.merge(change.table() + " " + change.operation(), 1, Integer::sum));
        return counts;
    }
}
