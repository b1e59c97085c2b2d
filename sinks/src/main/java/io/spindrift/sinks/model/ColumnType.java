package io.spindrift.sinks.model;

import static io.spindrift.sinks.model.Require.require;

/** A column's type in Snowflake. Limits are those of Snowflake's data type reference. */
public sealed interface ColumnType {

    /** The type as DDL and casts write it, for example {@code NUMBER(10,2)}. */
    String sql();

    record Bool() implements ColumnType {
        @Override
        public String sql() {
            return "BOOLEAN";
        }
    }

    /** Exact decimal: precision 1 to 38, scale 0 to 37. */
    record Number(int precision, int scale) implements ColumnType {
        public Number {
            require(
                    precision >= 1 && precision <= 38 && scale >= 0 && scale <= 37 && scale <= precision,
                    "NUMBER(%d,%d) does not exist in Snowflake",
                    precision,
                    scale);
        }

        @Override
        public String sql() {
            return "NUMBER(" + precision + "," + scale + ")";
        }
    }

    /** IEEE 754 binary64. */
    record Double() implements ColumnType {
        @Override
        public String sql() {
            return "FLOAT";
        }
    }

    /** UTF-8 text; the length is given in characters, and bytes may not exceed 134,217,728. */
    record Text(int length) implements ColumnType {
        public static final int MAX_LENGTH = 134_217_728;

        public Text {
            require(length >= 1 && length <= MAX_LENGTH, "VARCHAR(%d) does not exist in Snowflake", length);
        }

        @Override
        public String sql() {
            return "VARCHAR(" + length + ")";
        }
    }

    /** Bytes, carried as hexadecimal digits; at most 67,108,864. */
    record Binary(int length) implements ColumnType {
        public static final int MAX_LENGTH = 67_108_864;

        public Binary {
            require(length >= 1 && length <= MAX_LENGTH, "BINARY(%d) does not exist in Snowflake", length);
        }

        @Override
        public String sql() {
            return "BINARY(" + length + ")";
        }
    }

    /** {@code yyyy-MM-dd}. */
    record Date() implements ColumnType {
        @Override
        public String sql() {
            return "DATE";
        }
    }

    /** {@code HH:mm:ss.ffffff}, below 24:00; fractional digits 0 to 9. */
    record Time(int fractionDigits) implements ColumnType {
        public Time {
            requireFraction(fractionDigits);
        }

        @Override
        public String sql() {
            return "TIME(" + fractionDigits + ")";
        }
    }

    /** Date and time without zone. */
    record TimestampNtz(int fractionDigits) implements ColumnType {
        public TimestampNtz {
            requireFraction(fractionDigits);
        }

        @Override
        public String sql() {
            return "TIMESTAMP_NTZ(" + fractionDigits + ")";
        }
    }

    /** An instant with the offset it was written with; ours is always {@code +00:00}. */
    record TimestampTz(int fractionDigits) implements ColumnType {
        public TimestampTz {
            requireFraction(fractionDigits);
        }

        @Override
        public String sql() {
            return "TIMESTAMP_TZ(" + fractionDigits + ")";
        }
    }

    /** JSON text in the cell, parsed by the load. */
    record Variant() implements ColumnType {
        @Override
        public String sql() {
            return "VARIANT";
        }
    }

    private static void requireFraction(int digits) {
        require(digits >= 0 && digits <= 9, "fractional seconds have 0 to 9 digits, not %d", digits);
    }
}
