package io.spindrift.chaos;

import io.spindrift.chaos.Mishap.BlowAnyTime;
import io.spindrift.chaos.Mishap.BlowAtStep;
import io.spindrift.chaos.Mishap.Misbehaviour;
import io.spindrift.chaos.Mishap.Replay;
import io.spindrift.chaos.Mishap.Restart;
import io.spindrift.chaos.Mishap.SecondJob;
import io.spindrift.local.flink.FlinkCluster;
import io.spindrift.local.process.LocalStackException;
import io.spindrift.local.snowflake.Fault;
import io.spindrift.local.workload.EcommerceSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Makes mishaps happen, and does what an operator would do after them: starts what is dead, submits the job again. Used by one thread. */
final class Havoc {
    private static final Duration STEP = Duration.ofSeconds(10);
    private static final Duration GIVEN_UP = Duration.ofSeconds(20);
    private static final long HELD_MILLIS = 4_000;
    private static final int SECOND_JOB_SLOTS = 2;

    private final ChaosStack stack;
    private final PipelineJob job;
    private final Warehouse warehouse;
    private final HalfCommitWatch watch;
    /** A connector that has begun to stream never reads its snapshot again. */
    private final long streamedSinceMillis = System.currentTimeMillis();

    private int missed;
    private int poisoned;

    Havoc(ChaosStack stack, PipelineJob job, Warehouse warehouse, HalfCommitWatch watch) {
        this.stack = stack;
        this.job = job;
        this.warehouse = warehouse;
        this.watch = watch;
    }

    /** How many mishaps at a step have waited for a statement that was not sent. */
    int missed() {
        return missed;
    }

    void misbehave(Misbehaviour mishap) throws IOException {
        Fault fault = new Fault(
                mishap.point(), mishap.step().pattern(), 1, 1, mishap.trouble().effect());
        awaitFired(mishap.step(), stack.arm(fault));
        stack.disarm();
        repair();
    }

    void strikeAtStep(BlowAtStep mishap) throws IOException {
        Fault hold = new Fault(mishap.point(), mishap.step().pattern(), 1, 1, new Fault.Delay(HELD_MILLIS));
        awaitFired(mishap.step(), stack.arm(hold));
        strike(mishap.blow());
        stack.disarm();
    }

    void strikeAnyTime(BlowAnyTime mishap) throws IOException {
        Wait.pause(Duration.ofMillis(mishap.afterMillis()));
        strike(mishap.blow());
    }

    private void awaitFired(Step step, int fault) throws IOException {
        switch (step.occasion()) {
            case COMMIT -> {}
            case NEW_SESSION -> stack.arm(Fault.before(Step.COPY.pattern(), new Fault.ExpireSession()));
            case RESTART -> {
                stack.flink().killTaskManager(0);
                stack.flink().killTaskManager(1);
                repair();
            }
            case REWIND -> job.restart(Origin.OLDER_SAVEPOINT, job.parallelism());
        }
        if (!stack.awaitFired(fault, STEP)) {
            missed++;
        }
    }

    private void strike(Blow blow) throws IOException {
        FlinkCluster flink = stack.flink();
        switch (blow) {
            case KILL_TASK_MANAGER_0 -> flink.killTaskManager(0);
            case KILL_TASK_MANAGER_1 -> flink.killTaskManager(1);
            case KILL_BOTH_TASK_MANAGERS -> {
                flink.killTaskManager(0);
                flink.killTaskManager(1);
            }
            case FREEZE_TASK_MANAGER_0 -> freeze(0);
            case FREEZE_TASK_MANAGER_1 -> freeze(1);
            case KILL_JOB_MANAGER -> flink.killJobManager();
            case KILL_SNOWFLAKE -> stack.restartSnowflake();
        }
        repair();
    }

    /** Until the cluster has gone on without it, when it can. */
    private void freeze(int taskManager) {
        stack.flink().freezeTaskManager(taskManager);
        try {
            long end = System.nanoTime() + GIVEN_UP.toNanos();
            boolean lost = false;
            while (System.nanoTime() - end < 0 && !(lost && job.isRunning())) {
                lost |= !job.isRunning();
                Wait.pause(Duration.ofMillis(100));
            }
            if (job.isRunning()) {
                job.awaitCommits(1);
            }
        } finally {
            stack.flink().thawTaskManager(taskManager);
        }
    }

    void restart(Restart mishap) {
        job.restart(mishap.origin(), mishap.parallelism());
    }

    /**
     * From a job whose tasks commit: one that is being restarted just then would take the pipeline back. Not from its newest checkpoint, which
     * the running job deletes when it has the next one.
     */
    void startSecondJob(SecondJob mishap) {
        job.awaitRunning();
        job.awaitCommits(2);
        Optional<String> state =
                mishap.origin() == Origin.NO_STATE ? Optional.empty() : Optional.of(job.takeSavepoint());
        job.awaitFencedBy(() -> job.start(state, SECOND_JOB_SLOTS));
    }

    void runSideBySide() {
        job.awaitRunning();
        job.runBeside(Optional.of(job.takeSavepoint()), SECOND_JOB_SLOTS);
    }

    /** Not that of the table without a key: only its log tells which of its changes are counted. */
    void trimLog() {
        job.cancel();
        String median = "SELECT TO_VARCHAR(COMMITTED_AT) FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT LIMIT 1 OFFSET ";
        String until = warehouse
                .query(median + warehouse.commits() / 2, row -> row.getString(1))
                .get(0);
        watch.countCommitsSince(until);
        for (String table : EcommerceSource.TABLES) {
            warehouse.execute(
                    "DELETE FROM RAW.%s WHERE _COMMIT_ID IN (SELECT COMMIT_ID FROM SPINDRIFT.COMMITS WHERE COMMITTED_AT <= '%s'::TIMESTAMP_TZ)"
                            .formatted(table.toUpperCase(Locale.ROOT), until));
        }
        job.start(Optional.empty(), job.parallelism());
    }

    void restartBroker() {
        stack.source().kafka().close();
        stack.source().kafka().restart();
    }

    /** A record among the changes that is none, in any partition of a table's topic. */
    void poison() {
        byte[] value = Oracle.poison(++poisoned);
        String table = ChaosStack.TABLES.get(poisoned % ChaosStack.TABLES.size());
        stack.topics().write(EcommerceSource.topic(table), value);
    }

    void replay(Replay mishap) {
        Topics topics = stack.topics();
        ChaosStack.TABLES.forEach(
                table -> topics.replay(EcommerceSource.topic(table), mishap.records(), streamedSinceMillis));
    }

    /** Starts what is dead; a job whose JobManager has died is submitted again. */
    void repair() throws IOException {
        if (!stack.snowflakeIsAlive()) {
            stack.restartSnowflake();
        }
        if (!stack.flink().isWhole()) {
            stack.flink().repair();
        }
        if (!isKnown()) {
            job.resume();
        }
    }

    private boolean isKnown() throws IOException {
        try {
            job.requireAlive();
            return true;
        } catch (LocalStackException e) {
            throw e;
        } catch (IOException e) {
            return false;
        }
    }
}
