package io.spindrift.local.snowflake;

/** How a value enters a column: by conversion rules and length checks that DuckDB's own assignment does not have. */
final class Storing {
    private Storing() {}

    static String value(String expression, Column column) {
        if (expression.equals("DEFAULT") || expression.equals("NULL")) {
            return expression;
        }
        return switch (column.type().kind()) {
            case TEXT -> fit("sf_text(" + expression + ")", column);
            case BINARY -> fit("sf_to_binary(" + expression + ")", column);
            case TIMESTAMP_TZ, TIMESTAMP_LTZ -> "sf_tz(" + expression + ")";
            case TIMESTAMP_NTZ -> "sf_ntz(" + expression + ")";
            case VARIANT, OBJECT, ARRAY ->
                "sf_variant(" + expression + ", " + QualifiedName.literal(column.name()) + ")";
            case FIXED, REAL, BOOLEAN, DATE, TIME -> expression;
        };
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
