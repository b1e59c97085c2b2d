package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.SnowflakeType.Kind;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Conversions: of a cast, and of a value that enters a column, which has stricter rules than DuckDB's own assignment. What is known to
 * have the type already costs no planning; what has no known type goes through macros that look at it (functions.sql).
 */
final class Storing {
    private static final Pattern INSTANT =
            Pattern.compile("'\\d{4}-\\d\\d-\\d\\d ([01]\\d|2[0-3]):\\d\\d:\\d\\d(\\.\\d{1,6})? \\+00:00'");

    private Storing() {}

    /** An expression of DuckDB's, with its type when that is certain. */
    record Value(String sql, Optional<SnowflakeType> type) {
        static Value untyped(String sql) {
            return new Value(sql, Optional.empty());
        }

        static Value typed(String sql, SnowflakeType type) {
            return new Value(sql, Optional.of(type));
        }

        static Value of(String sql, Kind kind) {
            return typed(sql, SnowflakeType.of(kind));
        }

        boolean is(Kind kind) {
            return type.isPresent() && type.get().kind() == kind;
        }

        boolean isNumber() {
            return is(Kind.FIXED) || is(Kind.REAL);
        }

        /** Whether every value of this one's type has a length that the other allows. */
        boolean fits(SnowflakeType other) {
            return is(other.kind()) && type.orElseThrow().length() <= other.length();
        }

        boolean semiStructured() {
            return type.isPresent() && type.get().semiStructured();
        }

        /** The value as it is compared and sorted: of a TIMESTAMP_TZ the instant counts, not the offset. */
        Value comparable() {
            return is(Kind.TIMESTAMP_TZ) ? of("struct_extract(" + sql + ", 'utc')", Kind.TIMESTAMP_LTZ) : this;
        }

        boolean isNull() {
            return sql.equals("NULL");
        }
    }

    static String value(Value value, Column column) {
        SnowflakeType type = column.type();
        if (value.isNull() || value.sql().equals("DEFAULT") || type.semiStructured() && value.semiStructured()) {
            return value.sql();
        }
        if (type.semiStructured()) {
            // The error is of the row, not of the statement, so that storing no row stays possible.
            return "sf_variant(" + value.sql() + ", " + QualifiedName.literal(column.name()) + ")";
        }
        // What DuckDB assigns as Snowflake does: it rounds alike, and refuses what is out of range.
        boolean assigned = value.is(type.kind()) || type.kind().isNumber() && (value.isNumber() || value.is(Kind.TEXT));
        String converted = assigned ? value.sql() : convert(value, type);
        return value.fits(type) ? converted : fit(converted, column);
    }

    /** The value, checked against the declared length. */
    private static String fit(String expression, Column column) {
        SnowflakeType type = column.type();
        String function = type.kind() == Kind.TEXT ? "sf_fit_text(" : "sf_fit_binary(";
        String arguments = expression + ", " + type.length() + ", " + QualifiedName.literal(column.name());
        return type.bounded() ? function + arguments + ")" : expression;
    }

    /** {@code value::type}. */
    static Value cast(Value value, SnowflakeType to) {
        if (value.isNull()) {
            return Value.typed("CAST(NULL AS " + to.duck() + ")", to);
        }
        String converted = convert(value, to);
        return Value.typed(value.fits(to) ? converted : fit(converted, Column.nullable(to.sql(), to)), to);
    }

    /** {@code TRY_CAST(text AS type)}: what is no such value is NULL. Snowflake takes texts alone. */
    static Value tryCast(Value value, SnowflakeType to) {
        if (!value.is(Kind.TEXT) && value.type().isPresent() && !value.isNull()) {
            String types = value.type().get().sql() + " and " + to.sql();
            throw SnowflakeError.compilation(
                    "001065", "22023", "Function TRY_CAST cannot be used with arguments of types " + types);
        }
        String form =
                switch (to.kind()) {
                    case TEXT -> to.bounded() ? "CASE WHEN length(%1$s) <= " + to.length() + " THEN %1$s END" : "%s";
                    case FIXED, REAL -> "TRY_CAST(%s AS " + to.duck() + ")";
                    case BOOLEAN -> "TRY_CAST(sf_boolean_word(%s) AS BOOLEAN)";
                    case BINARY -> "TRY(unhex(%s))";
                    case DATE -> "sf_try_date(%s)";
                    case TIME -> "sf_try_clock(%s)";
                    case TIMESTAMP_NTZ -> "sf_try_ntz(%s)";
                    case TIMESTAMP_LTZ -> "sf_try_ltz(%s)";
                    case TIMESTAMP_TZ -> "sf_try_tz(%s)";
                    case VARIANT, OBJECT, ARRAY -> throw SnowflakeError.unsupported("TRY_CAST to " + to.sql());
                };
        String tried = form.formatted(value.type().isPresent() ? value.sql() : "CAST(" + value.sql() + " AS VARCHAR)");
        return Value.typed(tried, to);
    }

    /** To the kind of the type, without a look at lengths. */
    private static String convert(Value value, SnowflakeType to) {
        if (value.semiStructured() && !to.semiStructured()) {
            String text = "sf_json_text(" + value.sql() + ")";
            return to.kind() == Kind.TEXT ? text : convert(Value.of(text, Kind.TEXT), to);
        }
        String sql = value.sql();
        boolean text = value.is(Kind.TEXT);
        if (value.is(to.kind()) && !to.kind().isNumber()) {
            return sql;
        }
        return switch (to.kind()) {
            case TEXT -> text(value);
            case BINARY -> "sf_to_binary(" + sql + ")";
            case VARIANT, OBJECT, ARRAY -> variant(value);
            case TIMESTAMP_TZ -> zoned(value);
            case TIMESTAMP_LTZ -> instant(value);
            case TIMESTAMP_NTZ -> text ? "sf_text_ntz(" + sql + ")" : clock(value);
            case DATE -> text ? "sf_text_date(" + sql + ")" : "CAST(" + clock(value) + " AS DATE)";
            case TIME -> text ? "sf_text_time(" + sql + ")" : "CAST(" + clock(value) + " AS TIME)";
            case BOOLEAN -> "CAST(" + (text ? "sf_boolean_word(" + sql + ")" : sql) + " AS BOOLEAN)";
            case FIXED, REAL -> "CAST(" + sql + " AS " + to.duck() + ")";
        };
    }

    private static String zoned(Value value) {
        if (INSTANT.matcher(value.sql()).matches()) {
            return "{'utc': " + instant(value) + ", 'offset': 0}";
        }
        boolean known = value.type().isPresent() && !value.is(Kind.TEXT);
        String function = known ? "sf_zoned(" : value.is(Kind.TEXT) ? "sf_text_tz(" : "sf_tz(";
        return function + (known ? instant(value) : value.sql()) + ")";
    }

    private static String instant(Value value) {
        if (INSTANT.matcher(value.sql()).matches()) {
            // The sink's own literals: no function to plan.
            return "TIMESTAMPTZ " + value.sql().replace(" +", "+");
        }
        Value plain = value.comparable();
        boolean known = plain.is(Kind.TIMESTAMP_LTZ);
        return known ? plain.sql() : (plain.is(Kind.TEXT) ? "sf_text_ltz(" : "sf_ltz(") + plain.sql() + ")";
    }

    /** What a clock shows at the offset. */
    private static String clock(Value value) {
        return (value.is(Kind.TIMESTAMP_TZ) ? "sf_clock(" : "sf_ntz(") + value.sql() + ")";
    }

    /** As TO_VARCHAR gives it. */
    static String text(Value value) {
        String sql = value.sql();
        if (value.type().isEmpty()) {
            return value.isNull() ? "CAST(NULL AS VARCHAR)" : "sf_text(" + sql + ")";
        }
        return switch (value.type().get().kind()) {
            case TEXT -> sql;
            case FIXED, BOOLEAN, DATE, TIME -> "CAST(" + sql + " AS VARCHAR)";
            case REAL -> "sf_real_text(" + sql + ")";
            case TIMESTAMP_NTZ -> "sf_ntz_text(" + sql + ")";
            case TIMESTAMP_LTZ -> "sf_ltz_text(" + sql + ")";
            case TIMESTAMP_TZ -> "sf_tz_text(" + sql + ")";
            case BINARY -> "hex(" + sql + ")";
            case VARIANT, OBJECT, ARRAY -> "sf_json_text(" + sql + ")";
        };
    }

    /** The JSON that TO_VARIANT makes of a value, with every digit of a number. */
    static String variant(Value value) {
        if (value.type().isEmpty()) {
            return "sf_to_variant(" + value.sql() + ")";
        }
        return switch (value.type().get().kind()) {
            case VARIANT, OBJECT, ARRAY -> value.sql();
            case FIXED, BOOLEAN -> "CAST(CAST(" + value.sql() + " AS VARCHAR) AS JSON)";
            case REAL -> "to_json(" + value.sql() + ")";
            case TEXT, BINARY, DATE, TIME, TIMESTAMP_NTZ, TIMESTAMP_LTZ, TIMESTAMP_TZ -> "to_json(" + text(value) + ")";
        };
    }
}
