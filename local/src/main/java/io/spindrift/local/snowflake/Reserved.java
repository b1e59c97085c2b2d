package io.spindrift.local.snowflake;

import java.util.Set;

/** Words that cannot be names, of columns or of aliases. */
final class Reserved {
    private static final Set<String> WORDS = words("""
            ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CREATE CROSS CURRENT DELETE DISTINCT DROP ELSE EXISTS FALSE
            FOLLOWING FOR FROM FULL GRANT GROUP HAVING ILIKE IN INNER INSERT INTERSECT INTO IS JOIN LATERAL LEFT LIKE MINUS NATURAL NOT
            NULL OF ON OR ORDER QUALIFY REGEXP RIGHT RLIKE ROW ROWS SAMPLE SELECT SET SOME START TABLE TABLESAMPLE THEN TO TRUE TRY_CAST
            UNION UNIQUE UPDATE USING VALUES WHEN WHENEVER WHERE WITH EXCEPT""");

    /** These are names, but do not name what stands before them. */
    private static final Set<String> NO_ALIAS = words(
            "LIMIT OFFSET FETCH END PIVOT UNPIVOT MATCH_RECOGNIZE ASOF CHANGES AT BEFORE WINDOW EXCLUDE RENAME REPLACE");

    private static final Set<String> UNSUPPORTED = words(
            "FETCH RENAME NATURAL PIVOT UNPIVOT MATCH_RECOGNIZE ASOF CHANGES AT BEFORE SAMPLE TABLESAMPLE CONNECT START WINDOW REPLACE ILIKE");

    private Reserved() {}

    static Set<String> words(String text) {
        return Set.of(text.strip().split("\\s+"));
    }

    static boolean isReserved(String word) {
        return WORDS.contains(word);
    }

    /** Whether an alias comes next. */
    static boolean atAlias(Tokens in) {
        String word = in.peek().upper();
        return in.peek().kind() == Token.Kind.QUOTED
                || in.peek().kind() == Token.Kind.WORD && !WORDS.contains(word) && !NO_ALIAS.contains(word);
    }

    /** What is neither the end nor a clause that the stand-in knows. */
    static SnowflakeError unexpected(Tokens in) {
        return UNSUPPORTED.contains(in.peek().upper())
                ? SnowflakeError.unsupported(in.peek().upper() + " in " + in.sql())
                : in.unexpected();
    }
}
