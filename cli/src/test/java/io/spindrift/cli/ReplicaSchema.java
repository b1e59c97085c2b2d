package io.spindrift.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** Tables that have, between them, every type and every kind of event whose values Debezium can carry exactly; all in the schema {@code zoo}. */
final class ReplicaSchema {

    static final String SCHEMA = "zoo";

    /** In the order of their names, with the columns of their keys. */
    static final Map<String, List<String>> KEYS = new LinkedHashMap<>();

    static {
        KEYS.put("composite", List.of("a", "b", "c", "d"));
        KEYS.put("defaults", List.of("id"));
        KEYS.put("emptied", List.of("id"));
        KEYS.put("emptied_too", List.of("id"));
        KEYS.put("every_type", List.of("id"));
        KEYS.put("swapped", List.of("id"));
        KEYS.put("toasted", List.of("id"));
    }

    /** It has no key: its rows are known by their values. */
    static final String KEYLESS = "keyless";

    /** A type, and values of it as PostgreSQL reads them. */
    private record Kind(String type, List<String> extremes) {}

    private static Kind kind(String type, String... extremes) {
        return new Kind(type, List.of(extremes));
    }

    /** Columns of {@code every_type} beside its key. */
    private static final Map<String, Kind> TYPES = types();

    private ReplicaSchema() {}

    private static Map<String, Kind> types() {
        Map<String, Kind> types = new LinkedHashMap<>();
        types.put("bo", kind("boolean", "true", "false"));
        types.put("i2", kind("smallint", "-32768", "32767", "0"));
        types.put("i4", kind("integer", "-2147483648", "2147483647", "-1"));
        types.put("i8", kind("bigint", "-9223372036854775808", "9223372036854775807", "0"));
        types.put("oi", kind("oid", "0", "4294967295"));
        types.put("f4", kind("real", "NaN", "Infinity", "-Infinity", "0.1", "3.4028235e38", "1.17549435e-38", "-0"));
        types.put(
                "f8",
                kind(
                        "double precision",
                        "NaN",
                        "Infinity",
                        "-Infinity",
                        "0.1",
                        "1.7976931348623157e308",
                        "2.2250738585072014e-308",
                        "1e-3",
                        "123456789012345680"));
        types.put("n", kind("numeric", "0", "-0.5", "123456789012345678901234567890.123456789", "1e-20", "1e40"));
        types.put("n12", kind("numeric(12,2)", "0", "-0.01", "9999999999.99", "-9999999999.99", "1.10"));
        types.put("n38", kind("numeric(38,10)", "0.0000000001", "9999999999999999999999999999.9999999999", "-1"));
        types.put("mo", kind("money", "0", "-1.05", "92233720368547758.07", "-92233720368547758.08"));
        types.put(
                "da", kind("date", "1970-01-01", "1582-10-15", "9999-12-31", "2024-02-29", "infinity", "10000-01-01"));
        types.put(
                "ts3",
                kind("timestamp(3)", "1969-12-31 23:59:59.999", "9999-12-31 23:59:59.999", "2038-01-19 03:14:08"));
        types.put(
                "ts6",
                kind(
                        "timestamp",
                        "1969-12-31 23:59:59.999999",
                        "1583-01-01 00:00:00.000001",
                        "2024-02-29 12:00:00",
                        "infinity"));
        types.put(
                "tz",
                kind(
                        "timestamptz",
                        "1969-12-31 23:59:59.999999+00",
                        "2024-03-31 02:30:00.5+01",
                        "infinity",
                        "-infinity",
                        "20000-01-01 00:00:00+00"));
        types.put("t3", kind("time(3)", "00:00:00", "23:59:59.999", "12:00:00.5"));
        types.put("t6", kind("time", "00:00:00", "23:59:59.999999", "24:00:00"));
        types.put("ttz", kind("timetz", "00:00:00+00", "12:34:56.789+02", "23:59:59.999999-11"));
        types.put(
                "iv",
                kind(
                        "interval",
                        "0",
                        "1 year 2 mons 3 days 04:05:06.789",
                        "-1 mons +2 days -00:00:00.000001",
                        "100000 hours"));
        types.put("by", kind("bytea", "\\x", "\\x00", "\\xff00ff", "\\x" + "5a".repeat(300)));
        types.put("b1", kind("bit(1)", "0", "1"));
        types.put("b8", kind("bit(12)", "000000000001", "100000000000", "000000000000", "111111111111"));
        types.put("uu", kind("uuid", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"));
        types.put("en", kind("zoo.mood", "sad", "it's ok", "ünhappy"));
        types.put("ch", kind("char(5)", "", "a", "äöü", "a b"));
        types.put("vc", kind("varchar(40)", "", "'", "\"", "a,b", "\\N", "null", " x "));
        types.put(
                "tx",
                kind(
                        "text",
                        "",
                        "line\nbreak",
                        "\r\n\t",
                        "\\",
                        "\"\"",
                        "𝄞 €",
                        "__debezium_unavailable_value_",
                        "NULL",
                        "\u0001\u007f"));
        types.put("ci", kind("citext", "ABC", "äÖ"));
        types.put(
                "js",
                kind(
                        "json",
                        "{\"a\": [1, 2.50, \"x\\u00e9\"], \"b\": null}",
                        "null",
                        "\"text\"",
                        "12345678901234567890",
                        "[]"));
        types.put("jb", kind("jsonb", "{\"a\": {\"b\": [true, false, null]}}", "null", "1e2", "{}"));
        types.put("xm", kind("xml", "<a>x</a>", "<a b=\"c\"/>"));
        types.put("ine", kind("inet", "192.168.0.1", "10.0.0.0/8", "::1", "fe80::1/64"));
        types.put("cid", kind("cidr", "10.0.0.0/8", "::/0"));
        types.put("mac", kind("macaddr", "08:00:2b:01:02:03"));
        types.put("r4", kind("int4range", "[1,5)", "empty", "(,)", "[3,)"));
        types.put("rtz", kind("tstzrange", "[2024-01-01 00:00:00+00,2025-01-01 00:00:00+00)", "empty"));
        types.put("hs", kind("hstore", "", "a=>1, b=>NULL", "\"quo\\\"te\"=>\"x,y\""));
        types.put("lt", kind("ltree", "Top.Science.Astronomy", "a"));
        types.put("ai", kind("integer[]", "{}", "{1,NULL,-2147483648}", "{0}"));
        types.put("at", kind("text[]", "{}", "{NULL,\"NULL\",\"a b\",\"\\\"q\\\\\",\"\"}", "{x}"));
        types.put("an", kind("numeric(6,2)[]", "{1.10,-9999.99}", "{NULL,0.01}"));
        types.put("af", kind("float8[]", "{0.5,1e300}", "{}"));
        types.put("au", kind("uuid[]", "{00000000-0000-0000-0000-000000000001}", "{}"));
        types.put("eu", kind("zoo.euros", "0.00", "12345.67", "-999999.99"));
        types.put("tsv", kind("tsvector", "'a':1 'b':2", ""));
        return types;
    }

    static String ddl() {
        String columns = TYPES.entrySet().stream()
                .map(column -> column.getKey() + " " + column.getValue().type())
                .collect(Collectors.joining(",\n  "));
        return """
                CREATE SCHEMA zoo;
                CREATE SCHEMA zookeeping;
                CREATE TABLE zookeeping.signals (id varchar(64) PRIMARY KEY, type varchar(32) NOT NULL, data varchar(2048));
                CREATE EXTENSION IF NOT EXISTS citext;
                CREATE EXTENSION IF NOT EXISTS hstore;
                CREATE EXTENSION IF NOT EXISTS ltree;
                CREATE TYPE zoo.mood AS ENUM ('sad', 'it''s ok', 'ünhappy');
                CREATE DOMAIN zoo.euros AS numeric(12,2) CHECK (VALUE > -1000000);
                CREATE TABLE zoo.every_type (id bigint PRIMARY KEY,
                  %s);
                ALTER TABLE zoo.every_type REPLICA IDENTITY FULL;
                CREATE TABLE zoo.toasted (id int PRIMARY KEY, small int, t text, v varchar, jb jsonb, by bytea, ia int[], ta text[]);
                ALTER TABLE zoo.toasted ALTER t SET STORAGE EXTERNAL, ALTER v SET STORAGE EXTERNAL, ALTER jb SET STORAGE EXTERNAL,
                  ALTER by SET STORAGE EXTERNAL, ALTER ia SET STORAGE EXTERNAL, ALTER ta SET STORAGE EXTERNAL;
                CREATE TABLE zoo.swapped (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, label text);
                ALTER TABLE zoo.swapped REPLICA IDENTITY FULL;
                CREATE TABLE zoo.composite (a uuid, b text, c numeric(10,2), d date, val text, PRIMARY KEY (a, b, c, d));
                CREATE TABLE zoo.emptied (id bigserial PRIMARY KEY, v text);
                CREATE TABLE zoo.emptied_too (id bigserial PRIMARY KEY, v text);
                CREATE TABLE zoo.keyless (n int, t text, f double precision, x numeric(8,2), z timestamptz, large text);
                ALTER TABLE zoo.keyless REPLICA IDENTITY FULL;
                ALTER TABLE zoo.keyless ALTER large SET STORAGE EXTERNAL;
                CREATE TABLE zoo.defaults (id int PRIMARY KEY, a int DEFAULT 7, b text DEFAULT 'x', c timestamptz DEFAULT now(), d numeric(6,2) NOT NULL DEFAULT 1.5);
                """.formatted(columns);
    }

    static List<String> columnsOfEveryType() {
        return List.copyOf(TYPES.keySet());
    }

    /** A value of a column of {@code every_type}, as SQL: an extreme one, one between them, or NULL. */
    static String value(String column, Random random) {
        Kind kind = java.util.Objects.requireNonNull(TYPES.get(column));
        // Behind a changed key, a NULL in these cannot be told from a value that was left out.
        boolean nullable = !List.of("n", "an", "af").contains(column);
        if (nullable && random.nextInt(8) == 0) {
            return "NULL";
        }
        String text = random.nextInt(2) == 0 ? any(kind.extremes(), random) : ordinary(kind, random);
        return quoted(text) + "::" + kind.type();
    }

    static <T> T any(List<T> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }

    private static String ordinary(Kind kind, Random random) {
        int n = random.nextInt(20000) - 10000;
        return switch (kind.type()) {
            case "boolean" -> Boolean.toString(random.nextBoolean());
            case "smallint", "integer", "bigint" -> Integer.toString(n);
            case "oid" -> Integer.toString(Math.abs(n));
            case "real" -> Float.toString(random.nextFloat() * n);
            case "double precision" -> Double.toString(random.nextDouble() * n);
            case "numeric", "numeric(12,2)", "numeric(38,10)", "money", "zoo.euros" ->
                n + "." + random.nextInt(10) + random.nextInt(10);
            case "date" -> date(n);
            case "timestamp(3)", "timestamp", "timestamptz" -> date(n) + " " + time(random);
            case "time(3)", "time", "timetz" -> time(random);
            case "interval" -> n + " days " + random.nextInt(100) + " mons " + time(random);
            case "bytea" ->
                "\\x" + Integer.toHexString(random.nextInt(1 << 24) | 1 << 24).substring(1);
            case "bit(12)" ->
                Integer.toBinaryString(1 << 12 | random.nextInt(1 << 12)).substring(1);
            case "uuid" -> new java.util.UUID(random.nextLong(), random.nextLong()).toString();
            case "varchar(40)", "text", "citext" -> text(random);
            case "json", "jsonb" -> "{\"n\": " + n + ".25, \"t\": \"" + Integer.toHexString(n) + "\"}";
            case "inet" -> "10.0." + random.nextInt(256) + "." + random.nextInt(256);
            case "int4range" -> "[" + n + "," + (n + 10) + ")";
            case "hstore" -> "k" + n + "=>v";
            case "integer[]" -> "{" + n + "," + (n + 1) + "}";
            case "text[]" -> "{a" + n + ",b}";
            default -> any(kind.extremes(), random);
        };
    }

    private static String date(int days) {
        return java.time.LocalDate.of(1990, 1, 1).plusDays(days).toString();
    }

    private static String time(Random random) {
        return "%02d:%02d:%02d.%06d"
                .formatted(random.nextInt(24), random.nextInt(60), random.nextInt(60), random.nextInt(1_000_000));
    }

    static String text(Random random) {
        String alphabet = "abc 'äß€𝄞\"\\,\n";
        int[] points = alphabet.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(20); left > 0; left--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString();
    }

    /** More than a page's share, so that PostgreSQL moves it out of the row and an update leaves it out. */
    static String large(Random random) {
        int length = 3000 + random.nextInt(8000);
        StringBuilder text = new StringBuilder(length);
        while (text.length() < length) {
            text.append(Long.toHexString(random.nextLong()));
        }
        return text.toString();
    }

    static String quoted(String text) {
        return (text.indexOf('\\') < 0 ? "'" : "E'")
                + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    /** Starts an incremental snapshot of the tables, while they change. */
    static String readAgain(List<String> tables) {
        return "INSERT INTO zookeeping.signals VALUES ('again', 'execute-snapshot', '{\"type\": \"incremental\", \"data-collections\": [%s]}')"
                .formatted(tables.stream().map(table -> "\"zoo." + table + "\"").collect(Collectors.joining(", ")));
    }

    static List<String> tables() {
        return new ArrayList<>(KEYS.keySet());
    }
}
