package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.SnowflakeType.Kind;
import io.spindrift.local.snowflake.Storing.Value;

/**
 * {@code + - * / %} with the precision and scale that Snowflake's results have. DuckDB divides NUMBERs as DOUBLEs and adds literals as
 * machine integers; so the operands are cast, and quotients are calculated digit by digit.
 */
final class Arithmetic {
    private static final int DIGITS = 38;
    private static final int LEAST_SCALE = 6;
    private static final int MOST_SCALE = 12;

    private Arithmetic() {}

    static Value apply(Value left, String operator, Value right) {
        if (left.semiStructured() || right.semiStructured()) {
            throw SnowflakeError.unsupported("arithmetic with a VARIANT: cast it, as in v:x::NUMBER(10,2)");
        }
        if (left.is(Kind.FIXED) && right.is(Kind.FIXED)) {
            return fixed(left, operator, right);
        }
        if (left.is(Kind.DATE) && right.is(Kind.FIXED)) {
            return Value.of("(" + left.sql() + " " + operator + " CAST(" + right.sql() + " AS INTEGER))", Kind.DATE);
        }
        boolean oneUnknown = left.is(Kind.FIXED) && right.type().isEmpty()
                || right.is(Kind.FIXED) && left.type().isEmpty();
        if (operator.equals("/") && (oneUnknown || !left.isNumber() && !right.isNumber())) {
            return Value.untyped("sf_divide(" + left.sql() + ", " + right.sql() + ")");
        }
        String divisor = operator.equals("/") || operator.equals("%") ? "sf_divisor(" + right.sql() + ")" : right.sql();
        String sql = "(" + left.sql() + " " + operator + " " + divisor + ")";
        if (left.isNumber() && right.isNumber()) {
            return Value.of(sql, Kind.REAL);
        }
        if (left.is(Kind.DATE) && right.is(Kind.DATE)) {
            return Value.of(sql, Kind.FIXED);
        }
        if (left.is(Kind.TIMESTAMP_TZ)) {
            return Functions.moved(left, "(%s " + operator + " " + right.sql() + ")", false);
        }
        boolean moved = left.is(Kind.TIMESTAMP_NTZ) || left.is(Kind.TIMESTAMP_LTZ);
        return moved ? new Value(sql, left.type()) : Value.untyped(sql);
    }

    private static Value fixed(Value left, String operator, Value right) {
        SnowflakeType one = left.type().orElseThrow();
        SnowflakeType other = right.type().orElseThrow();
        int most = Math.max(one.scale(), other.scale());
        int scale =
                switch (operator) {
                    case "*" -> Math.min(one.scale() + other.scale(), Math.max(MOST_SCALE, most));
                    case "/" -> quotientScale(one.scale());
                    default -> most;
                };
        int whole =
                switch (operator) {
                    case "*" -> whole(one) + whole(other);
                    case "/" -> whole(one) + other.scale();
                    case "%" -> Math.min(whole(one), whole(other));
                    default -> Math.max(whole(one), whole(other)) + 1;
                };
        SnowflakeType type = SnowflakeType.number(Math.max(1, Math.min(DIGITS, whole + scale)), scale);
        return switch (operator) {
            case "/" -> Value.typed(quotient(left.sql(), right.sql(), scale), type);
            case "%" -> Value.typed("(" + wide(left, scale) + " % sf_divisor(" + wide(right, scale) + "))", type);
            case "*" -> {
                String product = "(" + wide(left, one.scale()) + " * " + wide(right, other.scale()) + ")";
                boolean exact = one.scale() + other.scale() == scale;
                yield Value.typed(exact ? product : "CAST(" + product + " AS DECIMAL(38," + scale + "))", type);
            }
            default -> Value.typed("(" + wide(left, one.scale()) + " " + operator + " " + right.sql() + ")", type);
        };
    }

    /** Of a division, and of AVG. */
    static int quotientScale(int scale) {
        return Math.max(scale, Math.min(scale + LEAST_SCALE, MOST_SCALE));
    }

    static String quotient(String left, String right, int scale) {
        return "CAST(sf_quotient(CAST(" + left + " AS VARCHAR), CAST(" + right + " AS VARCHAR), '" + scale
                + "') AS DECIMAL(38," + scale + "))";
    }

    private static int whole(SnowflakeType type) {
        return type.precision() - type.scale();
    }

    private static String wide(Value value, int scale) {
        return "CAST(" + value.sql() + " AS DECIMAL(38," + scale + "))";
    }
}
