package io.spindrift.local.snowflake;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.duckdb.DuckDBFunctions;
import org.jspecify.annotations.Nullable;

/**
 * The functions the stand-in knows. A function not listed here fails as unknown, even where DuckDB has one of that name: its meaning
 * may differ. Functions whose arguments need rewriting are in {@link FunctionCalls}.
 */
final class Functions {
    /** Same name, same meaning. */
    private static final List<String> SAME = List.of(
            "ABS",
            "CEIL",
            "FLOOR",
            "ROUND",
            "SIGN",
            "SQRT",
            "EXP",
            "LN",
            "POWER",
            "MOD",
            "LOWER",
            "UPPER",
            "TRIM",
            "LTRIM",
            "RTRIM",
            "LENGTH",
            "SUBSTRING",
            "LEFT",
            "RIGHT",
            "LPAD",
            "RPAD",
            "REPEAT",
            "REPLACE",
            "REVERSE",
            "CONTAINS",
            "COALESCE",
            "NULLIF",
            "COUNT",
            "SUM",
            "MIN",
            "MAX",
            "AVG",
            "MEDIAN",
            "STDDEV",
            "VARIANCE",
            "ANY_VALUE",
            "COUNT_IF",
            "ROW_NUMBER",
            "RANK",
            "DENSE_RANK",
            "LAG",
            "LEAD",
            "FIRST_VALUE",
            "LAST_VALUE",
            "NTH_VALUE",
            "NTILE",
            "PERCENT_RANK",
            "CUME_DIST",
            "YEAR",
            "MONTH",
            "DAY",
            "HOUR",
            "MINUTE",
            "QUARTER",
            "DAYOFYEAR",
            "LAST_DAY",
            "MD5",
            "EXTRACT",
            "POSITION",
            "ASCII",
            "CHR",
            "TRANSLATE");

    private static final Map<String, String> RENAMED = Map.ofEntries(
            Map.entry("NVL", "coalesce"),
            Map.entry("IFNULL", "coalesce"),
            Map.entry("CEILING", "ceil"),
            Map.entry("POW", "power"),
            Map.entry("SQUARE", "sf_square"),
            Map.entry("LEN", "length"),
            Map.entry("SUBSTR", "substring"),
            Map.entry("STARTSWITH", "starts_with"),
            Map.entry("ENDSWITH", "ends_with"),
            Map.entry("SPLIT_PART", "split_part"),
            Map.entry("BOOLAND_AGG", "bool_and"),
            Map.entry("BOOLOR_AGG", "bool_or"),
            Map.entry("MAX_BY", "max_by"),
            Map.entry("MIN_BY", "min_by"),
            Map.entry("APPROX_COUNT_DISTINCT", "approx_count_distinct"),
            Map.entry("MD5_HEX", "md5"),
            Map.entry("UUID_STRING", "sf_uuid"),
            Map.entry("SHA2", "sf_sha2"),
            Map.entry("BASE64_ENCODE", "base64"),
            Map.entry("DAYOFMONTH", "day"),
            Map.entry("IFF", "sf_iff"),
            Map.entry("NVL2", "sf_nvl2"),
            Map.entry("ZEROIFNULL", "sf_zeroifnull"),
            Map.entry("NULLIFZERO", "sf_nullifzero"),
            Map.entry("EQUAL_NULL", "sf_equal_null"),
            Map.entry("DIV0", "sf_div0"),
            Map.entry("BITAND", "sf_bitand"),
            Map.entry("BITOR", "sf_bitor"),
            Map.entry("BITXOR", "sf_bitxor"),
            Map.entry("BITSHIFTLEFT", "sf_shl"),
            Map.entry("BITSHIFTRIGHT", "sf_shr"),
            Map.entry("PARSE_JSON", "sf_parse_json"),
            Map.entry("TRY_PARSE_JSON", "sf_try_parse_json"),
            Map.entry("CHECK_JSON", "sf_check_json"),
            Map.entry("TO_JSON", "sf_to_json"),
            Map.entry("TO_VARIANT", "sf_to_variant"),
            Map.entry("ARRAY_SIZE", "sf_array_size"),
            Map.entry("OBJECT_KEYS", "sf_object_keys"),
            Map.entry("TYPEOF", "sf_typeof"),
            Map.entry("IS_NULL_VALUE", "sf_is_null_value"),
            Map.entry("OBJECT_CONSTRUCT_KEEP_NULL", "json_object"),
            Map.entry("ARRAY_CONSTRUCT", "json_array"),
            Map.entry("TO_BINARY", "sf_to_binary"),
            Map.entry("HEX_ENCODE", "sf_hex"),
            Map.entry("TO_CHAR", "sf_text"),
            Map.entry("TO_VARCHAR", "sf_text"),
            Map.entry("TO_BOOLEAN", "sf_boolean"),
            Map.entry("TO_DOUBLE", "sf_double"),
            Map.entry("TO_DATE", "sf_date"),
            Map.entry("DATE", "sf_date"),
            Map.entry("TO_TIME", "sf_time"),
            Map.entry("TO_TIMESTAMP", "sf_ntz"),
            Map.entry("TO_TIMESTAMP_NTZ", "sf_ntz"),
            Map.entry("TO_TIMESTAMP_LTZ", "sf_tz"),
            Map.entry("TO_TIMESTAMP_TZ", "sf_tz"),
            Map.entry("CONVERT_TIMEZONE", "sf_convert_timezone"),
            Map.entry("DAYOFWEEK", "dayofweek"),
            Map.entry("DAYOFWEEKISO", "isodow"),
            Map.entry("WEEK", "week"),
            Map.entry("WEEKISO", "week"),
            Map.entry("SECOND", "sf_second"),
            Map.entry("REGEXP_LIKE", "regexp_full_match"),
            Map.entry("RLIKE", "regexp_full_match"));

    /** Results that are semi-structured whatever the arguments are: their casts go through their text. */
    private static final List<String> SEMI_STRUCTURED = List.of(
            "PARSE_JSON",
            "TRY_PARSE_JSON",
            "TO_VARIANT",
            "OBJECT_CONSTRUCT",
            "OBJECT_CONSTRUCT_KEEP_NULL",
            "ARRAY_CONSTRUCT",
            "ARRAY_AGG",
            "GET",
            "GET_PATH",
            "OBJECT_KEYS");

    private static final List<String> MACROS = List.of(
            "sf_iff(c, a, b) AS CASE WHEN c THEN a ELSE b END",
            "sf_nvl2(c, a, b) AS CASE WHEN c IS NOT NULL THEN a ELSE b END",
            "sf_zeroifnull(x) AS coalesce(x, 0)",
            "sf_nullifzero(x) AS nullif(x, 0)",
            "sf_equal_null(a, b) AS a IS NOT DISTINCT FROM b",
            "sf_div0(a, b) AS CASE WHEN b = 0 THEN 0 ELSE a / b END",
            "sf_square(x) AS x * x",
            "sf_bitand(a, b) AS a::HUGEINT & b::HUGEINT",
            "sf_bitor(a, b) AS a::HUGEINT | b::HUGEINT",
            "sf_bitxor(a, b) AS xor(a::HUGEINT, b::HUGEINT)",
            "sf_shl(a, b) AS a::HUGEINT << b::INTEGER",
            "sf_shr(a, b) AS a::HUGEINT >> b::INTEGER",
            "sf_uuid() AS uuid()::VARCHAR",
            "sf_sha2(x) AS sha256(x), (x, n) AS sha256(x)",
            "sf_second(x) AS second(x)",
            "sf_parse_json(x) AS CAST(sf_checked_json(x::VARCHAR) AS JSON)",
            "sf_try_parse_json(x) AS TRY_CAST(sf_valid_json(x::VARCHAR) AS JSON)",
            "sf_check_json(x) AS CASE WHEN sf_valid_json(x::VARCHAR) IS NULL AND x IS NOT NULL THEN 'invalid JSON' END",
            "sf_to_variant(x) AS CASE WHEN typeof(x) = 'JSON' THEN x::JSON ELSE to_json(x) END",
            "sf_divisor(x) AS CASE WHEN x = 0 THEN error('SNOWFLAKE<100051|22012|Division by zero>END') ELSE x END",
            "sf_to_json(x) AS x::VARCHAR",
            "sf_array_size(x) AS CASE WHEN json_type(x) = 'ARRAY' THEN json_array_length(x) END",
            "sf_object_keys(x) AS to_json(json_keys(x))",
            "sf_is_null_value(x) AS json_type(x) = 'NULL'",
            """
            sf_typeof(x) AS CASE json_type(x) WHEN 'NULL' THEN 'NULL_VALUE' WHEN 'BIGINT' THEN 'INTEGER'
              WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'HUGEINT' THEN 'INTEGER' ELSE json_type(x) END""",
            """
            sf_variant(x, name) AS CASE WHEN typeof(x) = 'VARCHAR' AND x IS NOT NULL THEN error('SNOWFLAKE<002023|22000|SQL '
              || 'compilation error: Expression type does not match column data type, expecting VARIANT but got VARCHAR'
              || ' for column ' || name || '>END') ELSE x::JSON END""",
            "sf_hex(x) AS hex(x)",
            """
            sf_to_binary(x) AS CASE WHEN typeof(x) = 'BLOB' THEN x::BLOB ELSE unhex(x::VARCHAR) END,
              (x, f) AS CASE upper(f) WHEN 'HEX' THEN unhex(x) WHEN 'BASE64' THEN from_base64(x)
                WHEN 'UTF-8' THEN encode(x) WHEN 'UTF8' THEN encode(x) ELSE error('TO_BINARY: format ' || f) END""",
            """
            sf_json_text(x) AS CASE WHEN starts_with(ltrim(x::VARCHAR), '"') THEN json_extract_string(x::VARCHAR, '$')
              WHEN trim(x::VARCHAR) = 'null' THEN NULL ELSE x::VARCHAR END""",
            // Branches not taken are folded away, but must bind for every type: most go through the text.
            """
            sf_text(x) AS CASE typeof(x)
              WHEN 'JSON' THEN sf_json_text(x)
              WHEN 'BLOB' THEN hex(x::BLOB)
              WHEN 'TIMESTAMP' THEN strftime(x::VARCHAR::TIMESTAMP, '%Y-%m-%d %H:%M:%S.%g')
              WHEN 'TIMESTAMP WITH TIME ZONE'
                THEN strftime(x::VARCHAR::TIMESTAMPTZ, '%Y-%m-%d %H:%M:%S.%g ') || rpad(strftime(x::VARCHAR::TIMESTAMPTZ, '%z'), 5, '0')
              ELSE x::VARCHAR END""",
            """
            sf_tz(x) AS CASE WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN x::TIMESTAMPTZ
              WHEN typeof(x) = 'VARCHAR'
                THEN replace(replace(x::VARCHAR, ' +', '+'), ' -', '-')::TIMESTAMPTZ
              WHEN typeof(x) = 'JSON'
                THEN replace(replace(json_extract_string(x::VARCHAR, '$'), ' +', '+'), ' -', '-')::TIMESTAMPTZ
              WHEN typeof(x) IN ('INTEGER', 'BIGINT', 'HUGEINT') OR typeof(x) LIKE 'DECIMAL%'
                THEN to_timestamp(x::VARCHAR::DOUBLE)
              ELSE x::VARCHAR::TIMESTAMPTZ END""",
            """
            sf_ntz(x) AS CASE WHEN typeof(x) = 'TIMESTAMP' THEN x::TIMESTAMP
              WHEN typeof(x) IN ('INTEGER', 'BIGINT', 'HUGEINT') OR typeof(x) LIKE 'DECIMAL%'
                THEN to_timestamp(x::VARCHAR::DOUBLE)::TIMESTAMP
              WHEN typeof(x) = 'JSON' THEN json_extract_string(x::VARCHAR, '$')::TIMESTAMP
              WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN x::VARCHAR::TIMESTAMPTZ::TIMESTAMP
              ELSE x::VARCHAR::TIMESTAMP END""",
            // Into a column, by the type of what is stored: these bind in a fraction of the time, but not over
            // aggregates.
            "sf_store_text(x VARCHAR) AS CASE WHEN typeof(x) = 'JSON' THEN sf_json_text(x) ELSE x::VARCHAR END, (x) AS sf_text(x)",
            "sf_store_binary(x BLOB) AS x::BLOB, (x) AS sf_to_binary(x)",
            "sf_store_tz(x TIMESTAMPTZ) AS x::TIMESTAMPTZ, (x) AS sf_tz(x)",
            "sf_store_ntz(x TIMESTAMP) AS x::TIMESTAMP, (x) AS sf_ntz(x)",
            "sf_text_tz(x) AS replace(replace(x, ' +', '+'), ' -', '-')::TIMESTAMPTZ",
            "sf_date(x) AS CAST(sf_ntz(x) AS DATE)",
            "sf_time(x) AS CAST(sf_text(x) AS TIME)",
            "sf_boolean(x) AS CAST(sf_text(x) AS BOOLEAN)",
            "sf_double(x) AS CAST(sf_text(x) AS DOUBLE)",
            """
            sf_convert_timezone(target, x) AS sf_tz(x),
              (source, target, x) AS timezone(target, timezone(source, sf_ntz(x)))""",
            """
            sf_fit_text(x, n, name) AS CASE WHEN length(x) > n THEN error(format('SNOWFLAKE<100078|22000|String ''{}'''
              || ' is too long and would be truncated: {} holds {}>END', left(x, 100), name, n)) ELSE x END""",
            """
            sf_fit_binary(x, n, name) AS CASE WHEN octet_length(x::BLOB) > n THEN error('SNOWFLAKE<100078|22000|Binary value'
              || ' is too long and would be truncated: ' || name || ' holds ' || n || '>END') ELSE x::BLOB END""");

    static final JsonFactory STRICT = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(10_000)
                    .build())
            .build();

    private static final Map<String, String> KNOWN = known();

    private Functions() {}

    private static Map<String, String> known() {
        Map<String, String> known = new HashMap<>(RENAMED);
        SAME.forEach(name -> known.put(name, name.toLowerCase(java.util.Locale.ROOT)));
        return Map.copyOf(known);
    }

    static Optional<String> duck(String name) {
        return Optional.ofNullable(KNOWN.get(name));
    }

    static boolean semiStructured(String name) {
        return SEMI_STRUCTURED.contains(name);
    }

    /** Into the open database: functions live as long as the process, macros are written anew at each start. */
    static void install(Connection connection) throws SQLException {
        register(connection, "sf_checked_json", Functions::checkedJson);
        register(connection, "sf_valid_json", Functions::validJson);
        for (String macro : MACROS) {
            Transaction.command(connection, "CREATE OR REPLACE MACRO main." + macro);
        }
    }

    private interface TextFunction {
        @Nullable
        String apply(@Nullable String text);
    }

    private static void register(Connection connection, String name, TextFunction function) throws SQLException {
        try (var builder = DuckDBFunctions.scalarFunction()) {
            builder.withName(name)
                    .withParameter(String.class)
                    .withReturnType(String.class)
                    .withFunction(function::apply)
                    .register(connection);
        }
    }

    /** The text itself, so that numbers keep every digit; Snowflake's PARSE_JSON of blank text is NULL. */
    private static @Nullable String checkedJson(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        try {
            check(text);
            return text;
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new IllegalArgumentException(
                    DuckDbErrors.tagged("100069", "22P02", "Error parsing JSON: " + reason), e);
        }
    }

    private static @Nullable String validJson(@Nullable String text) {
        try {
            return checkedJson(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void check(String text) throws IOException {
        try (JsonParser parser = STRICT.createParser(text)) {
            parser.nextToken();
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new IOException("more than one value");
            }
        }
    }
}
