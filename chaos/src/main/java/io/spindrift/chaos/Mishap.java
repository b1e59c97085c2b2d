package io.spindrift.chaos;

import io.spindrift.local.snowflake.Fault.Point;
import java.util.Locale;

/** One thing that goes wrong. Its text is its line in a recipe, and what {@code --only} is matched with. */
sealed interface Mishap {

    /** Makes it happen, and sees to it that the pipeline can go on. */
    void happen(Havoc havoc) throws Exception;

    /** Its line in a summary. */
    String kind();

    /** The local Snowflake misbehaves once. */
    record Misbehaviour(Step step, Point point, Trouble trouble) implements Mishap {
        @Override
        public void happen(Havoc havoc) throws Exception {
            havoc.misbehave(this);
        }

        @Override
        public String kind() {
            return "misbehave " + trouble;
        }

        @Override
        public String toString() {
            return "misbehave %s %s %s".formatted(trouble, lower(point), step);
        }
    }

    /** A process is hit while that statement is about to be executed, or has been and is not answered yet. */
    record BlowAtStep(Step step, Point point, Blow blow) implements Mishap {
        @Override
        public void happen(Havoc havoc) throws Exception {
            havoc.strikeAtStep(this);
        }

        @Override
        public String kind() {
            return blow + " at a step";
        }

        @Override
        public String toString() {
            return "%s %s %s".formatted(blow, lower(point), step);
        }
    }

    /** A process is hit at any moment. */
    record BlowAnyTime(Blow blow, int afterMillis) implements Mishap {
        @Override
        public void happen(Havoc havoc) throws Exception {
            havoc.strikeAnyTime(this);
        }

        @Override
        public String kind() {
            return blow + " at any time";
        }

        @Override
        public String toString() {
            return "%s after %d ms".formatted(blow, afterMillis);
        }
    }

    /** The job is ended and started anew. */
    record Restart(Origin origin, int parallelism) implements Mishap {
        @Override
        public void happen(Havoc havoc) throws Exception {
            havoc.restart(this);
        }

        @Override
        public String kind() {
            return "restart from " + origin;
        }

        @Override
        public String toString() {
            return "restart from %s at parallelism %d".formatted(origin, parallelism);
        }
    }

    /** The same pipeline is started once more beside the running one. */
    record SecondJob(Origin origin) implements Mishap {
        @Override
        public void happen(Havoc havoc) throws Exception {
            havoc.startSecondJob(this);
        }

        @Override
        public String kind() {
            return "second job";
        }

        @Override
        public String toString() {
            return "second job from " + origin;
        }
    }

    /** The same, and both go on, as long as the warehouse lets them. For negative controls. */
    record SideBySide() implements Mishap {
        @Override
        public void happen(Havoc havoc) {
            havoc.runSideBySide();
        }

        @Override
        public String kind() {
            return "side by side";
        }

        @Override
        public String toString() {
            return "two jobs side by side";
        }
    }

    /** The older half of the log's commits is deleted from it, as retention would, and the job starts from nothing. */
    record TrimmedLog() implements Mishap {
        @Override
        public void happen(Havoc havoc) {
            havoc.trimLog();
        }

        @Override
        public String kind() {
            return "trimmed log";
        }

        @Override
        public String toString() {
            return "trimmed log, and restart from no state";
        }
    }

    /** The broker stops and comes back. */
    record BrokerRestart() implements Mishap {
        @Override
        public void happen(Havoc havoc) {
            havoc.restartBroker();
        }

        @Override
        public String kind() {
            return "broker restart";
        }

        @Override
        public String toString() {
            return kind();
        }
    }

    /** What a connector does after a crash: its last records come again, at new offsets. */
    record Replay(int records) implements Mishap {
        @Override
        public void happen(Havoc havoc) {
            havoc.replay(this);
        }

        @Override
        public String kind() {
            return "replay";
        }

        @Override
        public String toString() {
            return "replay of the last %d records of each partition".formatted(records);
        }
    }

    private static String lower(Point point) {
        return point.name().toLowerCase(Locale.ROOT);
    }
}
