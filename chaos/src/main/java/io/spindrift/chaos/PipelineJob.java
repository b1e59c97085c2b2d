package io.spindrift.chaos;

import io.spindrift.local.flink.FlinkRest;
import io.spindrift.local.flink.FlinkRest.Job;
import io.spindrift.local.flink.FlinkRest.Submission;
import io.spindrift.local.process.LocalStackException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The pipeline's job on the cluster, as an operator runs it: one job at a time is the current one. A job that has ended, and was not told to,
 * is a failure. Used by one thread.
 */
final class PipelineJob {
    private static final Duration RUNNING = Duration.ofSeconds(90);
    private static final Duration SAVEPOINT = Duration.ofSeconds(90);
    private static final int SAVEPOINTS_KEPT = 6;
    private static final int SIDE_BY_SIDE_COMMITS = 8;

    /** A savepoint, and how many commits the ledger had when it was taken. */
    private record Savepoint(String path, long commits) {}

    private final ChaosStack stack;
    private final Warehouse warehouse;
    private final String jarId;
    private final List<Savepoint> savepoints = new ArrayList<>();
    private String id = "";
    private int parallelism = 2;
    private Optional<String> startedFrom = Optional.empty();

    PipelineJob(ChaosStack stack, Warehouse warehouse) throws IOException {
        this.stack = stack;
        this.warehouse = warehouse;
        this.jarId = stack.flink().rest().upload(stack.jobJar());
    }

    String id() {
        return id;
    }

    int parallelism() {
        return parallelism;
    }

    private FlinkRest rest() {
        return stack.flink().rest();
    }

    /** Submits a job that becomes the current one. */
    void start(Optional<String> state, int slots) {
        submit(newId(), state, slots);
    }

    private static String newId() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    /** Our own id tells a submission whose answer was lost from one that never arrived. */
    private void submit(String jobId, Optional<String> state, int slots) {
        Submission submission = new Submission(stack.jobArguments(), slots, state, Optional.of(jobId));
        Wait.until("Flink to take job " + jobId + " from " + state.orElse("no state"), RUNNING, () -> {
            try {
                rest().run(jarId, submission);
            } catch (IOException refused) {
                if (!isKnown(jobId)) {
                    throw refused;
                }
            }
            return true;
        });
        id = jobId;
        parallelism = slots;
        startedFrom = state;
    }

    private boolean isKnown(String jobId) {
        try {
            return rest().job(jobId).id().equals(jobId);
        } catch (IOException e) {
            return false;
        }
    }

    /** Every subtask runs. */
    void awaitRunning() {
        try {
            Wait.until("job " + id + " to run", RUNNING, () -> {
                Job job = rest().job(id);
                requireAlive(job);
                return job.isRunning();
            });
        } catch (LocalStackException e) {
            throw new LocalStackException(e.getMessage() + "; it failed last with: " + lastFailure(), e);
        }
    }

    private String lastFailure() {
        try {
            return rest().lastFailure(id);
        } catch (IOException e) {
            return "(Flink does not say: " + e.getMessage() + ")";
        }
    }

    boolean isRunning() {
        try {
            return rest().job(id).isRunning();
        } catch (IOException e) {
            return false;
        }
    }

    void requireAlive() throws IOException {
        requireAlive(rest().job(id));
    }

    /** What it throws ends a wait at once. */
    private void requireAlive(Job job) throws IOException {
        if (job.hasEnded()) {
            throw new LocalStackException(
                    "job %s has ended by itself, %s: %s".formatted(id, job.state(), rest().lastFailure(id)));
        }
    }

    /** Waits until the ledger has so many commits more than now, from a job that runs. */
    void awaitCommits(int more) {
        long wanted = warehouse.commits() + more;
        Wait.until(more + " more commits", RUNNING, () -> {
            requireAlive();
            return warehouse.commits() >= wanted;
        });
    }

    /** What the JobManager's death leaves: the job goes on under its own id from its newest checkpoint, or where it had started. */
    void resume() throws IOException {
        Optional<String> checkpoint = stack.flink().newestCheckpoint(id);
        if (checkpoint.isPresent()) {
            Optional<String> from = startedFrom;
            submit(id, checkpoint, parallelism);
            startedFrom = checkpoint.or(() -> from);
        } else {
            start(startedFrom, parallelism);
        }
    }

    /** Ends the current job and starts one from what it has left. */
    void restart(Origin origin, int slots) {
        Optional<String> state =
                switch (origin) {
                    case STOP_WITH_SAVEPOINT -> Optional.of(stop());
                    case SAVEPOINT -> {
                        String path = takeSavepoint();
                        cancel();
                        yield Optional.of(path);
                    }
                    case NEWEST_CHECKPOINT -> {
                        cancel();
                        yield newestState();
                    }
                    case OLDER_SAVEPOINT -> {
                        String path = olderSavepoint();
                        cancel();
                        yield Optional.of(path);
                    }
                    case NO_STATE -> {
                        cancel();
                        yield Optional.empty();
                    }
                };
        start(state, slots);
    }

    /** The newest checkpoint of the current job, or what it had started from. */
    private Optional<String> newestState() {
        try {
            return stack.flink().newestCheckpoint(id).or(() -> startedFrom);
        } catch (IOException e) {
            throw new ChaosFailure("the checkpoints of job " + id + " cannot be read", e);
        }
    }

    /** At least two commits old. */
    private String olderSavepoint() {
        long commits = warehouse.commits();
        Optional<Savepoint> old = savepoints.stream()
                .filter(savepoint -> savepoint.commits() + 2 <= commits)
                .findFirst();
        if (old.isPresent()) {
            return old.get().path();
        }
        String path = takeSavepoint();
        awaitCommits(2);
        return path;
    }

    /** A savepoint fails when a fault meets it; then another is taken. */
    String takeSavepoint() {
        return kept("a savepoint of job " + id, () -> rest().savepoint(
                        id, stack.flink().savepoints(), SAVEPOINT));
    }

    /** Stops the current job with a savepoint. */
    String stop() {
        return kept("job " + id + " to stop with a savepoint", () -> rest().stop(
                        id, stack.flink().savepoints(), SAVEPOINT));
    }

    private interface SavepointCall {
        String call() throws IOException;
    }

    private String kept(String what, SavepointCall call) {
        long commits = warehouse.commits();
        List<String> paths = new ArrayList<>();
        Wait.until(what, RUNNING, () -> {
            Job job = rest().job(id);
            requireAlive(job);
            if (!job.isRunning()) {
                return false;
            }
            paths.add(call.call());
            return true;
        });
        savepoints.add(new Savepoint(paths.get(0), commits));
        if (savepoints.size() > SAVEPOINTS_KEPT) {
            savepoints.remove(0);
        }
        return paths.get(0);
    }

    void cancel() {
        Wait.until("job " + id + " to be cancelled", RUNNING, () -> {
            Job job = rest().job(id);
            if (job.hasEnded()) {
                return true;
            }
            if (!job.state().equals("CANCELLING")) {
                rest().cancel(id);
            }
            return false;
        });
    }

    /** The current job, which another has taken the pipeline from, must end and say so; the other becomes the current one. */
    void awaitFencedBy(Runnable startOther) {
        String older = id;
        startOther.run();
        Wait.until("the older job " + older + " to be fenced", RUNNING, () -> {
            requireAlive();
            return rest().job(older).hasEnded();
        });
        try {
            String failure = rest().lastFailure(older);
            if (!failure.contains("Another job runs this pipeline")) {
                throw new ChaosFailure("the older job ended, and not as one that is fenced: " + failure);
            }
        } catch (IOException e) {
            throw new ChaosFailure("the older job's end is not known", e);
        }
    }

    /** Starts a job beside the current one; cancels the older when neither has been stopped for a while. The other becomes the current one. */
    void runBeside(Optional<String> state, int slots) {
        String older = id;
        int olderSlots = parallelism;
        start(state, slots);
        String newer = id;
        long enough = warehouse.commits() + SIDE_BY_SIDE_COMMITS;
        Wait.until("two jobs side by side", RUNNING, () -> {
            requireAlive();
            return rest().job(older).hasEnded() || warehouse.commits() >= enough;
        });
        id = older;
        parallelism = olderSlots;
        cancel();
        id = newer;
        parallelism = slots;
    }

    int restarts() {
        try {
            return rest().restarts(id);
        } catch (IOException e) {
            return 0;
        }
    }
}
