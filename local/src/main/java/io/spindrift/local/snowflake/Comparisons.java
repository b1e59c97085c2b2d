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
        if (left.isNull() || right.isNull() || alike(left, right)) {
            return left.sql() + op + right.sql();
        }
        if (left.semiStructured() && right.semiStructured()) {
            return "sf_compare_variants(" + json(left) + ", " + json(right) + ")" + op + "0";
        }
        if (left.semiStructured() && right.type().isEmpty()
                || right.semiStructured() && left.type().isEmpty()) {
            throw SnowflakeError.unsupported("comparing a VARIANT with a value of unknown type: cast one of them");
        }
        boolean texts = left.is(Kind.TEXT) || right.is(Kind.TEXT);
        boolean variants = left.semiStructured() || right.semiStructured();
        if ((texts || variants) && (left.isNumber() || right.isNumber())) {
            return "sf_compare_numbers(" + Storing.text(left) + ", " + Storing.text(right) + ")" + op + "0";
        }
        if (left.type().isPresent() && right.type().isPresent() && (texts || variants)) {
            boolean convertLeft = left.semiStructured() || left.is(Kind.TEXT) && !right.semiStructured();
            return convertLeft
                    ? Storing.cast(left, unbounded(right)).sql() + op + right.sql()
                    : left.sql() + op + Storing.cast(right, unbounded(left)).sql();
        }
        return left.sql() + op + right.sql();
    }

    private static SnowflakeType unbounded(Value value) {
        Kind kind = value.type().orElseThrow().kind();
        return SnowflakeType.of(kind);
    }

    private static boolean alike(Value left, Value right) {
        return left.type().isPresent()
                && right.type().isPresent()
                && !left.semiStructured()
                && left.type().get().kind() == right.type().get().kind();
    }

    private static String json(Value value) {
        return "CAST(" + value.sql() + " AS VARCHAR)";
    }

    static String in(Value left, List<Value> values) {
        boolean plain = !left.is(Kind.TIMESTAMP_TZ) && left.type().isEmpty()
                || values.stream().allMatch(value -> value.isNull() || alike(left, value));
        List<String> each = values.stream()
                .map(value -> plain ? value.sql() : compare(left, "=", value))
                .toList();
        return plain ? left.sql() + " IN (" + String.join(", ", each) + ")" : "(" + String.join(" OR ", each) + ")";
    }
}
