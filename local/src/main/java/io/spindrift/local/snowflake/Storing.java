package io.spindrift.local.snowflake;

import java.util.Optional;

/** How a value enters a column: by conversion rules and length checks that DuckDB's own assignment does not have. */
final class Storing {
    private Storing() {}

    /** An expression of DuckDB's, with its type when that is certain: what need not be converted costs no planning. */
    record Value(String sql, Optional<SnowflakeType> type) {
        static Value untyped(String sql) {
            return new Value(sql, Optional.empty());
        }

        static Value typed(String sql, SnowflakeType type) {
            return new Value(sql, Optional.of(type));
        }
    }

    static String value(String expression, Column column) {
        if (expression.equals("DEFAULT") || expression.equals("NULL")) {
            return expression;
        }
        return switch (column.type().kind()) {
            case TEXT -> fit("sf_store_text(" + expression + ")", column);
            case BINARY -> fit("sf_store_binary(" + expression + ")", column);
            case TIMESTAMP_TZ, TIMESTAMP_LTZ -> "sf_store_tz(" + expression + ")";
            case TIMESTAMP_NTZ -> "sf_store_ntz(" + expression + ")";
            case VARIANT, OBJECT, ARRAY ->
                "sf_variant(" + expression + ", " + QualifiedName.literal(column.name()) + ")";
            case FIXED, REAL, BOOLEAN, DATE, TIME -> expression;
        };
    }

    static String value(Value value, Column column) {
        if (value.type().isEmpty()
                || !value.type().get().duck().equals(column.type().duck())) {
            return value(value.sql(), column);
        }
        return value.type().get().length() > column.type().length() ? fit(value.sql(), column) : value.sql();
    }

    /** The value, checked against the declared length. */
    static String fit(String expression, Column column) {
        if (!column.type().bounded()) {
            return expression;
        }
        String function = column.type().kind() == SnowflakeType.Kind.TEXT ? "sf_fit_text" : "sf_fit_binary";
        return function + "(" + expression + ", " + column.type().length() + ", " + QualifiedName.literal(column.name())
                + ")";
    }
}
