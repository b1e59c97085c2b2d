package io.spindrift.jobs.debezium;

import static java.util.stream.Collectors.joining;

import io.spindrift.jobs.debezium.ConnectSchema.Type;
import java.util.List;
import java.util.Map;

/** Which type becomes which, a row each → docs/types.md. A test holds every row against {@link FieldTypes}. */
final class TypeDocs {

    /** In place of a Snowflake type. */
    static final String REFUSED = "unsupported";

    private static final String DECIMAL = "org.apache.kafka.connect.data.Decimal";
    private static final String TIME = "io.debezium.time.";
    private static final String DATA = "io.debezium.data.";

    private static final String DATE_RANGE = "Infinity, BC, before 1582, after 9999: unrepresentable.";
    private static final String MIDNIGHT = "24:00: unrepresentable.";
    private static final String PLAIN_TEXT = "As PostgreSQL writes it.";

    private TypeDocs() {}

    /**
     * @param postgres types as PostgreSQL names them
     * @param mode the connector's setting under which they come so; empty: always, or by default
     * @param snowflake the column's type, or {@link #REFUSED}
     */
    record Row(String postgres, String mode, ConnectSchema schema, String snowflake, String note) {

        /** As Debezium's documentation has it: literal type, semantic name. */
        String sent() {
            String parts = schema.items().isEmpty()
                    ? ""
                    : " of " + schema.items().get(0).described();
            return schema.described()
                            .replace(DATA + "geometry.", "…")
                            .replaceAll("(io\\.debezium|org\\.apache)[a-z.]*\\.", "")
                    + parts.replaceAll("(io\\.debezium|org\\.apache)[a-z.]*\\.", "");
        }
    }

    private static ConnectSchema plain(Type type) {
        return ConnectSchema.of(type);
    }

    private static ConnectSchema named(Type type, String name) {
        return ConnectSchema.of(type, name, Map.of());
    }

    private static ConnectSchema decimal(String precision, String scale) {
        return ConnectSchema.of(Type.BYTES, DECIMAL, Map.of("scale", scale, "connect.decimal.precision", precision));
    }

    private static ConnectSchema bits(String sourceType) {
        return ConnectSchema.of(
                Type.BYTES, DATA + "Bits", Map.of("length", "8", "__debezium.source.column.type", sourceType));
    }

    private static ConnectSchema array(String name, ConnectSchema item) {
        return new ConnectSchema(Type.ARRAY, name, Map.of(), true, List.of(), List.of(item));
    }

    private static ConnectSchema struct(String name, ConnectSchema.Field... fields) {
        return new ConnectSchema(Type.STRUCT, name, Map.of(), true, List.of(fields), List.of());
    }

    private static ConnectSchema.Field field(String name, Type type) {
        return new ConnectSchema.Field(name, plain(type));
    }

    private static final ConnectSchema FREE_DECIMAL =
            struct(DATA + "VariableScaleDecimal", field("scale", Type.INT32), field("value", Type.BYTES));
    private static final ConnectSchema POINT = struct(
            DATA + "geometry.Point",
            field("x", Type.FLOAT64),
            field("y", Type.FLOAT64),
            field("wkb", Type.BYTES),
            field("srid", Type.INT32));
    private static final ConnectSchema MAP =
            new ConnectSchema(Type.MAP, "", Map.of(), true, List.of(), List.of(plain(Type.STRING)));

    private static ConnectSchema geometry(String name) {
        return struct(DATA + "geometry." + name, field("wkb", Type.BYTES), field("srid", Type.INT32));
    }

    private static final List<Row> NUMBERS = List.of(
            new Row("boolean, bit(1)", "", plain(Type.BOOLEAN), "BOOLEAN", "varbit(1) too, since Debezium 3.6."),
            new Row("smallint", "", plain(Type.INT16), "NUMBER(5,0)", ""),
            new Row(
                    "integer",
                    "",
                    plain(Type.INT32),
                    "NUMBER(10,0)",
                    "A domain comes as its root type, here and below."),
            new Row("bigint, oid", "", plain(Type.INT64), "NUMBER(19,0)", ""),
            new Row(
                    "real",
                    "",
                    plain(Type.FLOAT32),
                    "FLOAT",
                    "The shortest digits that are the same float32; NaN, inf, -inf."),
            new Row(
                    "double precision",
                    "",
                    plain(Type.FLOAT64),
                    "FLOAT",
                    "The shortest digits that are the same float64; NaN, inf, -inf."),
            new Row(
                    "numeric(12,2)",
                    "decimal.handling.mode=precise",
                    decimal("12", "2"),
                    "NUMBER(12,2)",
                    "Exact. NaN arrives as NULL: Debezium loses it."),
            new Row("numeric(38,37)", "decimal.handling.mode=precise", decimal("38", "37"), "NUMBER(38,37)", ""),
            new Row("numeric(3,5)", "decimal.handling.mode=precise", decimal("3", "5"), "NUMBER(5,5)", ""),
            new Row(
                    "numeric(44,2)",
                    "decimal.handling.mode=precise",
                    decimal("44", "2"),
                    REFUSED,
                    "Give the column `type: text`: every digit is there."),
            new Row(
                    "numeric",
                    "decimal.handling.mode=precise",
                    FREE_DECIMAL,
                    "VARCHAR",
                    "Every digit, no exponent. Debezium has cut trailing zeros off; NaN arrives as NULL."),
            new Row(
                    "money",
                    "decimal.handling.mode=precise",
                    ConnectSchema.of(Type.BYTES, DECIMAL, Map.of("scale", "2")),
                    "NUMBER(38,2)",
                    ""),
            new Row(
                    "numeric, money",
                    "decimal.handling.mode=string",
                    plain(Type.STRING),
                    "VARCHAR",
                    "`NAN`, `POSITIVE_INFINITY`, `NEGATIVE_INFINITY` stay these texts."),
            new Row(
                    "numeric, money",
                    "decimal.handling.mode=double",
                    plain(Type.FLOAT64),
                    "FLOAT",
                    "The connector has rounded them."));

    private static final List<Row> TIMES = List.of(
            new Row("date", "", named(Type.INT32, TIME + "Date"), "DATE", DATE_RANGE),
            new Row("time(0–3)", "", named(Type.INT32, TIME + "Time"), "TIME(3)", MIDNIGHT),
            new Row(
                    "time",
                    "also time.precision.mode=microseconds",
                    named(Type.INT64, TIME + "MicroTime"),
                    "TIME(6)",
                    MIDNIGHT),
            new Row(
                    "time",
                    "time.precision.mode=nanoseconds",
                    named(Type.INT64, TIME + "NanoTime"),
                    "TIME(9)",
                    MIDNIGHT),
            new Row("timestamp(0–3)", "", named(Type.INT64, TIME + "Timestamp"), "TIMESTAMP_NTZ(3)", DATE_RANGE),
            new Row(
                    "timestamp",
                    "also time.precision.mode=microseconds",
                    named(Type.INT64, TIME + "MicroTimestamp"),
                    "TIMESTAMP_NTZ(6)",
                    DATE_RANGE),
            new Row(
                    "timestamp",
                    "time.precision.mode=nanoseconds",
                    named(Type.INT64, TIME + "NanoTimestamp"),
                    "TIMESTAMP_NTZ(9)",
                    "Beyond 1677 to 2262 the connector's number has overflowed, unseen."),
            new Row(
                    "timestamptz",
                    "",
                    named(Type.STRING, TIME + "ZonedTimestamp"),
                    "TIMESTAMP_TZ(6)",
                    "In UTC, at +00:00. " + DATE_RANGE),
            new Row(
                    "timetz",
                    "",
                    named(Type.STRING, TIME + "ZonedTime"),
                    "VARCHAR",
                    "In UTC: Debezium has lost the offset."),
            new Row(
                    "date",
                    "time.precision.mode=isostring",
                    named(Type.STRING, TIME + "IsoDate"),
                    "VARCHAR",
                    "As Debezium wrote it, infinity as a year of seven digits."),
            new Row(
                    "time",
                    "time.precision.mode=isostring",
                    named(Type.STRING, TIME + "IsoTime"),
                    "VARCHAR",
                    "24:00 arrives as `00:00:00Z`: prefer microseconds."),
            new Row(
                    "timestamp",
                    "time.precision.mode=isostring",
                    named(Type.STRING, TIME + "IsoTimestamp"),
                    "VARCHAR",
                    "As Debezium wrote it."),
            new Row(
                    "date",
                    "time.precision.mode=connect",
                    named(Type.INT32, "org.apache.kafka.connect.data.Date"),
                    REFUSED,
                    "The connector cuts microseconds off in this mode: set `adaptive`."),
            new Row(
                    "time",
                    "time.precision.mode=connect",
                    named(Type.INT32, "org.apache.kafka.connect.data.Time"),
                    REFUSED,
                    "Likewise."),
            new Row(
                    "timestamp",
                    "time.precision.mode=connect",
                    named(Type.INT64, "org.apache.kafka.connect.data.Timestamp"),
                    REFUSED,
                    "Likewise."),
            new Row(
                    "interval",
                    "interval.handling.mode=string",
                    named(Type.STRING, TIME + "Interval"),
                    "VARCHAR",
                    "`P1Y2M3DT4H5M6.789S`. Debezium adds seconds up as doubles and sends `2.791128999S` for 2.791129 s: the microseconds that PostgreSQL had are restored."),
            new Row(
                    "interval",
                    "interval.handling.mode=numeric (default)",
                    named(Type.INT64, TIME + "MicroDuration"),
                    REFUSED,
                    "The connector has counted a month as 30.4375 days: set `string`."),
            new Row("interval", "as nanoseconds", named(Type.INT64, TIME + "NanoDuration"), REFUSED, "Likewise."));

    private static final List<Row> TEXTS = List.of(
            new Row(
                    "text, varchar, char, citext, inet, cidr, macaddr, macaddr8, ranges, isbn",
                    "",
                    plain(Type.STRING),
                    "VARCHAR",
                    "char(n) keeps its blanks."),
            new Row(
                    "name",
                    "column.propagate.source.type",
                    ConnectSchema.of(Type.STRING, "", Map.of("__debezium.source.column.type", "NAME")),
                    REFUSED,
                    "Debezium sends NULL for it in every change but a snapshot's. Without the setting it looks like"
                            + " text: exclude it."),
            new Row("uuid", "", named(Type.STRING, DATA + "Uuid"), "VARCHAR(36)", ""),
            new Row("enum", "", named(Type.STRING, DATA + "Enum"), "VARCHAR", "The label."),
            new Row("set of labels", "", named(Type.STRING, DATA + "EnumSet"), "VARCHAR", "Not of PostgreSQL."),
            new Row("xml", "", named(Type.STRING, DATA + "Xml"), "VARCHAR", PLAIN_TEXT),
            new Row("ltree", "", named(Type.STRING, DATA + "Ltree"), "VARCHAR", PLAIN_TEXT),
            new Row("tsvector", "", named(Type.STRING, DATA + "Tsvector"), "VARCHAR", PLAIN_TEXT),
            new Row(
                    "json, jsonb",
                    "",
                    named(Type.STRING, DATA + "Json"),
                    "VARIANT",
                    "A key twice in an object, a number of more than 38 digits: unrepresentable. With `type: text` the"
                            + " text as it was written."),
            new Row("hstore", "hstore.handling.mode=json", named(Type.STRING, DATA + "Json"), "VARIANT", ""),
            new Row("hstore", "hstore.handling.mode=map", MAP, "VARIANT", ""),
            new Row("bytea", "binary.handling.mode=bytes", plain(Type.BYTES), "BINARY", ""),
            new Row(
                    "bytea",
                    "binary.handling.mode=hex",
                    plain(Type.STRING),
                    "VARCHAR",
                    "The digits as text: nothing tells them from a text column's."),
            new Row(
                    "bytea",
                    "binary.handling.mode=base64, base64-url-safe",
                    plain(Type.STRING),
                    "VARCHAR",
                    "Likewise. A value that an update left out arrives as NULL: prefer bytes."),
            new Row("bit(n)", "column.propagate.source.type", bits("BIT"), "VARCHAR(8)", "n digits."),
            new Row("bit(n)", "", bits(""), REFUSED, "Not to be told from bit varying."),
            new Row(
                    "bit varying",
                    "column.propagate.source.type",
                    bits("VARBIT"),
                    REFUSED,
                    "Debezium has cut leading zeros off."),
            new Row(
                    "types that Debezium does not know",
                    "include.unknown.datatypes=true",
                    plain(Type.BYTES),
                    "BINARY",
                    "The bytes of PostgreSQL's text: composites, multiranges, box, line and so on; nothing tells them"
                            + " from bytea."),
            new Row(
                    "types that Debezium does not know",
                    "include.unknown.datatypes=true, binary.handling.mode=base64",
                    plain(Type.STRING),
                    "VARCHAR",
                    "The same in base64."));

    private static final List<Row> OTHERS = List.of(
            new Row(
                    "integer[]",
                    "",
                    array("", plain(Type.INT32)),
                    "VARIANT",
                    "Elements have the text that a column of their type has; NULLs are kept. A whole array is"
                            + " unrepresentable when one element is."),
            new Row("text[]", "", array("", plain(Type.STRING)), "VARIANT", ""),
            new Row("numeric(6,2)[]", "", array("", decimal("6", "2")), "VARIANT", ""),
            new Row("numeric[]", "", array("", FREE_DECIMAL), "VARIANT", "Elements as texts."),
            new Row(
                    "timestamptz[]",
                    "",
                    array("", named(Type.STRING, TIME + "ZonedTimestamp")),
                    "VARIANT",
                    "Elements as texts."),
            new Row("uuid[]", "", array("", named(Type.STRING, DATA + "Uuid")), "VARIANT", ""),
            new Row("json[], jsonb[]", "", array("", named(Type.STRING, DATA + "Json")), "VARIANT", ""),
            new Row("bytea[]", "", array("", plain(Type.BYTES)), "VARIANT", "Elements as hexadecimal texts."),
            new Row(
                    "arrays of more than one dimension",
                    "",
                    array("", plain(Type.INT32)),
                    "VARIANT",
                    "Debezium sends as many NULLs as there are rows. An array of nothing but NULLs is a dead letter"
                            + " with its column's name: it is not to be told from a true one."),
            new Row("point", "", POINT, "VARIANT", "`{x, y, wkb, srid}`; wkb in hexadecimal."),
            new Row(
                    "PostGIS geometry",
                    "",
                    geometry("Geometry"),
                    "VARIANT",
                    "`{wkb, srid}`; wkb in hexadecimal: TO_GEOMETRY takes it."),
            new Row(
                    "PostGIS geography",
                    "",
                    geometry("Geography"),
                    "VARIANT",
                    "`{wkb, srid}`: TO_GEOGRAPHY takes the wkb."),
            new Row(
                    "vector",
                    "",
                    array(DATA + "DoubleVector", plain(Type.FLOAT64)),
                    "VARIANT",
                    "pgvector. A value that an update left out arrives as NULL."),
            new Row("halfvec", "", array(DATA + "FloatVector", plain(Type.FLOAT32)), "VARIANT", "Likewise."),
            new Row("sparsevec", "", named(Type.STRUCT, DATA + "SparseDoubleVector"), REFUSED, ""));

    static List<Row> rows() {
        return List.of(NUMBERS, TIMES, TEXTS, OTHERS).stream()
                .flatMap(List::stream)
                .toList();
    }

    static String markdown() {
        return """
            # Types

            <!-- Made from TypeDocs.java; a test compares the two, and each row with what the decoder does. -->

            What a column of PostgreSQL becomes, by what Debezium sends: its literal type and its semantic name. VARCHAR without a length is
            VARCHAR(134217728), BINARY is BINARY(67108864), as long as Snowflake has them.

            - **Unsupported**: the type has no exact form. `pipeline.on-unsupported-type` says what becomes of the table; the message names
              the column and the setting that leaves it out. A column of the key is never left out.
            - **Unrepresentable**: the type has a form, this one value has none. `pipeline.on-unrepresentable-value` says what becomes of it.
              By default the column is NULL and `<COLUMN>__RAW` beside it has the value: of a date or a time the number or the text that
              Debezium sent, of a number all its digits, of JSON its text. The raw column is made when the first such value comes, in RAW and in MIRROR;
              it is NULL again as soon as the row has another value. The metric `rawValues` counts them.
              A column of the key, and an array with such an element, has no raw form: the record is a dead letter.
            - **`columns`** in the pipeline file sets `type: text` or `exclude: true` for single columns. As text a value is what the
              typed column would show, or else its raw form.

            Nothing is rounded, cut or clamped.

            ## Numbers

            %s

            ## Dates and times

            The connector's number of an infinity or of a far date is not always what PostgreSQL had: an infinite date comes as one number in
            a snapshot and as another one later, a BC date of a snapshot as one of AD, and timestamps near PostgreSQL's end have overflowed. The raw text is what came.

            %s

            ## Texts, JSON, bytes

            %s

            ## Arrays, geometry, vectors

            %s

            ## What no consumer sees

            Debezium leaves these out, or bends them, before they reach Kafka. Exclude such columns at the connector, or store them in another type.

            | PostgreSQL | what arrives |
            |---|---|
            | composite types and their arrays, multirange, pg_lsn, tsquery, arrays of domains, money, interval, xml, point; before Debezium 3.7 box, lseg, path, polygon, circle, line | no field; with `include.unknown.datatypes=true` bytes for some |
            | a stored generated column | in the snapshot; no field later, as if it had been dropped (PostgreSQL 15) |
            | name | the value in the snapshot, NULL later |
            | NaN and infinity of numeric, `decimal.handling.mode=precise` | NULL |
            | a value that an update left out (TOAST) of double precision[], timestamptz[], numeric[], numeric in `precise` mode, bytea in base64, geometry, vector | NULL: such tables need REPLICA IDENTITY FULL |
            | an explicit NULL in a column that has a default | the default, unless `value.converter.replace.null.with.default=false` (JSON) or `ignore.default.for.nullables=true` (Avro) |
            """.formatted(table(NUMBERS), table(TIMES), table(TEXTS), table(OTHERS));
    }

    private static String table(List<Row> rows) {
        return "| PostgreSQL | connector | Debezium sends | Snowflake | |\n|---|---|---|---|---|\n"
                + rows.stream().map(TypeDocs::line).collect(joining("\n"));
    }

    private static String line(Row row) {
        String mode =
                row.mode().contains("=") || row.mode().startsWith("column.") ? "`" + row.mode() + "`" : row.mode();
        return "| %s | %s | %s | %s | %s |".formatted(row.postgres(), mode, row.sent(), row.snowflake(), row.note());
    }
}
