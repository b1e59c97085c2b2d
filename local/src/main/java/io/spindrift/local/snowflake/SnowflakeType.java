package io.spindrift.local.snowflake;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
    private static final String FIXED_ALIKE =
            "TINYINT,SMALLINT,INTEGER,BIGINT,HUGEINT,UTINYINT,USMALLINT,UINTEGER,UBIGINT,UHUGEINT,BIGNUM";
    /** An instant and the minutes that its clock was ahead: two offsets of one instant are equal. */
    private static final String ZONED = "STRUCT(utc TIMESTAMP WITH TIME ZONE, \"offset\" INTEGER)";

    private static final Pattern DUCK_DECIMAL = Pattern.compile("DECIMAL\\((\\d+), ?(\\d+)\\)");

    /** Its names in SQL, the first one that of INFORMATION_SCHEMA; DuckDB's type; other types of DuckDB's that are read as it. */
    enum Kind {
        FIXED("NUMBER DECIMAL NUMERIC DEC INT INTEGER BIGINT SMALLINT TINYINT BYTEINT", "DECIMAL", FIXED_ALIKE),
        REAL("FLOAT FLOAT4 FLOAT8 REAL DOUBLE", "DOUBLE", "FLOAT"),
        TEXT("TEXT VARCHAR STRING NVARCHAR CHAR CHARACTER NCHAR", "VARCHAR", "UUID,\"NULL\",NULL"),
        BOOLEAN("BOOLEAN", "BOOLEAN", ""),
        DATE("DATE", "DATE", ""),
        TIME("TIME", "TIME", ""),
        TIMESTAMP_NTZ("TIMESTAMP_NTZ DATETIME TIMESTAMP", "TIMESTAMP", "TIMESTAMP_S,TIMESTAMP_MS,TIMESTAMP_NS"),
        TIMESTAMP_LTZ("TIMESTAMP_LTZ", "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"),
        TIMESTAMP_TZ("TIMESTAMP_TZ", ZONED, ""),
        BINARY("BINARY VARBINARY", "BLOB", ""),
        VARIANT("VARIANT", "JSON", ""),
        OBJECT("OBJECT", "JSON", ""),
        ARRAY("ARRAY", "JSON", "");

        private final List<String> names;
        private final String duck;
        private final List<String> alike;

        Kind(String names, String duck, String alike) {
            this.names = List.of(names.split(" "));
            this.duck = duck;
            this.alike = List.of(alike.split(","));
        }

        /** The name in INFORMATION_SCHEMA.COLUMNS.DATA_TYPE. */
        String schemaName() {
            return names.get(0);
        }

        String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        boolean isTime() {
            return this == TIME || this == TIMESTAMP_NTZ || this == TIMESTAMP_LTZ || this == TIMESTAMP_TZ;
        }

        boolean isNumber() {
            return this == FIXED || this == REAL;
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
        int length = kind == Kind.TEXT ? TEXT_DEFAULT : kind == Kind.BINARY ? BINARY_DEFAULT : 0;
        return kind == Kind.FIXED ? number(38, 0) : new SnowflakeType(kind, 0, kind.isTime() ? 9 : 0, length);
    }

    /** The type that holds values of both, if they are of one kind. */
    Optional<SnowflakeType> common(SnowflakeType other) {
        if (semiStructured() && other.semiStructured()) {
            return Optional.of(kind == other.kind ? this : of(Kind.VARIANT));
        }
        if (kind != other.kind) {
            return kind.isNumber() && other.kind.isNumber() ? Optional.of(of(Kind.REAL)) : Optional.empty();
        }
        int digits = Math.max(precision - scale, other.precision - other.scale);
        int most = Math.max(scale, other.scale);
        return Optional.of(new SnowflakeType(
                kind, kind == Kind.FIXED ? Math.min(38, digits + most) : 0, most, Math.max(length, other.length)));
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
        Kind kind = Arrays.stream(Kind.values())
                .filter(each -> each.names.contains(name))
                .findFirst()
                .orElseThrow(() ->
                        SnowflakeError.compilation("002040", "42601", "Unsupported data type '" + start.text() + "'."));
        in.accept(name.equals("DOUBLE") ? "PRECISION" : "");
        int otherwise = name.contains("CHAR") && !name.contains("VAR") ? 1 : of(kind).length();
        return switch (kind) {
            case FIXED -> name.matches("NUMBER|DEC.*|NUMERIC") ? parseNumber(in) : number(38, 0);
            case TEXT -> text(argument(in, otherwise, TEXT_MAX));
            case BINARY -> new SnowflakeType(kind, 0, 0, argument(in, otherwise, BINARY_MAX));
            case TIME, TIMESTAMP_NTZ, TIMESTAMP_LTZ, TIMESTAMP_TZ -> new SnowflakeType(kind, 0, argument(in, 9, 9), 0);
            case REAL, BOOLEAN, DATE, VARIANT, OBJECT, ARRAY -> of(kind);
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
            throw invalid("Invalid precision or scale: NUMBER(" + precision + "," + scale + ").");
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
            throw invalid("Length or precision " + value + " exceeds " + most);
        }
        return value;
    }

    private static SnowflakeError invalid(String what) {
        return SnowflakeError.compilation("002261", "42601", what);
    }

    String duck() {
        return kind == Kind.FIXED ? "DECIMAL(" + precision + "," + scale + ")" : kind.duck;
    }

    /** As DESCRIBE TABLE shows it, and as DDL accepts it back. */
    String sql() {
        return switch (kind) {
            case FIXED -> "NUMBER(" + precision + "," + scale + ")";
            case TEXT -> "VARCHAR(" + length + ")";
            case BINARY -> "BINARY(" + length + ")";
            default -> kind.schemaName() + (kind.isTime() ? "(" + scale + ")" : "");
        };
    }

    /** The type as SHOW COLUMNS reports it, which the driver's DatabaseMetaData.getColumns parses. */
    String showJson(String nullability) {
        long bytes = kind == Kind.TEXT ? Math.min(length * 4L, TEXT_MAX) : length;
        String size = kind == Kind.FIXED || kind.isTime()
                ? ",\"precision\":" + precision + ",\"scale\":" + scale
                : length > 0 ? ",\"length\":" + length + ",\"byteLength\":" + bytes + ",\"fixed\":false" : "";
        String name = kind.isNumber() ? kind.name() : kind.schemaName();
        return "{\"type\":\"" + name + "\"" + size + ",\"nullable\":" + nullability + "}";
    }

    /** The Snowflake type of a DuckDB result column. */
    static SnowflakeType ofDuck(String duckType) {
        Matcher decimal = DUCK_DECIMAL.matcher(duckType);
        return decimal.matches()
                ? number(Integer.parseInt(decimal.group(1)), Integer.parseInt(decimal.group(2)))
                : Arrays.stream(Kind.values())
                        .filter(kind -> kind.duck.equals(duckType) || kind.alike.contains(duckType))
                        .findFirst()
                        .map(SnowflakeType::of)
                        .orElseThrow(() -> SnowflakeError.unsupported("a result of type " + duckType));
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
