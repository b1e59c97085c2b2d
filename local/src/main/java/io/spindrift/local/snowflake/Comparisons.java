package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.SnowflakeType.Kind;
import io.spindrift.local.snowflake.Storing.Value;
import java.util.List;

/** {@code = <> < <= > >=} and IN between values of different types, where DuckDB would compare other things than Snowflake does. */
final class Comparisons {
    private Comparisons() {}

    static String compare(Value one, String operator, Value other) {
        Value left = one.comparable();
        Value right = other.comparable();
        String op = " " + operator + " ";
        boolean variants = left.semiStructured() || right.semiStructured();
        if (left.semiStructured() && right.semiStructured()) {
            return "sf_compare_variants(CAST(%s AS VARCHAR), CAST(%s AS VARCHAR))".formatted(left.sql(), right.sql())
                    + op + "0";
        }
        boolean unknown = left.type().isEmpty() || right.type().isEmpty();
        if (variants && unknown && !left.isNull() && !right.isNull()) {
            throw SnowflakeError.unsupported("comparing a VARIANT with a value of unknown type: cast one of them");
        }
        boolean converts = variants || left.is(Kind.TEXT) || right.is(Kind.TEXT);
        if (unknown || !converts || alike(left, right)) {
            return left.sql() + op + right.sql();
        }
        if (left.isNumber() || right.isNumber()) {
            return "sf_compare_numbers(" + Storing.text(left) + ", " + Storing.text(right) + ")" + op + "0";
        }
        return left.semiStructured() || left.is(Kind.TEXT) && !right.semiStructured()
                ? as(right, left) + op + right.sql()
                : left.sql() + op + as(left, right);
    }

    /** A value as the kind of another, of any length. */
    private static String as(Value like, Value value) {
        return Storing.cast(value, SnowflakeType.of(like.type().orElseThrow().kind()))
                .sql();
    }

    private static boolean alike(Value left, Value right) {
        return left.type().isPresent() && right.is(left.type().get().kind()) && !left.semiStructured();
    }

    static String in(Value left, List<Value> values) {
        boolean plain = !left.is(Kind.TIMESTAMP_TZ)
                && (left.type().isEmpty() || values.stream().allMatch(value -> value.isNull() || alike(left, value)));
        List<String> each = values.stream()
                .map(value -> plain ? value.sql() : compare(left, "=", value))
                .toList();
        return plain ? left.sql() + " IN (" + String.join(", ", each) + ")" : "(" + String.join(" OR ", each) + ")";
    }
}
