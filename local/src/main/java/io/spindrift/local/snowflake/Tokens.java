package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A cursor over the tokens of one statement. */
final class Tokens {
    private final String sql;
    private final List<Token> tokens;
    private int at;

    Tokens(String sql) {
        this(sql, Lexer.lex(sql));
    }

    private Tokens(String sql, List<Token> tokens) {
        this.sql = sql;
        this.tokens = tokens;
    }

    /** The statements of a text, split at semicolons. */
    static List<Tokens> split(String sql) {
        List<Tokens> statements = new ArrayList<>();
        List<Token> current = new ArrayList<>();
        for (Token token : Lexer.lex(sql)) {
            if (!token.isSymbol(";") && token.kind() != Kind.END) {
                current.add(token);
            } else if (!current.isEmpty()) {
                int end = current.get(current.size() - 1).end();
                String text = sql.substring(current.get(0).start(), end);
                statements.add(new Tokens(text));
                current.clear();
            }
        }
        return statements;
    }

    String sql() {
        return sql;
    }

    Token peek() {
        return peek(0);
    }

    Token peek(int ahead) {
        return tokens.get(Math.min(at + ahead, tokens.size() - 1));
    }

    Token previous(int back) {
        return at - back < 0 ? new Token(Kind.SYMBOL, "", 0, 0) : tokens.get(at - back);
    }

    Token next() {
        Token token = peek();
        if (token.kind() != Kind.END) {
            at++;
        }
        return token;
    }

    int position() {
        return at;
    }

    void moveTo(int position) {
        at = position;
    }

    List<Token> between(int from, int to) {
        return tokens.subList(from, to);
    }

    boolean mentions(String word) {
        return tokens.stream().anyMatch(token -> token.isWord(word));
    }

    /** The text from that position to the cursor. */
    String text(int from) {
        return sql.substring(tokens.get(from).start(), previous(1).end());
    }

    boolean atEnd() {
        return peek().kind() == Kind.END || peek().isSymbol(";");
    }

    boolean atWord(String word) {
        return peek().isWord(word);
    }

    boolean atSymbol(String symbol) {
        return peek().isSymbol(symbol);
    }

    /** Consumes these words when all of them come next. */
    boolean accept(String... words) {
        for (int i = 0; i < words.length; i++) {
            if (!peek(i).isWord(words[i])) {
                return false;
            }
        }
        at += words.length;
        return true;
    }

    boolean acceptSymbol(String symbol) {
        if (atSymbol(symbol)) {
            at++;
            return true;
        }
        return false;
    }

    void expect(String... words) {
        for (String word : words) {
            if (!accept(word)) {
                throw unexpected();
            }
        }
    }

    void expectSymbol(String symbol) {
        if (!acceptSymbol(symbol)) {
            throw unexpected();
        }
    }

    void expectEnd() {
        if (!atEnd()) {
            throw unexpected();
        }
    }

    String identifier() {
        if (!peek().isName()) {
            throw unexpected();
        }
        return next().identifier();
    }

    String string() {
        if (peek().kind() != Kind.STRING) {
            throw unexpected();
        }
        return next().text();
    }

    int integer() {
        if (peek().kind() != Kind.NUMBER) {
            throw unexpected();
        }
        return Integer.parseInt(next().text());
    }

    /** {@code a.b.c}: one to three parts. */
    List<String> name() {
        List<String> parts = new ArrayList<>(List.of(identifier()));
        while (atSymbol(".") && peek(1).isName()) {
            next();
            parts.add(identifier());
        }
        return parts;
    }

    /** One thing or more, with commas between them. */
    <T> List<T> separated(Supplier<T> item) {
        List<T> items = new ArrayList<>();
        do {
            items.add(item.get());
        } while (acceptSymbol(","));
        return items;
    }

    <T> List<T> parenthesized(Supplier<T> item) {
        return enclosed(() -> separated(item));
    }

    /** What parentheses stand around. */
    <T> T enclosed(Supplier<T> inner) {
        expectSymbol("(");
        T found = inner.get();
        expectSymbol(")");
        return found;
    }

    SnowflakeError unexpected() {
        Token token = peek();
        return SnowflakeError.syntax(token.start(), token.kind() == Kind.END ? "<EOF>" : token.text());
    }
}
