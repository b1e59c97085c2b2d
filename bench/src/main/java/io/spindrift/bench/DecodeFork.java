package io.spindrift.bench;

import com.sun.management.OperatingSystemMXBean;
import io.spindrift.bench.DecodeContest.Kind;
import io.spindrift.bench.DecodeContest.Way;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A process of one way to decode, so that none is compiled for the habits of another. For each line that it is given, a number of
 * milliseconds, it decodes for as long and answers with the nanoseconds of processor time that a record took, garbage collection included.
 */
final class DecodeFork {

    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private DecodeFork() {}

    public static void main(String[] args) throws Exception {
        Way way = Way.valueOf(args[1]);
        try (DecodeContest contest = new DecodeContest(Kind.valueOf(args[0]));
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                System.out.println(nanosPerRecord(contest, way, Duration.ofMillis(Long.parseLong(order))));
            }
        }
    }

    private static long nanosPerRecord(DecodeContest contest, Way way, Duration duration) throws Exception {
        long begun = SYSTEM.getProcessCpuTime();
        long taken = 0;
        long records = 0;
        while (taken < duration.toNanos()) {
            contest.run(way);
            records += DecodeContest.RECORDS;
            taken = SYSTEM.getProcessCpuTime() - begun;
        }
        return taken / records;
    }
}
