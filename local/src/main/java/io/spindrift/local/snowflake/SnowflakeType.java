package io.spindrift.local.snowflake;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Snowflake data type: its DuckDB storage, its name in SQL, in {@code INFORMATION_SCHEMA} and on the wire. Precision and scale
 * count for numbers, scale for times (digits of the second), length for texts (characters) and binaries (bytes).
 */
record SnowflakeType(Kind kind, int precision, int scale, int length) {
    static final int TEXT_DEFAULT = 16_777_216;
    static final int TEXT_MAX = 134_217_728;
    static final int BINARY_DEFAULT = 8_388_608;
    static final int BINARY_MAX = 67_108_864;
    /** An instant and the minutes that its clock was ahead: two offsets of one instant are equal. */
    private static final String ZONED = "STRUCT(utc TIMESTAMP WITH TIME ZONE, \"offset\" INTEGER)";

    private static final Pattern DUCK_DECIMAL = Pattern.compile("DECIMAL\\((\\d+), ?(\\d+)\\)");

    enum Kind {
        FIXED("NUMBER", "fixed"),
        REAL("FLOAT", "real"),
        TEXT("TEXT", "text"),
        BOOLEAN("BOOLEAN", "boolean"),
        DATE("DATE", "date"),
        TIME("TIME", "time"),
        TIMESTAMP_NTZ("TIMESTAMP_NTZ", "timestamp_ntz"),
        TIMESTAMP_LTZ("TIMESTAMP_LTZ", "timestamp_ltz"),
        TIMESTAMP_TZ("TIMESTAMP_TZ", "timestamp_tz"),
        BINARY("BINARY", "binary"),
        VARIANT("VARIANT", "variant"),
        OBJECT("OBJECT", "object"),
        ARRAY("ARRAY", "array");

        private final String schemaName;
        private final String wireName;

        Kind(String schemaName, String wireName) {
            this.schemaName = schemaName;
            this.wireName = wireName;
        }

        /** The name in INFORMATION_SCHEMA.COLUMNS.DATA_TYPE. */
        String schemaName() {
            return schemaName;
        }

        String wireName() {
            return wireName;
        }
    }

    static SnowflakeType number(int precision, int scale) {
        return new SnowflakeType(Kind.FIXED, precision, scale, 0);
    }

    static SnowflakeType text(int length) {
        return new SnowflakeType(Kind.TEXT, 0, 0, length);
    }

    /** The type of this kind without arguments. */
    static SnowflakeType of(Kind kind) {
        return switch (kind) {
            case FIXED -> number(38, 0);
            case TEXT -> text(TEXT_DEFAULT);
            case BINARY -> new SnowflakeType(kind, 0, 0, BINARY_DEFAULT);
            case TIME, TIMESTAMP_NTZ, TIMESTAMP_LTZ, TIMESTAMP_TZ -> of(kind, 9);
            case REAL, BOOLEAN, DATE, VARIANT, OBJECT, ARRAY -> of(kind, 0);
        };
    }

    /** The type that holds values of both, if they are of one kind. */
    Optional<SnowflakeType> common(SnowflakeType other) {
        if (semiStructured() && other.semiStructured()) {
            return Optional.of(kind == other.kind ? this : of(Kind.VARIANT));
        }
        if (kind != other.kind) {
            boolean numbers =
                    (kind == Kind.FIXED || kind == Kind.REAL) && (other.kind == Kind.FIXED || other.kind == Kind.REAL);
            return numbers ? Optional.of(of(Kind.REAL)) : Optional.empty();
        }
        int digits = Math.max(precision - scale, other.precision - other.scale);
        int most = Math.max(scale, other.scale);
        return Optional.of(new SnowflakeType(
                kind, kind == Kind.FIXED ? Math.min(38, digits + most) : 0, most, Math.max(length, other.length)));
    }

    private static SnowflakeType of(Kind kind, int scale) {
        return new SnowflakeType(kind, 0, scale, 0);
    }

    /** Whether values of this type need a length check that DuckDB does not make. */
    boolean bounded() {
        return kind == Kind.TEXT && length < TEXT_DEFAULT || kind == Kind.BINARY && length < BINARY_DEFAULT;
    }

    boolean semiStructured() {
        return kind == Kind.VARIANT || kind == Kind.OBJECT || kind == Kind.ARRAY;
    }

    static SnowflakeType parse(Tokens in) {
        Token start = in.peek();
        String name = in.identifier();
        return switch (name) {
            case "NUMBER", "DECIMAL", "NUMERIC", "DEC" -> parseNumber(in);
            case "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT" -> number(38, 0);
            case "FLOAT", "FLOAT4", "FLOAT8", "REAL" -> of(Kind.REAL, 0);
            case "DOUBLE" -> {
                in.accept("PRECISION");
                yield of(Kind.REAL, 0);
            }
            case "VARCHAR", "STRING", "TEXT", "NVARCHAR" -> text(argument(in, TEXT_DEFAULT, TEXT_MAX));
            case "CHAR", "CHARACTER", "NCHAR" -> text(argument(in, 1, TEXT_MAX));
            case "BOOLEAN" -> of(Kind.BOOLEAN, 0);
            case "DATE" -> of(Kind.DATE, 0);
            case "TIME" -> of(Kind.TIME, argument(in, 9, 9));
            case "TIMESTAMP_NTZ", "DATETIME", "TIMESTAMP" -> of(Kind.TIMESTAMP_NTZ, argument(in, 9, 9));
            case "TIMESTAMP_LTZ" -> of(Kind.TIMESTAMP_LTZ, argument(in, 9, 9));
            case "TIMESTAMP_TZ" -> of(Kind.TIMESTAMP_TZ, argument(in, 9, 9));
            case "BINARY", "VARBINARY" ->
                new SnowflakeType(Kind.BINARY, 0, 0, argument(in, BINARY_DEFAULT, BINARY_MAX));
            case "VARIANT" -> of(Kind.VARIANT, 0);
            case "OBJECT" -> of(Kind.OBJECT, 0);
            case "ARRAY" -> of(Kind.ARRAY, 0);
            default ->
                throw SnowflakeError.compilation("002040", "42601", "Unsupported data type '" + start.text() + "'.");
        };
    }

    private static SnowflakeType parseNumber(Tokens in) {
        if (!in.acceptSymbol("(")) {
            return number(38, 0);
        }
        int precision = in.integer();
        int scale = in.acceptSymbol(",") ? in.integer() : 0;
        in.expectSymbol(")");
        if (precision < 1 || precision > 38 || scale > Math.min(precision, 37)) {
            throw SnowflakeError.compilation(
                    "002261", "42601", "Invalid precision or scale: NUMBER(" + precision + "," + scale + ").");
        }
        return number(precision, scale);
    }

    private static int argument(Tokens in, int otherwise, int most) {
        if (!in.acceptSymbol("(")) {
            return otherwise;
        }
        int value = in.integer();
        in.expectSymbol(")");
        if (value > most) {
            throw SnowflakeError.compilation("002261", "42601", "Length or precision " + value + " exceeds " + most);
        }
        return value;
    }

    String duck() {
        return switch (kind) {
            case FIXED -> "DECIMAL(" + precision + "," + scale + ")";
            case REAL -> "DOUBLE";
            case TEXT -> "VARCHAR";
            case BOOLEAN -> "BOOLEAN";
            case DATE -> "DATE";
            case TIME -> "TIME";
            case TIMESTAMP_NTZ -> "TIMESTAMP";
            case TIMESTAMP_LTZ -> "TIMESTAMP WITH TIME ZONE";
            case TIMESTAMP_TZ -> ZONED;
            case BINARY -> "BLOB";
            case VARIANT, OBJECT, ARRAY -> "JSON";
        };
    }

    /** As DESCRIBE TABLE shows it, and as DDL accepts it back. */
    String sql() {
        return switch (kind) {
            case FIXED -> "NUMBER(" + precision + "," + scale + ")";
            case TEXT -> "VARCHAR(" + length + ")";
            case BINARY -> "BINARY(" + length + ")";
            case TIME, TIMESTAMP_NTZ, TIMESTAMP_LTZ, TIMESTAMP_TZ -> kind.name() + "(" + scale + ")";
            case REAL, BOOLEAN, DATE, VARIANT, OBJECT, ARRAY -> kind.schemaName();
        };
    }

    /** The type as SHOW COLUMNS reports it, which the driver's DatabaseMetaData.getColumns parses. */
    String showJson(String nullability) {
        String size =
                switch (kind) {
                    case FIXED -> ",\"precision\":" + precision + ",\"scale\":" + scale;
                    case TEXT ->
                        ",\"length\":" + length + ",\"byteLength\":" + Math.min(length * 4L, TEXT_MAX)
                                + ",\"fixed\":false";
                    case BINARY -> ",\"length\":" + length + ",\"byteLength\":" + length + ",\"fixed\":false";
                    case TIME, TIMESTAMP_NTZ, TIMESTAMP_LTZ, TIMESTAMP_TZ -> ",\"precision\":0,\"scale\":" + scale;
                    case REAL, BOOLEAN, DATE, VARIANT, OBJECT, ARRAY -> "";
                };
        String name = kind == Kind.REAL ? "REAL" : kind == Kind.FIXED ? "FIXED" : kind.schemaName();
        return "{\"type\":\"" + name + "\"" + size + ",\"nullable\":" + nullability + "}";
    }

    /** The Snowflake type of a DuckDB result column. */
    static SnowflakeType ofDuck(String duckType) {
        Matcher decimal = DUCK_DECIMAL.matcher(duckType);
        if (decimal.matches()) {
            return number(Integer.parseInt(decimal.group(1)), Integer.parseInt(decimal.group(2)));
        }
        return switch (duckType) {
            case "TINYINT",
                    "SMALLINT",
                    "INTEGER",
                    "BIGINT",
                    "HUGEINT",
                    "UTINYINT",
                    "USMALLINT",
                    "UINTEGER",
                    "UBIGINT",
                    "UHUGEINT",
                    "BIGNUM" -> number(38, 0);
            case "FLOAT", "DOUBLE" -> of(Kind.REAL, 0);
            case "BOOLEAN" -> of(Kind.BOOLEAN, 0);
            case "DATE" -> of(Kind.DATE, 0);
            case "TIME" -> of(Kind.TIME, 9);
            case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS" -> of(Kind.TIMESTAMP_NTZ, 9);
            case "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ" -> of(Kind.TIMESTAMP_LTZ, 9);
            case ZONED -> of(Kind.TIMESTAMP_TZ, 9);
            case "BLOB" -> new SnowflakeType(Kind.BINARY, 0, 0, BINARY_DEFAULT);
            case "JSON" -> of(Kind.VARIANT, 0);
            case "VARCHAR", "UUID", "\"NULL\"", "NULL" -> text(TEXT_DEFAULT);
            default -> throw SnowflakeError.unsupported("a result of type " + duckType);
        };
    }

    /** Whether a result that DuckDB types so may hold values of this type. */
    boolean isStoredAs(SnowflakeType stored) {
        return kind == Kind.FIXED ? stored.kind == kind && stored.scale == scale : duck().equals(stored.duck());
    }

    /** Snowflake widens in place; it neither narrows nor changes the family or the scale. */
    boolean widensTo(SnowflakeType other) {
        return kind == other.kind
                && switch (kind) {
                    case FIXED -> other.scale == scale && other.precision >= precision;
                    case TEXT, BINARY -> other.length >= length;
                    default -> equals(other);
                };
    }
}
