package io.spindrift.cli;

import io.spindrift.jobs.StateContents;
import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.local.flink.FlinkRest;
import io.spindrift.local.process.Deadline;
import io.spindrift.local.process.LocalStackException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One running job → the same job from another jar, at another parallelism, or from another state. Told step by step, with the time since the beginning.
 *
 * <pre>
 * find    the one running job of the name
 * check   the jar can go on from what the job's savepoints hold; there is a way back
 * stop    with a savepoint, its last commit included
 * start   from the savepoint
 * await   the first commit behind it; or, where the source is silent, a checkpoint
 * </pre>
 *
 * Where a step behind {@code stop} fails, the old jar is started again from the same savepoint: the ledger leaves out what it has by then.
 */
final class JobUpgrade {

    private static final int RESTARTS_TAKEN_FOR_FAILURE = 5;

    private static final String LEDGER = """
            SELECT p."EPOCH", (SELECT COUNT(*) FROM "SPINDRIFT"."COMMITS" c WHERE c."PIPELINE" = p."PIPELINE" AND c."EPOCH" = p."EPOCH")
            FROM "SPINDRIFT"."PIPELINES" p WHERE p."PIPELINE" = ?""";

    private final FlinkRest flink;
    private final PipelineConfig pipeline;
    private final Duration patience;
    private final PrintWriter out;
    private final long begunNanos = System.nanoTime();

    JobUpgrade(String cluster, PipelineConfig pipeline, Duration patience, PrintWriter out) {
        this.flink = new FlinkRest(cluster);
        this.pipeline = pipeline;
        this.patience = patience;
        this.out = out;
    }

    /** It cannot be done, or did not succeed; the message says how things stand. */
    static final class UpgradeException extends IOException {
        private static final long serialVersionUID = 1;

        UpgradeException(String message, Object... args) {
            super(message.formatted(args));
        }
    }

    /**
     * A job that runs.
     *
     * @param jar where its classes came from, on the machine where it was submitted
     * @param config the argument that it was started with
     */
    record Running(
            String id,
            int parallelism,
            StateContents contents,
            Optional<String> jar,
            Optional<String> config,
            boolean hasOverrides) {}

    /** How to start a job: a jar that the cluster has, or one to be uploaded. */
    record Start(Optional<String> jarId, Optional<Path> jar, List<String> arguments, int parallelism) {
        String named() {
            return jar.map(Path::toString).or(() -> jarId).orElse("");
        }
    }

    /** @return the only running job of that name */
    Running find(String name) throws IOException {
        List<FlinkRest.Named> running = flink.jobs().stream()
                .filter(job -> job.name().equals(name) && !isEnded(job.state()))
                .toList();
        if (running.size() != 1) {
            throw new UpgradeException(
                    "%s has %s job '%s' that runs; its jobs: %s",
                    flink.url(),
                    running.isEmpty() ? "no" : "more than one",
                    name,
                    flink.jobs().stream()
                            .map(job -> job.name() + " " + job.state())
                            .toList());
        }
        String id = running.get(0).id();
        Map<String, String> parameters = flink.parameters(id);
        Running found = new Running(
                id,
                flink.parallelism(id),
                StateContents.ofParameters(parameters),
                Optional.ofNullable(parameters.get("spindrift.jar")),
                Optional.ofNullable(parameters.get("spindrift.config")),
                !parameters.getOrDefault("spindrift.overrides", "0").equals("0"));
        told("found job %s, '%s', at parallelism %d", id, name, found.parallelism());
        return found;
    }

    /** Before anything is stopped. */
    void check(Running job, Path jar) throws IOException {
        if (job.contents().operators().isEmpty()) {
            throw new UpgradeException(
                    "job %s does not say what its savepoints hold: a build before this command submitted it. Stop it with 'flink stop', and start the jar with 'flink run -s <savepoint>'.",
                    job.id());
        }
        List<String> problems = StateContents.ofJar(jar).problemsWith(job.contents());
        if (!problems.isEmpty()) {
            throw new UpgradeException(
                    "%s cannot go on from the job's savepoints; nothing was stopped:%n  %s",
                    jar, String.join("\n  ", problems));
        }
        told("checked: %s reads what the job's savepoints hold", jar.getFileName());
    }

    /** The running job's own jar, where the cluster or this machine still has it. */
    Start again(Running job, Optional<Path> given, Optional<String> config) throws IOException {
        String where = job.jar().orElse("");
        String name = where.substring(where.lastIndexOf('/') + 1);
        Optional<String> uploaded = flink.jars().stream().filter(name::equals).findFirst();
        Optional<Path> local = given.or(() ->
                Optional.of(where).filter(path -> !path.isEmpty()).map(Path::of).filter(Files::isReadable));
        if (given.isEmpty() && uploaded.isEmpty() && local.isEmpty()) {
            throw new UpgradeException(
                    "the job's own jar, %s, is neither on the cluster nor here, so there would be no way back: give it with --rollback-jar",
                    where.isEmpty() ? "which it does not name" : where);
        }
        String file = config.or(job::config)
                .orElseThrow(() -> new UpgradeException("the job does not say which --config it was started with"));
        return new Start(
                given.isPresent() ? Optional.empty() : uploaded,
                uploaded.isPresent() && given.isEmpty() ? Optional.empty() : local,
                List.of("--config", file),
                job.parallelism());
    }

    /** Stops, starts the one, and if that fails the other from the same savepoint. */
    void replace(Running job, Start by, Start wayBack) throws Exception {
        long epoch = ledger().epoch();
        String savepoint = stop(job, wayBack);
        try {
            start(by, savepoint, epoch);
        } catch (IOException | SQLException | LocalStackException e) {
            told("FAILED: %s", reason(e));
            told("going back to %s", wayBack.named());
            start(wayBack, savepoint, ledger().epoch());
            throw new UpgradeException(
                    "the new job did not come to a commit; the old one runs again, from %s, and nothing is lost. Why: %s",
                    savepoint, reason(e));
        }
    }

    private String stop(Running job, Start wayBack) throws Exception {
        try {
            String savepoint = flink.stop(job.id(), Optional.empty(), patience);
            awaitEnd(job.id());
            told("stopped, with savepoint %s", savepoint);
            return savepoint;
        } catch (IOException | LocalStackException e) {
            told("FAILED to stop: %s", reason(e));
            return afterFailedStop(job, wayBack, e);
        }
    }

    /** A job that goes on is left alone; one that has ended is started again from the newest state that it has completed. */
    private String afterFailedStop(Running job, Start wayBack, Exception why) throws Exception {
        // A job whose tasks have just died may still be shown as running: a new checkpoint tells.
        long before = flink.completedCheckpoints(job.id());
        Deadline.in(patience).await("job " + job.id() + " to complete a checkpoint, or to end", () -> {
            FlinkRest.Job now = flink.job(job.id());
            return now.hasEnded() || now.isRunning() && flink.completedCheckpoints(job.id()) != before;
        });
        if (!flink.job(job.id()).hasEnded()) {
            throw new UpgradeException("the job was not stopped, and goes on as before. Why: %s", reason(why));
        }
        String state = flink.newestState(job.id())
                .orElseThrow(() -> new UpgradeException(
                        "the job has ended, and the cluster knows no checkpoint of it: start it from its newest one by hand. Why: %s",
                        reason(why)));
        start(wayBack, state, ledger().epoch());
        throw new UpgradeException(
                "the job was not stopped in order; it runs again as before, from %s. Why: %s", state, reason(why));
    }

    /** Ends the running job without a savepoint, where there is one, and starts from the given state. */
    void goBack(String name, Start to, String savepoint) throws Exception {
        long epoch = ledger().epoch();
        for (FlinkRest.Named job : flink.jobs()) {
            if (job.name().equals(name) && !isEnded(job.state())) {
                flink.cancel(job.id());
                awaitEnd(job.id());
                told("cancelled job %s", job.id());
            }
        }
        start(to, savepoint, epoch);
    }

    private void start(Start start, String state, long epochBefore) throws Exception {
        String jarId = start.jarId().isPresent()
                ? start.jarId().get()
                : flink.upload(start.jar().orElseThrow());
        String id = flink.run(
                jarId,
                new FlinkRest.Submission(start.arguments(), start.parallelism(), Optional.of(state), Optional.empty()));
        told("submitted job %s from %s", id, start.named());
        try {
            awaitFirstCommit(id, epochBefore);
        } catch (IOException | SQLException | LocalStackException e) {
            if (!flink.job(id).hasEnded()) {
                flink.cancel(id);
                awaitEnd(id);
            }
            throw e;
        }
    }

    private void awaitFirstCommit(String id, long epochBefore) throws Exception {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            requireNotFailed(id);
            Ledger ledger = ledger();
            if (ledger.epoch() > epochBefore && ledger.commits() > 0) {
                told("job %s runs: its first commit is in the ledger", id);
                return;
            }
            if (ledger.epoch() > epochBefore && isIdle(id)) {
                told("job %s runs: its checkpoints complete, and the source has brought nothing to commit", id);
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new UpgradeException("no commit of job %s within %d s", id, patience.toSeconds());
            }
            TimeUnit.SECONDS.sleep(1);
        }
    }

    /** Without Kafka nobody but the job knows what the source has. */
    private boolean isIdle(String id) throws Exception {
        return flink.job(id).isRunning()
                && flink.completedCheckpoints(id) > 1
                && (pipeline.source().postgres().isPresent() || HealthCommand.behind(pipeline) == 0);
    }

    /** @param commits of the epoch */
    private record Ledger(long epoch, long commits) {}

    private Ledger ledger() throws SQLException {
        try (Connection connection = pipeline.sink().connect();
                PreparedStatement ledger = connection.prepareStatement(LEDGER)) {
            ledger.setString(1, pipeline.pipeline().name());
            try (ResultSet row = ledger.executeQuery()) {
                return row.next() ? new Ledger(row.getLong(1), row.getLong(2)) : new Ledger(0, 0);
            }
        }
    }

    private void requireNotFailed(String id) throws IOException {
        FlinkRest.Job job = flink.job(id);
        if (job.hasEnded() || flink.restarts(id) >= RESTARTS_TAKEN_FOR_FAILURE) {
            throw new UpgradeException("job %s is %s: %s", id, job.state(), firstLines(flink.lastFailure(id)));
        }
    }

    private static String firstLines(String trace) {
        return trace.lines()
                .filter(line -> !line.startsWith("\t"))
                .limit(4)
                .reduce((one, next) -> one + " " + next)
                .orElse("it says nothing of why");
    }

    private void awaitEnd(String id) {
        Deadline.in(patience).await("job " + id + " to end", () -> flink.job(id).hasEnded());
    }

    private static String reason(Exception failure) {
        return Objects.requireNonNullElse(
                failure.getMessage(), failure.getClass().getName());
    }

    private static boolean isEnded(String state) {
        return new FlinkRest.Job("", state, 0, 0).hasEnded();
    }

    private void told(String step, Object... args) {
        out.printf(
                Locale.ROOT,
                "%6.1f s  %s%n",
                Duration.ofNanos(System.nanoTime() - begunNanos).toMillis() / 1000.0,
                step.formatted(args));
        out.flush();
    }
}
