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

    /** What happens. Those of {@link OfRequest} happen to a whole request, the others to a single statement. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = As.PROPERTY, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Drop.class, name = "drop"),
        @JsonSubTypes.Type(value = Unavailable.class, name = "unavailable"),
        @JsonSubTypes.Type(value = ExpireToken.class, name = "expire-token"),
        @JsonSubTypes.Type(value = ExpireSession.class, name = "expire-session"),
        @JsonSubTypes.Type(value = Delay.class, name = "delay"),
        @JsonSubTypes.Type(value = Fail.class, name = "fail"),
        @JsonSubTypes.Type(value = HoldLock.class, name = "hold-lock"),
        @JsonSubTypes.Type(value = Kill.class, name = "kill")
    })
    public sealed interface Effect {}

    /** Effects between client and server. After the statement they lose its reply, and it stays executed. */
    public sealed interface OfRequest extends Effect {}

    /** The connection closes without an answer. */
    public record Drop() implements OfRequest {}

    /** HTTP 503, which the driver repeats. */
    public record Unavailable() implements OfRequest {}

    /** The session's token has expired (390112): the driver renews it. After the statement: at the next request. */
    public record ExpireToken() implements OfRequest {}

    /** The session is gone (390111), its transaction rolled back. After the statement: its answer still comes. */
    public record ExpireSession() implements OfRequest {}

    /** Cancellation and timeouts end it early. */
    public record Delay(long millis) implements Effect {}

    /** An error with this code, after the statement one that hides that it was executed. */
    public record Fail(String code, String sqlState, String message) implements Effect {}

    /** Another transaction locks the table, {@code DATABASE.SCHEMA.TABLE} as the catalog has it, for this long. */
    public record HoldLock(String table, long millis) implements Effect {}

    /** The server's process ends as by kill -9. Refused by a server that shares its process. */
    public record Kill() implements Effect {}

    public Fault {
        nth = nth == 0 ? 1 : nth;
        times = times == 0 ? 1 : times;
        if (nth < 0 || times < 0 || point == null || effect == null) {
            throw new IllegalArgumentException("a fault needs 'point' (before, after), 'effect' with its 'kind', and no"
                    + " negative 'nth' or 'times': " + point + ", " + effect + ", " + nth + ", " + times);
        }
        pattern(statement);
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
        return pattern(statement).matcher(sql).find();
    }

    private static Pattern pattern(@Nullable String statement) {
        return Pattern.compile(statement == null ? "" : statement, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    }
}
