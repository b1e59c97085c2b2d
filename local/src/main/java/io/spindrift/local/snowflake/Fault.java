package io.spindrift.local.snowflake;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeInfo.As;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong, and when: at the {@code nth} statement that matches, and at as many after it as {@code times} says. A statement of
 * a request that carries several counts like any other. A request that the driver repeats counts again, though it is executed once.
 *
 * @param statement a regular expression found anywhere in the statement's text, whatever the case; empty for any statement
 * @param nth from 1; absent in JSON: 1
 * @param times absent in JSON: 1
 */
public record Fault(Point point, @Nullable String statement, int nth, int times, Effect effect) {

    /** Before the statement is executed, or after it and before its answer. */
    public enum Point {
        @JsonProperty("before")
        BEFORE,
        @JsonProperty("after")
        AFTER
    }

    /** What happens. Those of {@link OfRequest} happen to a whole request, those of {@link OfStatement} to a single statement. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = As.PROPERTY, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Drop.class, name = "drop"),
        @JsonSubTypes.Type(value = Unavailable.class, name = "unavailable"),
        @JsonSubTypes.Type(value = ExpireToken.class, name = "expire-token"),
        @JsonSubTypes.Type(value = ExpireSession.class, name = "expire-session"),
        @JsonSubTypes.Type(value = Delay.class, name = "delay"),
        @JsonSubTypes.Type(value = Fail.class, name = "fail"),
        @JsonSubTypes.Type(value = HoldLock.class, name = "hold-lock"),
        @JsonSubTypes.Type(value = Kill.class, name = "kill"),
        @JsonSubTypes.Type(value = Rewrite.class, name = "rewrite")
    })
    public sealed interface Effect {}

    /** Effects between client and server. After the statement they lose its reply, and it stays executed. */
    public sealed interface OfRequest extends Effect {}

    /** Effects around the execution of one statement. */
    public sealed interface OfStatement extends Effect {}

    /** The connection closes without an answer. */
    public record Drop() implements OfRequest {}

    /** HTTP 503, which the driver repeats. */
    public record Unavailable() implements OfRequest {}

    /** The session's token has expired (390112): the driver renews it. After the statement: at the next request. */
    public record ExpireToken() implements OfRequest {}

    /** The session is gone (390111), its transaction rolled back. After the statement: its answer still comes. */
    public record ExpireSession() implements OfRequest {}

    /** Cancellation and timeouts end it early. */
    public record Delay(long millis) implements OfStatement {}

    /** An error with this code, after the statement one that hides that it was executed. */
    public record Fail(String code, String sqlState, String message) implements OfStatement {}

    /** Another transaction locks the table, {@code DATABASE.SCHEMA.TABLE} as the catalog has it, for this long. */
    public record HoldLock(String table, long millis) implements OfStatement {}

    /** The server's process ends as by kill -9. Refused by a server that shares its process. */
    public record Kill() implements OfStatement {}

    /**
     * Another statement is executed: every match of the pattern replaced, both as in {@link Pattern}, with the flags of {@link
     * Fault#statement}. As many values are bound as before.
     */
    public record Rewrite(String pattern, String replacement) implements Effect {
        public Rewrite {
            regex(pattern);
        }

        String applyTo(String sql) {
            return regex(pattern).matcher(sql).replaceAll(replacement);
        }
    }

    public Fault {
        nth = nth == 0 ? 1 : nth;
        times = times == 0 ? 1 : times;
        if (nth < 0 || times < 0 || point == null || effect == null) {
            throw new IllegalArgumentException("a fault needs 'point' (before, after), 'effect' with its 'kind', and no"
                    + " negative 'nth' or 'times': " + point + ", " + effect + ", " + nth + ", " + times);
        }
        if (effect instanceof Rewrite && point == Point.AFTER) {
            throw new IllegalArgumentException("a statement is rewritten before it is executed, not after");
        }
        regex(statement);
    }

    public static Fault before(String statement, Effect effect) {
        return new Fault(Point.BEFORE, statement, 1, 1, effect);
    }

    public static Fault after(String statement, Effect effect) {
        return new Fault(Point.AFTER, statement, 1, 1, effect);
    }

    public Fault onTheNth(int n) {
        return new Fault(point, statement, n, times, effect);
    }

    public Fault repeated(int n) {
        return new Fault(point, statement, nth, n, effect);
    }

    boolean matches(String sql) {
        return regex(statement).matcher(sql).find();
    }

    private static Pattern regex(@Nullable String text) {
        return Pattern.compile(text == null ? "" : text, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    }
}
