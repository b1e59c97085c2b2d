package io.spindrift.chaos;

import io.spindrift.chaos.Mishap.BlowAnyTime;
import io.spindrift.chaos.Mishap.BlowAtStep;
import io.spindrift.chaos.Mishap.BrokerRestart;
import io.spindrift.chaos.Mishap.Misbehaviour;
import io.spindrift.chaos.Mishap.Replay;
import io.spindrift.chaos.Mishap.Restart;
import io.spindrift.chaos.Mishap.SecondJob;
import io.spindrift.chaos.Mishap.TrimmedLog;
import io.spindrift.local.snowflake.Fault.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What one run does: traffic of that seed, and these mishaps one after the other. A seed always draws the same recipe. */
record Recipe(long seed, List<Mishap> mishaps) {
    private static final int MOST_MISHAPS = 3;
    private static final int MOST_SLOTS = 4;

    Recipe {
        mishaps = List.copyOf(mishaps);
    }

    /** Mishaps that are alike, and how often one of them is drawn. */
    private record Family(int weight, List<Mishap> members) {
        Family only(Pattern only) {
            return new Family(
                    weight,
                    members.stream()
                            .filter(member -> only.matcher(member.toString()).find())
                            .toList());
        }
    }

    /**
     * @param only draws those alone whose text it is found in
     * @throws IllegalArgumentException when it is found in none
     */
    static Recipe draw(long seed, Pattern only) {
        List<Family> families = families().stream()
                .map(family -> family.only(only))
                .filter(family -> !family.members().isEmpty())
                .toList();
        if (families.isEmpty()) {
            throw new IllegalArgumentException("no mishap's text matches " + only + "; some are: "
                    + families().stream().map(family -> family.members().get(0)).toList());
        }
        // Neighbouring seeds give a Random neighbouring first numbers.
        Random random = new Random(seed * 0x9E3779B97F4A7C15L);
        List<Mishap> mishaps = new ArrayList<>();
        for (int left = 1 + random.nextInt(MOST_MISHAPS); left > 0; left--) {
            List<Mishap> members = any(families, random).members();
            mishaps.add(members.get(random.nextInt(members.size())));
        }
        return new Recipe(seed, mishaps);
    }

    private static Family any(List<Family> families, Random random) {
        int left = random.nextInt(families.stream().mapToInt(Family::weight).sum());
        for (Family family : families) {
            left -= family.weight();
            if (left < 0) {
                return family;
            }
        }
        throw new IllegalStateException("the weights do not add up");
    }

    private static List<Family> families() {
        return List.of(
                new Family(40, misbehaviours()),
                new Family(24, blowsAtSteps()),
                new Family(10, blowsAnyTime()),
                new Family(14, restarts()),
                new Family(5, List.of(new SecondJob(Origin.SAVEPOINT), new SecondJob(Origin.NO_STATE))),
                new Family(3, List.of(new BrokerRestart())),
                new Family(2, List.of(new TrimmedLog())),
                new Family(4, List.of(new Replay(5), new Replay(50))));
    }

    private static List<Mishap> misbehaviours() {
        List<Mishap> all = new ArrayList<>();
        for (Step step : Step.values()) {
            for (Trouble trouble : Trouble.values()) {
                if (trouble != Trouble.HOLD_LOCK) {
                    all.add(new Misbehaviour(step, Point.BEFORE, trouble));
                    all.add(new Misbehaviour(step, Point.AFTER, trouble));
                }
            }
        }
        // Later than these the commit holds the table's lock itself.
        Stream.of(Step.BEGIN, Step.FENCE, Step.COPY, Step.ASSERT_LOADED)
                .forEach(step -> all.add(new Misbehaviour(step, Point.BEFORE, Trouble.HOLD_LOCK)));
        return all;
    }

    private static List<Mishap> blowsAtSteps() {
        List<Mishap> all = new ArrayList<>();
        for (Step step : Step.values()) {
            for (Blow blow : Blow.values()) {
                all.add(new BlowAtStep(step, Point.BEFORE, blow));
                all.add(new BlowAtStep(step, Point.AFTER, blow));
            }
        }
        return all;
    }

    private static List<Mishap> blowsAnyTime() {
        List<Mishap> all = new ArrayList<>();
        for (Blow blow : Blow.values()) {
            for (int afterMillis : new int[] {0, 150, 400, 700}) {
                all.add(new BlowAnyTime(blow, afterMillis));
            }
        }
        return all;
    }

    private static List<Mishap> restarts() {
        List<Mishap> all = new ArrayList<>();
        for (Origin origin : Origin.values()) {
            for (int parallelism = 1; parallelism <= MOST_SLOTS; parallelism++) {
                all.add(new Restart(origin, parallelism));
            }
        }
        return all;
    }

    /** Seed and mishaps, each on a line of its own. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("seed " + seed);
        mishaps.forEach(mishap -> text.append("\n  ").append(mishap));
        return text.toString();
    }
}
