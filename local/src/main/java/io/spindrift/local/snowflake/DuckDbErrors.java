package io.spindrift.local.snowflake;

import java.sql.SQLException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * DuckDB's errors in Snowflake's words, by the first rule whose pattern is found; {@code %s} is what the pattern's group holds, else the
 * value that the error shows. Functions of the stand-in carry their own code through DuckDB in {@link #tagged}.
 */
final class DuckDbErrors {
    private static final Pattern TAGGED = Pattern.compile("SNOWFLAKE<(\\d{6})\\|(\\w{5})\\|(.*?)>END", Pattern.DOTALL);
    private static final Pattern VALUE =
            Pattern.compile("(?:[Ss]tring|value|format|range):? ['\"](.*?)['\"]", Pattern.DOTALL);
    private static final String COMPILATION = "SQL compilation error:\n";

    private record Rule(Pattern pattern, String code, String sqlState, String message) {
        private Rule(String pattern, String code, String sqlState, String message) {
            this(Pattern.compile(pattern, Pattern.CASE_INSENSITIVE | Pattern.DOTALL), code, sqlState, message);
        }
    }

    private static final List<Rule> RULES = List.of(
            new Rule("^interrupt error", "000604", "57014", "SQL execution canceled"),
            new Rule(
                    "^catalog error.*?(?:table|view) with name \"?([^\"\\n]*?)\"? does not exist",
                    "002003",
                    "42S02",
                    COMPILATION + "Object '%s' does not exist or not authorized."),
            new Rule(
                    "^catalog error.*?(?:function|macro) with name \"?(\\S+?)\"? does not exist",
                    "002140",
                    "42601",
                    COMPILATION + "Unknown function %s"),
            new Rule("^catalog error", "002003", "02000", COMPILATION + "%s"),
            new Rule(
                    "^binder error[^\"]*(?:referenced column|table) \"([^\"]+)\"[^!]*not",
                    "000904",
                    "42000",
                    COMPILATION + "error: invalid identifier '%s'"),
            new Rule("^binder error", "001007", "22023", COMPILATION + "%s"),
            new Rule("^(?:parser|syntax) error", "001003", "42000", COMPILATION + "%s"),
            new Rule(
                    "cannot affect the same target row", "100090", "42P18", "Duplicate row detected during DML action"),
            new Rule(
                    "not null constraint failed: [^\\n]*?\\.?\"?([^.\"\\n]+)\"?(?:\\n|$)",
                    "100072",
                    "22000",
                    "NULL result in a non-nullable column: %s"),
            new Rule("^constraint error", "100072", "22000", "%s"),
            new Rule(
                    "^transaction(?:context)? error", "000625", "57014", "not serializable in the local Snowflake: %s"),
            new Rule("could not cast value (\\S+) to decimal", "100039", "22003", "Numeric value '%s' is out of range"),
            new Rule("^out of range error", "100039", "22003", "%s"),
            new Rule("^[^:]*:[^\\n]*(?:timestamp|timezone)", "100035", "22007", "Timestamp '%s' is not recognized"),
            new Rule("^[^:]*:[^\\n]*date", "100040", "22007", "Date '%s' is not recognized"),
            new Rule("out of range", "100039", "22003", "Numeric value '%s' is out of range"),
            new Rule("bool", "100037", "22018", "Boolean value '%s' is not recognized"),
            new Rule("hex", "100115", "22000", "The following string is not a legal hex-encoded value: '%s'"),
            new Rule("^(?:conversion|invalid input) error", "100038", "22018", "Numeric value '%s' is not recognized"));

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
        for (Rule rule : RULES) {
            Matcher found = rule.pattern().matcher(message);
            if (found.find()) {
                String shown = found.groupCount() > 0 ? found.group(1) : value(message);
                return new SnowflakeError(
                        rule.code(), rule.sqlState(), rule.message().replace("%s", shown), error);
            }
        }
        return new SnowflakeError("000603", "XX000", "SQL execution internal error: " + message, error);
    }

    private static String value(String message) {
        Matcher value = VALUE.matcher(message);
        return value.find() ? value.group(1) : message.lines().findFirst().orElse(message);
    }
}
