package io.spindrift.local.snowflake;

import java.util.Locale;

/**
 * One token of a statement. {@code text} is the value: a quoted identifier without its quotes, a string literal with its escapes
 * resolved, anything else as written.
 */
record Token(Kind kind, String text, int start, int end) {
    enum Kind {
        WORD,
        QUOTED,
        STRING,
        NUMBER,
        BIND,
        POSITION,
        STAGE,
        SYMBOL,
        END
    }

    String upper() {
        return text.toUpperCase(Locale.ROOT);
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    boolean isSymbol(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    boolean isName() {
        return kind == Kind.WORD || kind == Kind.QUOTED;
    }

    /** The identifier this token stands for: unquoted names fold to upper case, quoted ones stay. */
    String identifier() {
        return kind == Kind.QUOTED ? text : upper();
    }
}
