package io.spindrift.local.snowflake;

import java.sql.SQLException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** DuckDB's errors in Snowflake's words. Functions of the stand-in carry their own code through DuckDB in {@link #tagged}. */
final class DuckDbErrors {
    private static final Pattern TAGGED = Pattern.compile("SNOWFLAKE<(\\d{6})\\|(\\w{5})\\|(.*?)>END", Pattern.DOTALL);
    private static final Pattern NO_TABLE = Pattern.compile("(?:Table|View) with name \"?(.*?)\"? does not exist");
    private static final Pattern NO_COLUMN =
            Pattern.compile("(?:Referenced column|Table|Referenced table) \"([^\"]+)\"[^!]*not");
    private static final Pattern NO_FUNCTION =
            Pattern.compile("(?:Function|Macro) with name \"?(\\S+?)\"? does not exist");
    private static final Pattern VALUE =
            Pattern.compile("(?:[Ss]tring|value|format:|value:) ['\"](.*?)['\"]", Pattern.DOTALL);
    private static final Pattern TOO_LARGE = Pattern.compile("Could not cast value (\\S+) to DECIMAL");
    private static final Pattern NOT_NULL = Pattern.compile("NOT NULL constraint failed: .*?\\.?\"?([^.\"]+)\"?$");

    private DuckDbErrors() {}

    static String tagged(String code, String sqlState, String message) {
        return "SNOWFLAKE<" + code + "|" + sqlState + "|" + message + ">END";
    }

    static SnowflakeError translate(SQLException error) {
        String message = String.valueOf(error.getMessage());
        Matcher tagged = TAGGED.matcher(message);
        if (tagged.find()) {
            return new SnowflakeError(tagged.group(1), tagged.group(2), tagged.group(3), error);
        }
        String kind = message.substring(0, Math.max(0, message.indexOf(':'))).toLowerCase(Locale.ROOT);
        return switch (kind) {
            case "catalog error" -> catalog(message, error);
            case "binder error" -> binder(message, error);
            case "parser error", "syntax error" -> compilation("001003", "42000", firstLine(message), error);
            case "conversion error", "invalid input error" -> value(message, error);
            case "out of range error" -> new SnowflakeError("100039", "22003", firstLine(message), error);
            case "constraint error" -> constraint(message, error);
            case "interrupt error" -> SnowflakeError.canceled();
            case "transactioncontext error", "transaction error" ->
                new SnowflakeError(
                        "000625", "57014", "not serializable in the local Snowflake: " + firstLine(message), error);
            default -> new SnowflakeError("000603", "XX000", "SQL execution internal error: " + message, error);
        };
    }

    private static SnowflakeError catalog(String message, SQLException error) {
        Matcher table = NO_TABLE.matcher(message);
        if (table.find()) {
            String detail = "Object '" + table.group(1) + "' does not exist or not authorized.";
            return compilation("002003", "42S02", detail, error);
        }
        Matcher function = NO_FUNCTION.matcher(message);
        if (function.find()) {
            return compilation("002140", "42601", "Unknown function " + function.group(1), error);
        }
        return compilation("002003", "02000", firstLine(message), error);
    }

    private static SnowflakeError binder(String message, SQLException error) {
        Matcher column = NO_COLUMN.matcher(message);
        if (column.find()) {
            return compilation("000904", "42000", "error: invalid identifier '" + column.group(1) + "'", error);
        }
        return compilation("001007", "22023", firstLine(message), error);
    }

    private static SnowflakeError value(String message, SQLException error) {
        if (message.contains("cannot affect the same target row")) {
            return new SnowflakeError("100090", "42P18", "Duplicate row detected during DML action", error);
        }
        Matcher value = VALUE.matcher(message);
        String shown = value.find() ? value.group(1) : firstLine(message);
        String lower = message.toLowerCase(Locale.ROOT);
        Matcher range = TOO_LARGE.matcher(message);
        if (range.find()) {
            return new SnowflakeError(
                    "100039", "22003", "Numeric value '" + range.group(1) + "' is out of range", error);
        }
        if (lower.contains("out of range")) {
            return new SnowflakeError("100039", "22003", "Numeric value '" + shown + "' is out of range", error);
        }
        if (lower.contains("timestamp") || lower.contains("timezone")) {
            return new SnowflakeError("100035", "22007", "Timestamp '" + shown + "' is not recognized", error);
        }
        if (lower.contains("date")) {
            return new SnowflakeError("100040", "22007", "Date '" + shown + "' is not recognized", error);
        }
        if (lower.contains("bool")) {
            return new SnowflakeError("100037", "22018", "Boolean value '" + shown + "' is not recognized", error);
        }
        if (lower.contains("hex")) {
            return new SnowflakeError(
                    "100115", "22000", "The following string is not a legal hex-encoded value: '" + shown + "'", error);
        }
        return new SnowflakeError("100038", "22018", "Numeric value '" + shown + "' is not recognized", error);
    }

    private static SnowflakeError constraint(String message, SQLException error) {
        Matcher column = NOT_NULL.matcher(firstLine(message));
        if (column.find()) {
            return new SnowflakeError(
                    "100072", "22000", "NULL result in a non-nullable column: " + column.group(1), error);
        }
        return new SnowflakeError("100072", "22000", firstLine(message), error);
    }

    private static SnowflakeError compilation(String code, String sqlState, String detail, SQLException cause) {
        return new SnowflakeError(code, sqlState, "SQL compilation error:\n" + detail, cause);
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse(message);
    }
}
