package io.spindrift.local.snowflake;

/**
 * How slow the stand-in pretends to be.
 *
 * @param requestMillis for every request of the driver: the way there and back
 * @param statementMillis for every statement: compiling it and scheduling it
 * @param megabyteMillis for every megabyte loaded by COPY
 * @param resumeMillis for the first statement that needs data on a suspended warehouse
 */
public record Latency(long requestMillis, long statementMillis, long megabyteMillis, long resumeMillis) {
    /** As fast as it can; a suspended warehouse still takes a second. */
    public static final Latency OFF = new Latency(0, 0, 0, 1000);

    /** An account in another town, its statements of 100 to 300 ms. */
    public static final Latency ACCOUNT = new Latency(30, 120, 20, 2000);

    public Latency {
        if (requestMillis < 0 || statementMillis < 0 || megabyteMillis < 0 || resumeMillis < 0) {
            throw new IllegalArgumentException("a latency cannot be negative");
        }
    }
}
