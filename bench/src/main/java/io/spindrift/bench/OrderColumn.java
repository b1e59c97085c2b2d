package io.spindrift.bench;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;

/**
 * A column of the table {@code orders}, as Debezium 3.6 describes it in either encoding with the connector's defaults.
 *
 * @param semantic Debezium's name of the type, or empty
 */
record OrderColumn(String name, Type type, String semantic, boolean optional, int precision) {

    static final List<OrderColumn> ALL = List.of(
            required("order_id", Type.TEXT, "io.debezium.data.Uuid"),
            required("order_number", Type.INT64, ""),
            required("customer_id", Type.INT32, ""),
            required("status", Type.TEXT, ""),
            required("currency", Type.TEXT, ""),
            optional("channel", Type.TEXT, ""),
            new OrderColumn("subtotal", Type.DECIMAL, OrderColumn.DECIMAL, false, 12),
            new OrderColumn("discount", Type.DECIMAL, OrderColumn.DECIMAL, true, 10),
            new OrderColumn("total", Type.DECIMAL, OrderColumn.DECIMAL, false, 12),
            required("items", Type.INT16, ""),
            optional("weight_kg", Type.FLOAT64, ""),
            required("gift", Type.BOOLEAN, ""),
            optional("gift_message", Type.TEXT, ""),
            required("shipping_address", Type.TEXT, "io.debezium.data.Json"),
            optional("due_on", Type.INT32, OrderColumn.DATE),
            required("placed_at", Type.TEXT, OrderColumn.INSTANT),
            optional("paid_at", Type.TEXT, OrderColumn.INSTANT),
            optional("picked_at", Type.INT64, OrderColumn.MICROS));

    private static final String DECIMAL = "org.apache.kafka.connect.data.Decimal";
    private static final String DATE = "io.debezium.time.Date";
    private static final String INSTANT = "io.debezium.time.ZonedTimestamp";
    private static final String MICROS = "io.debezium.time.MicroTimestamp";
    private static final int SCALE = 2;
    private static final DateTimeFormatter LOCAL =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);

    enum Type {
        INT16("int16", "int", "smallint"),
        INT32("int32", "int", "integer"),
        INT64("int64", "long", "bigint"),
        FLOAT64("double", "double", "double precision"),
        BOOLEAN("boolean", "boolean", "boolean"),
        TEXT("string", "string", "text"),
        DECIMAL("bytes", "bytes", "numeric(%d,%d)");

        private final String connect;
        private final String avro;
        private final String postgres;

        Type(String connect, String avro, String postgres) {
            this.connect = connect;
            this.avro = avro;
            this.postgres = postgres;
        }
    }

    private static OrderColumn required(String name, Type type, String semantic) {
        return new OrderColumn(name, type, semantic, false, 0);
    }

    private static OrderColumn optional(String name, Type type, String semantic) {
        return new OrderColumn(name, type, semantic, true, 0);
    }

    /** As Connect's JSON converter describes a field. */
    String connect() {
        StringBuilder text = new StringBuilder("{\"type\":\"%s\",\"optional\":%b".formatted(type.connect, optional));
        if (!semantic.isEmpty()) {
            text.append(",\"name\":\"%s\",\"version\":1".formatted(semantic));
        }
        if (type == Type.DECIMAL) {
            text.append(",\"parameters\":{\"scale\":\"%d\",\"connect.decimal.precision\":\"%d\"}"
                    .formatted(SCALE, precision));
        }
        return text.append(",\"field\":\"%s\"}".formatted(name)).toString();
    }

    /** As PostgreSQL declares it. */
    String postgres() {
        String name =
                switch (semantic) {
                    case "io.debezium.data.Uuid" -> "uuid";
                    case "io.debezium.data.Json" -> "jsonb";
                    case DATE -> "date";
                    case INSTANT -> "timestamptz";
                    case MICROS -> "timestamp";
                    default -> type.postgres.formatted(precision, SCALE);
                };
        return optional ? name : name + " not null";
    }

    /** As AvroData describes a field. */
    String avro() {
        StringBuilder text = new StringBuilder("{\"type\":\"%s\"".formatted(type.avro));
        if (type == Type.DECIMAL) {
            text.append(",\"scale\":%d,\"precision\":%d,\"logicalType\":\"decimal\"".formatted(SCALE, precision));
            text.append(",\"connect.parameters\":{\"scale\":\"%d\",\"connect.decimal.precision\":\"%d\"}"
                    .formatted(SCALE, precision));
        }
        if (type == Type.INT16) {
            text.append(",\"connect.type\":\"int16\"");
        }
        if (!semantic.isEmpty()) {
            text.append(",\"connect.version\":1,\"connect.name\":\"%s\"".formatted(semantic));
        }
        text.append('}');
        return optional
                ? "{\"name\":\"%s\",\"type\":[\"null\",%s],\"default\":null}".formatted(name, text)
                : "{\"name\":\"%s\",\"type\":%s}".formatted(name, text);
    }

    /** As a user of Flink's Avro format declares it. */
    DataType avroTable() {
        return type == Type.DECIMAL ? nullable(DataTypes.DECIMAL(precision, SCALE)) : jsonTable();
    }

    /** As a user of Flink's JSON format has to declare it: it reads no decimal out of base64. */
    DataType jsonTable() {
        return nullable(
                switch (type) {
                    case INT16 -> DataTypes.SMALLINT();
                    case INT32 -> DataTypes.INT();
                    case INT64 -> DataTypes.BIGINT();
                    case FLOAT64 -> DataTypes.DOUBLE();
                    case BOOLEAN -> DataTypes.BOOLEAN();
                    case TEXT -> DataTypes.STRING();
                    case DECIMAL -> DataTypes.BYTES();
                });
    }

    private DataType nullable(DataType declared) {
        return optional ? declared.nullable() : declared.notNull();
    }

    /** The text of a cell, out of a Java object that a format gives. Written as one would without a thought of allocation. */
    String cell(Object value) {
        if (value instanceof byte[] bytes) {
            return new BigDecimal(new BigInteger(bytes), SCALE).toPlainString();
        }
        return switch (semantic) {
            case DATE -> LocalDate.ofEpochDay((Integer) value).toString();
            case MICROS -> micros((Long) value);
            case INSTANT -> instant(value.toString());
            default -> value.toString();
        };
    }

    private static String micros(long micros) {
        long second = Math.floorDiv(micros, 1_000_000L);
        int nanos = (int) Math.floorMod(micros, 1_000_000L) * 1_000;
        return LOCAL.format(LocalDateTime.ofEpochSecond(second, nanos, ZoneOffset.UTC));
    }

    private static String instant(String iso) {
        return iso.substring(0, 10) + " " + iso.substring(11, iso.length() - 1) + " +00:00";
    }
}
