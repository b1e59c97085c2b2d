package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Token.Kind;
import java.util.List;
import java.util.Set;

/** Which items of a select list Snowflake labels with their own text: all but columns, stars and aliased ones. */
final class Labels {
    private static final Set<String> NO_ALIAS_AFTER = Set.of(
            "AND", "OR", "NOT", "IS", "IN", "LIKE", "ILIKE", "THEN", "ELSE", "WHEN", "CASE", "BETWEEN", "DISTINCT");

    private Labels() {}

    static boolean needed(List<Token> item) {
        if (item.isEmpty() || item.get(item.size() - 1).isSymbol("*") && item.size() <= 7) {
            return false;
        }
        return !isColumn(item) && !isAliased(item);
    }

    private static boolean isColumn(List<Token> item) {
        for (int i = 0; i < item.size(); i++) {
            Token token = item.get(i);
            if (i % 2 == 0 ? !token.isName() : !token.isSymbol(".")) {
                return false;
            }
        }
        return item.size() > 1 || !isValueWord(item.get(0));
    }

    /** A bare word that is a value and no column. */
    private static boolean isValueWord(Token token) {
        return token.isWord("NULL")
                || token.isWord("TRUE")
                || token.isWord("FALSE")
                || token.upper().startsWith("CURRENT_");
    }

    private static boolean isAliased(List<Token> item) {
        Token last = item.get(item.size() - 1);
        if (item.size() < 2 || !last.isName() || last.kind() == Kind.WORD && isReserved(last)) {
            return false;
        }
        Token before = item.get(item.size() - 2);
        return switch (before.kind()) {
            case SYMBOL -> before.isSymbol(")") || before.isSymbol("]");
            case WORD -> !NO_ALIAS_AFTER.contains(before.upper());
            case QUOTED, STRING, NUMBER, BIND, POSITION -> true;
            case STAGE, END -> false;
        };
    }

    private static boolean isReserved(Token token) {
        return Set.of("END", "NULL", "TRUE", "FALSE").contains(token.upper());
    }
}
