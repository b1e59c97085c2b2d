package io.spindrift.local.snowflake;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Calls whose arguments change on the way to DuckDB: from the name and the rewritten arguments to an expression. */
final class FunctionCalls {
    static final List<String> PART_FIRST = List.of(
            "DATEADD", "TIMEADD", "TIMESTAMPADD", "DATEDIFF", "TIMEDIFF", "TIMESTAMPDIFF", "DATE_TRUNC", "DATE_PART");

    private static final Set<String> REWRITTEN = Set.of(
            "CONCAT",
            "GREATEST",
            "LEAST",
            "CHARINDEX",
            "OBJECT_CONSTRUCT",
            "GET",
            "GET_PATH",
            "TO_NUMBER",
            "TO_DECIMAL",
            "TO_NUMERIC",
            "TRY_TO_NUMBER",
            "TRY_TO_DECIMAL",
            "TRY_TO_NUMERIC",
            "TRY_TO_DATE",
            "TRY_TO_DOUBLE",
            "TRY_TO_BOOLEAN",
            "TRY_TO_TIMESTAMP",
            "TRY_TO_TIMESTAMP_NTZ",
            "TRY_TO_TIMESTAMP_TZ",
            "TRUNC",
            "TRUNCATE");

    private FunctionCalls() {}

    static boolean known(String name) {
        return REWRITTEN.contains(name);
    }

    static Optional<String> rewrite(String name, List<String> args) {
        return Optional.ofNullable(
                switch (name) {
                    case "DATEADD", "TIMEADD", "TIMESTAMPADD" -> dateAdd(args);
                    case "DATEDIFF", "TIMEDIFF", "TIMESTAMPDIFF" ->
                        call(
                                "date_diff",
                                List.of(args.get(0), "sf_ntz(" + args.get(1) + ")", "sf_ntz(" + args.get(2) + ")"));
                    case "DATE_TRUNC", "DATE_PART" -> call(name.toLowerCase(Locale.ROOT), args);
                    case "CONCAT" -> "(" + String.join(" || ", args) + ")";
                    case "GREATEST", "LEAST" ->
                        "CASE WHEN " + String.join(" IS NULL OR ", args) + " IS NULL THEN NULL ELSE "
                                + call(name.toLowerCase(Locale.ROOT), args) + " END";
                    case "CHARINDEX" -> call("strpos", List.of(args.get(1), args.get(0)));
                    case "OBJECT_CONSTRUCT" -> "json_merge_patch('{}'::JSON, " + call("json_object", args) + ")";
                    case "GET" -> get(args);
                    case "GET_PATH" -> "json_extract(" + args.get(0) + ", '$.' || " + args.get(1) + ")";
                    case "TO_NUMBER", "TO_DECIMAL", "TO_NUMERIC" -> number(args, "CAST");
                    case "TRY_TO_NUMBER", "TRY_TO_DECIMAL", "TRY_TO_NUMERIC" -> number(args, "TRY_CAST");
                    case "TRY_TO_DATE" -> "TRY_CAST(" + only(name, args) + " AS DATE)";
                    case "TRY_TO_DOUBLE" -> "TRY_CAST(" + only(name, args) + " AS DOUBLE)";
                    case "TRY_TO_BOOLEAN" -> "TRY_CAST(" + only(name, args) + " AS BOOLEAN)";
                    case "TRY_TO_TIMESTAMP", "TRY_TO_TIMESTAMP_NTZ" -> "TRY(sf_ntz(" + only(name, args) + "))";
                    case "TRY_TO_TIMESTAMP_TZ" -> "TRY(sf_tz(" + only(name, args) + "))";
                    case "TRUNC", "TRUNCATE" ->
                        args.size() == 1
                                ? call("trunc", args)
                                : "trunc(" + args.get(0) + " * power(10, " + args.get(1) + ")) / power(10, "
                                        + args.get(1) + ")";
                    default -> null;
                });
    }

    static String call(String name, List<String> args) {
        return name + "(" + String.join(", ", args) + ")";
    }

    private static String only(String name, List<String> args) {
        if (args.size() != 1) {
            throw SnowflakeError.unsupported(name + " with a format");
        }
        return args.get(0);
    }

    private static String number(List<String> args, String cast) {
        int first = args.size() > 1 && args.get(1).startsWith("'") ? -1 : 1;
        if (first < 0) {
            throw SnowflakeError.unsupported("TO_NUMBER with a format");
        }
        String precision = args.size() > 1 ? args.get(1) : "38";
        String scale = args.size() > 2 ? args.get(2) : "0";
        return cast + "(sf_text(" + args.get(0) + ") AS DECIMAL(" + precision + "," + scale + "))";
    }

    private static String get(List<String> args) {
        String key = args.get(1);
        boolean index = !key.isEmpty() && Character.isDigit(key.charAt(0));
        String path = index ? "'$[' || " + key + " || ']'" : "'$.\"' || " + key + " || '\"'";
        return "json_extract(" + args.get(0) + ", " + path + ")";
    }

    private static String dateAdd(List<String> args) {
        String part = args.get(0).substring(1, args.get(0).length() - 1);
        String count = args.get(1);
        String to = args.get(2).startsWith("'") ? "sf_ntz(" + args.get(2) + ")" : args.get(2);
        String interval =
                switch (part) {
                    case "nanosecond" -> throw SnowflakeError.unsupported("DATEADD of nanoseconds");
                    case "second", "millisecond" -> "to_" + part + "s(CAST(" + count + " AS DOUBLE))";
                    case "hour", "minute", "microsecond" -> "to_" + part + "s(CAST(" + count + " AS BIGINT))";
                    case "quarter" -> "to_months(3 * CAST(" + count + " AS INTEGER))";
                    default -> "to_" + part + "s(CAST(" + count + " AS INTEGER))";
                };
        return "(" + to + " + " + interval + ")";
    }

    /** A date part, bare or quoted, as DuckDB's quoted name. */
    static String part(Token token) {
        String part = token.text().toLowerCase(Locale.ROOT);
        String name =
                switch (part) {
                    case "year", "y", "yy", "yyy", "yyyy", "yr", "years", "yrs" -> "year";
                    case "quarter", "q", "qtr", "qtrs", "quarters" -> "quarter";
                    case "month", "mm", "mon", "mons", "months" -> "month";
                    case "week", "w", "wk", "weekofyear", "woy", "wy", "weeks" -> "week";
                    case "day", "d", "dd", "days", "dayofmonth" -> "day";
                    case "hour", "h", "hh", "hr", "hours", "hrs" -> "hour";
                    case "minute", "m", "mi", "min", "minutes", "mins" -> "minute";
                    case "second", "s", "sec", "seconds", "secs" -> "second";
                    case "millisecond", "ms", "msec", "milliseconds" -> "millisecond";
                    case "microsecond", "us", "usec", "microseconds" -> "microsecond";
                    case "nanosecond", "ns", "nsec", "nanoseconds" -> "nanosecond";
                    case "epoch_second", "epoch", "epoch_seconds" -> "epoch";
                    case "dayofweek", "dow", "dw" -> "dow";
                    case "dayofyear", "doy", "dy" -> "doy";
                    default -> throw SnowflakeError.unsupported("the date part " + token.text());
                };
        return "'" + name + "'";
    }
}
