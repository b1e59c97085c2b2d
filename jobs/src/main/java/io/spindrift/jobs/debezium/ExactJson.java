package io.spindrift.jobs.debezium;

import java.util.Arrays;

/**
 * Sees in one pass, and without a parser's tokens, that a text is JSON in UTF-8, of one value that a VARIANT holds exactly: the common case of
 * {@link JsonTextEncoder}. What it does not take is not refused by that; it is for Jackson to look at. Not thread-safe: one a thread.
 */
final class ExactJson {

    private static final ThreadLocal<ExactJson> OF_THREAD = ThreadLocal.withInitial(ExactJson::new);
    private static final int MAX_KEYS = 64;
    private static final int MAX_KEY_LENGTH = 1000;

    private final JsonInput in = new JsonInput();
    /** Of the objects that are open, each key's place and length. */
    private final int[] places = new int[MAX_KEYS];

    private final int[] lengths = new int[MAX_KEYS];
    private int keys;

    static boolean holds(byte[] utf8, int offset, int length) {
        return OF_THREAD.get().isOneValue(utf8, offset, length);
    }

    private boolean isOneValue(byte[] utf8, int offset, int length) {
        in.on(utf8, offset, offset + length);
        keys = 0;
        in.skipSpace();
        boolean taken = value(0);
        in.skipSpace();
        return taken && in.isAtEnd();
    }

    private boolean value(int depth) {
        if (depth > JsonInput.MAX_DEPTH) {
            return false;
        }
        if (in.take('{')) {
            return object(depth);
        }
        if (in.take('[')) {
            return array(depth);
        }
        return in.isAtNumber()
                ? in.takeNumber() && in.isPlain() && in.length() <= JsonTextEncoder.MAX_DIGITS
                : in.skipValue(depth);
    }

    private boolean object(int depth) {
        int first = keys;
        in.skipSpace();
        if (in.take('}')) {
            return true;
        }
        do {
            if (!in.takeText() || !isNewKey(first) || !in.takeSeparator(':') || !value(depth + 1)) {
                return false;
            }
        } while (in.takeSeparator(','));
        keys = first;
        return in.take('}');
    }

    /** Whether the last text is a key that the object, whose keys begin at {@code first}, does not have yet; keys with escapes are left alone. */
    private boolean isNewKey(int first) {
        if (!in.isPlain() || in.length() > MAX_KEY_LENGTH || keys == MAX_KEYS) {
            return false;
        }
        for (int i = first; i < keys; i++) {
            if (lengths[i] == in.length()
                    && Arrays.equals(
                            in.bytes(),
                            places[i],
                            places[i] + lengths[i],
                            in.bytes(),
                            in.start(),
                            in.start() + lengths[i])) {
                return false;
            }
        }
        places[keys] = in.start();
        lengths[keys++] = in.length();
        return true;
    }

    private boolean array(int depth) {
        in.skipSpace();
        if (in.take(']')) {
            return true;
        }
        do {
            if (!value(depth + 1)) {
                return false;
            }
        } while (in.takeSeparator(','));
        return in.take(']');
    }
}
