package io.spindrift.jobs.debezium;

import java.io.Serializable;

/**
 * The connector's settings by which PostgreSQL's types become Connect's. Names and defaults are Debezium's. Only records without a schema
 * need them: every other record says itself how its values are written.
 *
 * @param moneyFractionDigits decimals of {@code money}
 */
public record HandlingModes(
        Decimals decimals,
        Times times,
        Binaries binaries,
        Intervals intervals,
        Hstores hstores,
        int moneyFractionDigits)
        implements Serializable {

    public static final HandlingModes DEFAULTS =
            new HandlingModes(Decimals.PRECISE, Times.ADAPTIVE, Binaries.BYTES, Intervals.NUMERIC, Hstores.JSON, 2);

    /** {@code decimal.handling.mode}. */
    public enum Decimals {
        PRECISE,
        DOUBLE,
        STRING
    }

    /** {@code time.precision.mode}. */
    public enum Times {
        ADAPTIVE,
        ADAPTIVE_TIME_MICROSECONDS,
        MICROSECONDS,
        NANOSECONDS,
        ISOSTRING,
        CONNECT
    }

    /** {@code binary.handling.mode}. */
    public enum Binaries {
        BYTES,
        BASE64,
        BASE64_URL_SAFE,
        HEX
    }

    /** {@code interval.handling.mode}. */
    public enum Intervals {
        NUMERIC,
        STRING
    }

    /** {@code hstore.handling.mode}. */
    public enum Hstores {
        JSON,
        MAP
    }
}
