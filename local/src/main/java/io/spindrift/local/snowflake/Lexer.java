package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Token.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Statement text → tokens, by Snowflake's rules for comments, quoting, escapes, {@code $n} and stage references. */
final class Lexer {
    /** All but strings, whose loop would be a recursion in a regular expression. */
    private static final Pattern TOKEN = Pattern.compile("""
            (?<blank>\\s+|(?:--|//)[^\\n]*|/\\*(?s:.*?)\\*/)
            |\\$\\$(?<STRING>(?s:.*?))\\$\\$
            |\\$(?<POSITION>[0-9]+)
            |(?<STAGE>@(?:"[^"]*"|[^\\s,();"]+)*)
            |(?<NUMBER>(?:[0-9][0-9.]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
            |(?<file>(?i:file)://[^\\s;]*)
            |(?<WORD>[\\p{L}_][\\p{L}\\p{Nd}_$]*)
            |"(?<QUOTED>(?:[^"]++|"")*+)"
            |(?<BIND>\\?)
            |(?<SYMBOL>::|\\|\\||<=|>=|<>|!=|=>|->|[^'"$])
            """.replace("\n", ""));

    private static final Set<Kind> GROUPS = EnumSet.complementOf(EnumSet.of(Kind.END));

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
        if (found.group().equals("/") && sql.startsWith("*", at)) {
            throw SnowflakeError.syntax(at, "no closing */");
        }
        if (found.group("file") != null) {
            add(Kind.STRING, found.group(), start, at);
        }
        for (Kind kind : GROUPS) {
            String text = found.group(kind.name());
            if (text != null) {
                add(kind, kind == Kind.QUOTED ? text.replace("\"\"", "\"") : text, start, at);
                return;
            }
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
