package io.spindrift.jobs.config;

import org.jspecify.annotations.Nullable;

/**
 * One key of pipeline.yaml, declared once: the reader, the validation and the documentation come from here.
 *
 * @param key dotted path in the file
 * @param defaultValue as one would write it in the file; null: none
 * @param doc what it does, its unit and what follows from it
 */
record Option<T>(
        String key,
        Type<T> type,
        Presence presence,
        @Nullable String defaultValue,
        String doc) {

    enum Presence {
        REQUIRED,
        OPTIONAL
    }

    static <T> Option<T> required(String key, Type<T> type, String doc) {
        return new Option<>(key, type, Presence.REQUIRED, null, doc);
    }

    static <T> Option<T> optional(String key, Type<T> type, String doc) {
        return new Option<>(key, type, Presence.OPTIONAL, null, doc);
    }

    static <T> Option<T> withDefault(String key, Type<T> type, String defaultValue, String doc) {
        return new Option<>(key, type, Presence.OPTIONAL, defaultValue, doc);
    }

    /** How a value of the file becomes a value of the program; fails with what is wrong with it, without naming the key. */
    record Type<T>(String name, Parser<T> parser) {

        interface Parser<T> {
            T parse(Object value) throws IllegalArgumentException;
        }
    }
}
