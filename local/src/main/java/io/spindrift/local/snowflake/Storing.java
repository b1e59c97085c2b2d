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

    static String value(String expression, Column column) {
        return value(Value.untyped(expression), column);
    }

    static String value(Value value, Column column) {
        SnowflakeType type = column.type();
        if (value.isNull() || value.sql().equals("DEFAULT")) {
            return value.sql();
        }
        if (value.type().isEmpty()) {
            return store(value.sql(), column);
        }
        SnowflakeType from = value.type().get();
        if (type.semiStructured() && !from.semiStructured()) {
            // The error is of the row, not of the statement, so that storing no row stays possible.
            return store(value.sql(), column);
        }
        boolean same = from.kind() == type.kind() || type.semiStructured();
        String converted = same || assigns(from.kind(), type.kind())
                ? value.sql()
                : convert(value, type).sql();
        return from.kind() == type.kind() && from.length() <= type.length() ? converted : fit(converted, column);
    }

    /** What DuckDB assigns as Snowflake does: it rounds alike, and refuses what is out of range. */
    private static boolean assigns(Kind from, Kind to) {
        boolean numbers = (from == Kind.FIXED || from == Kind.REAL) && (to == Kind.FIXED || to == Kind.REAL);
        return numbers || from == Kind.TEXT && (to == Kind.FIXED || to == Kind.REAL);
    }

    private static String store(String expression, Column column) {
        return switch (column.type().kind()) {
            case TEXT -> fit("sf_store_text(" + expression + ")", column);
            case BINARY -> fit("sf_store_binary(" + expression + ")", column);
            case TIMESTAMP_TZ -> "sf_tz(" + expression + ")";
            case TIMESTAMP_LTZ -> "sf_store_ltz(" + expression + ")";
            case TIMESTAMP_NTZ -> "sf_store_ntz(" + expression + ")";
            case VARIANT, OBJECT, ARRAY ->
                "sf_variant(" + expression + ", " + QualifiedName.literal(column.name()) + ")";
            case FIXED, REAL, BOOLEAN, DATE, TIME -> expression;
        };
    }

    /** The value, checked against the declared length. */
    private static String fit(String expression, Column column) {
        if (!column.type().bounded()) {
            return expression;
        }
        String function = column.type().kind() == Kind.TEXT ? "sf_fit_text" : "sf_fit_binary";
        return function + "(" + expression + ", " + column.type().length() + ", " + QualifiedName.literal(column.name())
                + ")";
    }

    /** {@code value::type}. */
    static Value cast(Value value, SnowflakeType to) {
        if (value.isNull()) {
            return Value.typed("CAST(NULL AS " + to.duck() + ")", to);
        }
        boolean fits = value.is(to.kind()) && value.type().orElseThrow().length() <= to.length();
        String converted = convert(value, to).sql();
        return Value.typed(fits ? converted : fit(converted, Column.nullable(to.sql(), to)), to);
    }

    /** {@code TRY_CAST(text AS type)}: what is no such value is NULL. */
    static Value tryCast(Value value, SnowflakeType to) {
        if (!value.is(Kind.TEXT) && value.type().isPresent() && !value.isNull()) {
            // Snowflake takes texts alone.
            throw SnowflakeError.compilation(
                    "001065",
                    "22023",
                    "Function TRY_CAST cannot be used with arguments of types "
                            + value.type().get().sql() + " and " + to.sql());
        }
        String text = value.type().isPresent() ? value.sql() : "CAST(" + value.sql() + " AS VARCHAR)";
        String tried =
                switch (to.kind()) {
                    case TEXT ->
                        to.bounded()
                                ? "CASE WHEN length(" + text + ") <= " + to.length() + " THEN " + text + " END"
                                : text;
                    case FIXED, REAL -> "TRY_CAST(" + text + " AS " + to.duck() + ")";
                    case BOOLEAN -> "TRY_CAST(sf_boolean_word(" + text + ") AS BOOLEAN)";
                    case BINARY -> "TRY(unhex(" + text + "))";
                    case DATE -> "sf_try_date(" + text + ")";
                    case TIME -> "sf_try_clock(" + text + ")";
                    case TIMESTAMP_NTZ -> "sf_try_ntz(" + text + ")";
                    case TIMESTAMP_LTZ -> "sf_try_ltz(" + text + ")";
                    case TIMESTAMP_TZ -> "sf_try_tz(" + text + ")";
                    case VARIANT, OBJECT, ARRAY -> throw SnowflakeError.unsupported("TRY_CAST to " + to.sql());
                };
        return Value.typed(tried, to);
    }

    /** To the kind of the type, without a look at lengths. */
    private static Value convert(Value value, SnowflakeType to) {
        if (value.semiStructured() && !to.semiStructured()) {
            return to.kind() == Kind.TEXT
                    ? Value.typed("sf_json_text(" + value.sql() + ")", to)
                    : convert(Value.of("sf_json_text(" + value.sql() + ")", Kind.TEXT), to);
        }
        String sql = value.sql();
        boolean same = value.is(to.kind());
        boolean text = value.is(Kind.TEXT);
        String converted =
                switch (to.kind()) {
                    case TEXT -> text(value);
                    case BINARY -> same ? sql : "sf_to_binary(" + sql + ")";
                    case VARIANT, OBJECT, ARRAY -> variant(value);
                    case TIMESTAMP_TZ -> zoned(value);
                    case TIMESTAMP_LTZ -> instant(value);
                    case TIMESTAMP_NTZ -> text ? "sf_text_ntz(" + sql + ")" : same ? sql : clock(value);
                    case DATE -> text ? "sf_text_date(" + sql + ")" : same ? sql : date(value);
                    case TIME -> text ? "sf_text_time(" + sql + ")" : same ? sql : "CAST(" + clock(value) + " AS TIME)";
                    case BOOLEAN ->
                        same ? sql : "CAST(" + (text ? "sf_boolean_word(" + sql + ")" : sql) + " AS BOOLEAN)";
                    case FIXED, REAL -> "CAST(" + sql + " AS " + to.duck() + ")";
                };
        return Value.typed(converted, to);
    }

    private static String zoned(Value value) {
        if (INSTANT.matcher(value.sql()).matches()) {
            return "{'utc': " + instant(value) + ", 'offset': 0}";
        }
        if (value.is(Kind.TIMESTAMP_TZ)) {
            return value.sql();
        }
        return value.is(Kind.TEXT) ? "sf_text_tz(" + value.sql() + ")" : "sf_zoned(" + instant(value) + ")";
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
    static String clock(Value value) {
        return (value.is(Kind.TIMESTAMP_TZ) ? "sf_clock(" : value.is(Kind.TIME) ? "(" : "sf_ntz(") + value.sql() + ")";
    }

    private static String date(Value value) {
        return "CAST(" + clock(value) + " AS DATE)";
    }

    /** As TO_VARCHAR gives it. */
    static String text(Value value) {
        String sql = value.sql();
        if (value.type().isEmpty()) {
            return "sf_text(" + sql + ")";
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
