package io.spindrift.local.snowflake;

import java.util.Set;

/** Which bare words are syntax. Some are syntax only beside certain neighbours, and are names otherwise. */
final class Keywords {
    private static final Set<String> ALWAYS = Set.of(
            "SELECT",
            "DISTINCT",
            "ALL",
            "FROM",
            "WHERE",
            "GROUP",
            "BY",
            "HAVING",
            "QUALIFY",
            "ORDER",
            "LIMIT",
            "UNION",
            "EXCEPT",
            "INTERSECT",
            "MINUS",
            "JOIN",
            "INNER",
            "LEFT",
            "RIGHT",
            "FULL",
            "OUTER",
            "CROSS",
            "NATURAL",
            "ON",
            "USING",
            "AS",
            "AND",
            "OR",
            "NOT",
            "IN",
            "IS",
            "NULL",
            "LIKE",
            "ILIKE",
            "RLIKE",
            "BETWEEN",
            "EXISTS",
            "CASE",
            "WHEN",
            "THEN",
            "ELSE",
            "END",
            "ASC",
            "DESC",
            "NULLS",
            "OVER",
            "WITH",
            "VALUES",
            "SET",
            "INSERT",
            "UPDATE",
            "DELETE",
            "MERGE",
            "INTO",
            "INTERVAL",
            "TRUE",
            "FALSE",
            "LATERAL",
            "ANY",
            "TABLE",
            "DEFAULT",
            "ESCAPE",
            "RECURSIVE",
            "MATCHED");
    private static final Set<String> FRAME = Set.of("BETWEEN", "UNBOUNDED", "CURRENT");
    private static final Set<String> FRAME_BOUND = Set.of("UNBOUNDED", "ROW");
    private static final Set<String> UNSUPPORTED =
            Set.of("PIVOT", "UNPIVOT", "MATCH_RECOGNIZE", "TABLESAMPLE", "SAMPLE", "CONNECT", "CHANGES", "ASOF");

    private Keywords() {}

    static boolean isUnsupported(Tokens in) {
        return in.peek().kind() == Token.Kind.WORD
                && UNSUPPORTED.contains(in.peek().upper())
                && (in.peek(1).isSymbol("(")
                        || in.peek(1).isWord("BY")
                        || in.peek(1).isWord("JOIN"));
    }

    /** Whether the next token is syntax. */
    static boolean next(Tokens in) {
        Token token = in.peek();
        if (token.kind() != Token.Kind.WORD) {
            return false;
        }
        Token before = in.previous(1);
        Token after = in.peek(1);
        String word = token.upper();
        return switch (word) {
            case "ROWS", "RANGE" -> FRAME.contains(after.upper()) || after.kind() == Token.Kind.NUMBER;
            case "UNBOUNDED" -> after.isWord("PRECEDING") || after.isWord("FOLLOWING");
            case "CURRENT" -> after.isWord("ROW");
            case "ROW" -> before.isWord("CURRENT");
            case "PRECEDING", "FOLLOWING" -> FRAME_BOUND.contains(before.upper()) || before.kind() == Token.Kind.NUMBER;
            case "FIRST", "LAST" -> before.isWord("NULLS");
            case "PARTITION" -> after.isWord("BY");
            case "WITHIN" -> after.isWord("GROUP");
            case "IGNORE", "RESPECT" -> after.isWord("NULLS");
            case "OFFSET" -> after.kind() == Token.Kind.NUMBER || after.kind() == Token.Kind.BIND;
            default -> ALWAYS.contains(word);
        };
    }
}
