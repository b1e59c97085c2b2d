package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Statement text → tokens, by Snowflake's rules for comments, quoting, escapes, {@code $n} and stage references. */
final class Lexer {
    /** All but strings, whose loop would be a recursion in a regular expression. */
    private static final Pattern TOKEN = Pattern.compile("""
            (?<blank>\\s+|(?:--|//)[^\\n]*|/\\*(?s:.*?)\\*/)
            |\\$\\$(?<raw>(?s:.*?))\\$\\$
            |\\$(?<position>[0-9]+)
            |(?<stage>@(?:"[^"]*"|[^\\s,();"]+)*)
            |(?<number>(?:[0-9][0-9.]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
            |(?<file>(?i:file)://[^\\s;]*)
            |(?<word>[\\p{L}_][\\p{L}\\p{Nd}_$]*)
            |"(?<quoted>(?:[^"]++|"")*+)"
            |(?<symbol>::|\\|\\||<=|>=|<>|!=|=>|->|[^'"$])
            """.replace("\n", ""));

    private final String sql;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private Lexer(String sql) {
        this.sql = sql;
    }

    static List<Token> lex(String sql) {
        Lexer lexer = new Lexer(sql);
        Matcher matcher = TOKEN.matcher(sql);
        while (lexer.at < sql.length()) {
            if (sql.charAt(lexer.at) == '\'') {
                lexer.string();
            } else if (matcher.region(lexer.at, sql.length()).lookingAt()) {
                lexer.token(matcher);
            } else {
                throw SnowflakeError.syntax(lexer.at, sql.substring(lexer.at, lexer.at + 1));
            }
        }
        lexer.add(Kind.END, "", lexer.at, lexer.at);
        return lexer.tokens;
    }

    private void token(Matcher found) {
        int start = at;
        at = found.end();
        if (found.group("blank") != null) {
            return;
        }
        if (found.group("symbol") != null) {
            String symbol = found.group();
            requireNoComment(symbol);
            add(symbol.equals("?") ? Kind.BIND : Kind.SYMBOL, symbol, start, at);
        } else if (found.group("word") != null) {
            add(Kind.WORD, found.group(), start, at);
        } else if (found.group("quoted") != null) {
            add(Kind.QUOTED, found.group("quoted").replace("\"\"", "\""), start, at);
        } else if (found.group("number") != null) {
            add(Kind.NUMBER, found.group(), start, at);
        } else if (found.group("position") != null) {
            add(Kind.POSITION, found.group("position"), start, at);
        } else if (found.group("stage") != null) {
            add(Kind.STAGE, found.group(), start, at);
        } else {
            add(Kind.STRING, found.group("raw") == null ? found.group() : found.group("raw"), start, at);
        }
    }

    private void requireNoComment(String symbol) {
        if (symbol.equals("/") && sql.startsWith("*", at)) {
            throw SnowflakeError.syntax(at, "no closing */");
        }
    }

    private void string() {
        int start = at;
        StringBuilder text = new StringBuilder();
        at++;
        while (at < sql.length()) {
            char c = sql.charAt(at++);
            if (c == '\\' && at < sql.length()) {
                text.append(escape());
            } else if (c != '\'') {
                text.append(c);
            } else if (sql.startsWith("'", at)) {
                text.append(sql.charAt(at++));
            } else {
                add(Kind.STRING, text.toString(), start, at);
                return;
            }
        }
        throw SnowflakeError.syntax(start, "unterminated string");
    }

    private char escape() {
        char c = sql.charAt(at++);
        int known = "ntrbf0".indexOf(c);
        if (known >= 0) {
            return "\n\t\r\b\f\0".charAt(known);
        }
        return c == 'x' || c == 'u' ? codePoint(c == 'x' ? 2 : 4) : c;
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

    private void add(Kind kind, String text, int start, int end) {
        tokens.add(new Token(kind, text, start, end));
    }
}
