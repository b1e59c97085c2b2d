package io.spindrift.local;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** A row as text by column, the same from PostgreSQL and from the change stream; NULL is written as such. */
record CanonicalRow(Map<String, String> columns) {
    private static final String NULL = "NULL";
    private static final String UNAVAILABLE = "__debezium_unavailable_value";

    static CanonicalRow of(ResultSet row) throws SQLException {
        Map<String, String> columns = new TreeMap<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            Object value =
                    switch (row.getMetaData().getColumnTypeName(i)) {
                        case "timestamptz" -> instant(row.getObject(i, OffsetDateTime.class));
                        case "bool" -> row.getObject(i);
                        default -> row.getString(i);
                    };
            columns.put(row.getMetaData().getColumnName(i), String.valueOf(value == null ? NULL : value));
        }
        return new CanonicalRow(columns);
    }

    /** A value that an update left out of line is the one of the row before. */
    static CanonicalRow of(GenericRecord row, @Nullable CanonicalRow before) {
        Map<String, String> columns = new TreeMap<>();
        for (Schema.Field field : row.getSchema().getFields()) {
            String text = text(row.get(field.pos()), notNull(field.schema()));
            if (before != null && text.equals(UNAVAILABLE)) {
                columns.put(field.name(), before.columns().get(field.name()));
            } else {
                columns.put(field.name(), text);
            }
        }
        return new CanonicalRow(columns);
    }

    static Schema notNull(Schema schema) {
        return schema.isUnion()
                ? schema.getTypes().stream()
                        .filter(type -> !type.isNullable())
                        .findFirst()
                        .orElseThrow()
                : schema;
    }

    private static String text(@Nullable Object value, Schema schema) {
        if (value == null) {
            return NULL;
        }
        String name = String.valueOf((Object) schema.getProp("connect.name"));
        return switch (name) {
            case "org.apache.kafka.connect.data.Decimal" -> decimal((ByteBuffer) value, schema);
            case "io.debezium.time.ZonedTimestamp" -> instant(OffsetDateTime.parse(value.toString()));
            case "io.debezium.time.Date" ->
                LocalDate.ofEpochDay((Integer) value).toString();
            default -> value.toString();
        };
    }

    private static String decimal(ByteBuffer value, Schema schema) {
        byte[] unscaled = new byte[value.remaining()];
        value.duplicate().get(unscaled);
        return new BigDecimal(new BigInteger(unscaled), ((Number) schema.getObjectProp("scale")).intValue()).toString();
    }

    private static String instant(@Nullable OffsetDateTime value) {
        return value == null ? NULL : value.toInstant().toString();
    }
}
