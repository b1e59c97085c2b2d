package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** Statement text → tokens, by Snowflake's rules for comments, quoting, escapes, {@code $n} and stage references. */
final class Lexer {
    private static final List<String> PAIRS = List.of("::", "||", "<=", ">=", "<>", "!=", "=>", "->");
    private final String sql;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private Lexer(String sql) {
        this.sql = sql;
    }

    static List<Token> lex(String sql) {
        Lexer lexer = new Lexer(sql);
        while (lexer.skipBlank()) {
            lexer.token();
        }
        lexer.add(Kind.END, "", lexer.at);
        return lexer.tokens;
    }

    private boolean skipBlank() {
        while (at < sql.length()) {
            if (Character.isWhitespace(sql.charAt(at))) {
                at++;
            } else if (sql.startsWith("--", at) || sql.startsWith("//", at)) {
                at = endOf("\n", at);
            } else if (sql.startsWith("/*", at)) {
                at = endOf("*/", at + 2);
            } else {
                return true;
            }
        }
        return false;
    }

    private void token() {
        char c = sql.charAt(at);
        int start = at;
        if (c == '\'') {
            string();
        } else if (c == '"') {
            add(Kind.QUOTED, quoted(), start);
        } else if (sql.startsWith("$$", at)) {
            int close = sql.indexOf("$$", at + 2);
            at = endOf("$$", at + 2);
            add(Kind.STRING, sql.substring(start + 2, close), start);
        } else if (c == '$' && at + 1 < sql.length() && isDigit(sql.charAt(at + 1))) {
            at++;
            while (at < sql.length() && isDigit(sql.charAt(at))) {
                at++;
            }
            add(Kind.POSITION, sql.substring(start + 1, at), start);
        } else if (c == '@') {
            stage();
        } else if (isDigit(c) || c == '.' && at + 1 < sql.length() && isDigit(sql.charAt(at + 1))) {
            number();
        } else if (Character.isLetter(c) || c == '_') {
            word();
        } else {
            symbol();
        }
    }

    private void word() {
        int start = at;
        if (sql.regionMatches(true, at, "file://", 0, 7)) {
            while (at < sql.length() && !Character.isWhitespace(sql.charAt(at)) && sql.charAt(at) != ';') {
                at++;
            }
            add(Kind.STRING, sql.substring(start, at), start);
            return;
        }
        while (at < sql.length() && isWordPart(sql.charAt(at))) {
            at++;
        }
        add(Kind.WORD, sql.substring(start, at), start);
    }

    private void number() {
        int start = at;
        while (at < sql.length() && (isDigit(sql.charAt(at)) || sql.charAt(at) == '.')) {
            at++;
        }
        if (at < sql.length() && (sql.charAt(at) == 'e' || sql.charAt(at) == 'E')) {
            int exponent = at + 1;
            if (exponent < sql.length() && (sql.charAt(exponent) == '+' || sql.charAt(exponent) == '-')) {
                exponent++;
            }
            if (exponent < sql.length() && isDigit(sql.charAt(exponent))) {
                at = exponent;
                while (at < sql.length() && isDigit(sql.charAt(at))) {
                    at++;
                }
            }
        }
        add(Kind.NUMBER, sql.substring(start, at), start);
    }

    private void symbol() {
        int start = at;
        for (String pair : PAIRS) {
            if (sql.startsWith(pair, at)) {
                at += 2;
                add(Kind.SYMBOL, pair, start);
                return;
            }
        }
        at++;
        String symbol = sql.substring(start, at);
        add(symbol.equals("?") ? Kind.BIND : Kind.SYMBOL, symbol, start);
    }

    /** {@code @"DB"."SCHEMA"."STAGE"/path}: to the next blank, comma or parenthesis outside double quotes. */
    private void stage() {
        int start = at;
        boolean quoted = false;
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (Character.isWhitespace(c) || c == ',' || c == ')' || c == '(' || c == ';')) {
                break;
            }
            at++;
        }
        add(Kind.STAGE, sql.substring(start, at), start);
    }

    private String quoted() {
        StringBuilder text = new StringBuilder();
        at++;
        while (at < sql.length()) {
            char c = sql.charAt(at++);
            if (c != '"') {
                text.append(c);
            } else if (at < sql.length() && sql.charAt(at) == '"') {
                text.append('"');
                at++;
            } else {
                return text.toString();
            }
        }
        throw SnowflakeError.syntax(at, "unterminated identifier");
    }

    private void string() {
        int start = at;
        StringBuilder text = new StringBuilder();
        at++;
        while (at < sql.length()) {
            char c = sql.charAt(at++);
            if (c == '\\' && at < sql.length()) {
                escape(text);
            } else if (c != '\'') {
                text.append(c);
            } else if (at < sql.length() && sql.charAt(at) == '\'') {
                text.append('\'');
                at++;
            } else {
                add(Kind.STRING, text.toString(), start);
                return;
            }
        }
        throw SnowflakeError.syntax(start, "unterminated string");
    }

    private void escape(StringBuilder text) {
        char c = sql.charAt(at++);
        switch (c) {
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case '0' -> text.append('\0');
            case 'x' -> text.append(codePoint(2));
            case 'u' -> text.append(codePoint(4));
            default -> text.append(c);
        }
    }

    private char codePoint(int digits) {
        try {
            char value = (char) Integer.parseInt(sql, at, at + digits, 16);
            at += digits;
            return value;
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw new SnowflakeError("001003", "42000", "invalid escape at position " + at, e);
        }
    }

    private int endOf(String close, int from) {
        int found = sql.indexOf(close, from);
        if (found < 0 && !close.equals("\n")) {
            throw SnowflakeError.syntax(from, "no closing " + close);
        }
        return found < 0 ? sql.length() : found + close.length();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWordPart(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$';
    }

    private void add(Kind kind, String text, int start) {
        tokens.add(new Token(kind, text, start, at));
    }
}
