package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code KEY = value …} as in COPY, PUT, CREATE STAGE: values are texts, lists of texts, or options again. */
record Options(Map<String, Value> values) {
    sealed interface Value {}

    record Text(String text) implements Value {}

    record Texts(List<String> texts) implements Value {}

    record Nested(Options options) implements Value {}

    static Options parse(Tokens in) {
        Map<String, Value> values = new LinkedHashMap<>();
        while (!in.atEnd() && !in.atSymbol(")")) {
            String key = in.identifier();
            in.expectSymbol("=");
            values.put(key, value(in));
            in.acceptSymbol(",");
        }
        return new Options(values);
    }

    private static Value value(Tokens in) {
        if (!in.acceptSymbol("(")) {
            return new Text(text(in));
        }
        if (in.peek().kind() == Kind.WORD && in.peek(1).isSymbol("=")) {
            Options nested = parse(in);
            in.expectSymbol(")");
            return new Nested(nested);
        }
        List<String> texts = new ArrayList<>();
        while (!in.acceptSymbol(")")) {
            texts.add(text(in));
            in.acceptSymbol(",");
        }
        return new Texts(texts);
    }

    private static String text(Tokens in) {
        return switch (in.peek().kind()) {
            case STRING, NUMBER, WORD, QUOTED -> in.next().text();
            case BIND, POSITION, STAGE, SYMBOL, END -> throw in.unexpected();
        };
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    Optional<String> text(String key) {
        return values.get(key) instanceof Text text ? Optional.of(text.text()) : Optional.empty();
    }

    /** A single text counts as a list of one. */
    Optional<List<String>> texts(String key) {
        if (values.get(key) instanceof Texts texts) {
            return Optional.of(texts.texts());
        }
        return text(key).map(List::of);
    }

    Optional<Options> nested(String key) {
        return values.get(key) instanceof Nested nested ? Optional.of(nested.options()) : Optional.empty();
    }

    String upper(String key, String otherwise) {
        return text(key).orElse(otherwise).toUpperCase(Locale.ROOT);
    }

    /** Options that may be named, but only with this value. */
    void requireOnly(Map<String, Set<String>> allowed) {
        values.forEach((key, value) -> {
            Set<String> accepted = allowed.get(key);
            if (accepted == null) {
                throw SnowflakeError.unsupported("the option " + key);
            }
            if (!accepted.isEmpty() && !accepted.contains(upper(key, ""))) {
                throw SnowflakeError.unsupported(
                        "the option " + key + " = " + text(key).orElse("(…)"));
            }
        });
    }
}
