package io.spindrift.local.flink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spindrift.local.process.Deadline;
import io.spindrift.local.process.LocalStackException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Flink's REST API, as far as an operator of jobs needs it. Every method throws an IOException when the JobManager cannot be reached, or
 * refuses; the message then holds its answer.
 */
public final class FlinkRest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int FIRST_ERROR = 400;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final String url;

    public FlinkRest(String url) {
        this.url = url.replaceAll("/+$", "");
    }

    /** Its base, without a slash at the end. */
    public String url() {
        return url;
    }

    /**
     * How to run a job.
     *
     * @param arguments of its main method
     * @param state the checkpoint or savepoint to go on from
     * @param jobId 32 hexadecimal digits; empty: a new one
     */
    public record Submission(List<String> arguments, int parallelism, Optional<String> state, Optional<String> jobId) {
        public Submission {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * A job as the JobManager sees it.
     *
     * @param state RUNNING, RESTARTING, FAILED, …
     * @param running subtasks that run
     * @param subtasks subtasks that there are
     */
    public record Job(String id, String state, int running, int subtasks) {
        /** Every subtask runs. */
        public boolean isRunning() {
            return state.equals("RUNNING") && running == subtasks;
        }

        /** It will not come back by itself. */
        public boolean hasEnded() {
            return List.of("FAILED", "FINISHED", "CANCELED", "SUSPENDED").contains(state);
        }
    }

    /** A job by its name, as the list of jobs has it. */
    public record Named(String id, String name, String state) {}

    /** All jobs that the JobManager knows, ended ones too. */
    public List<Named> jobs() throws IOException {
        List<Named> jobs = new ArrayList<>();
        for (JsonNode job : get("/jobs/overview").path("jobs")) {
            jobs.add(new Named(
                    job.path("jid").asText(),
                    job.path("name").asText(),
                    job.path("state").asText()));
        }
        return jobs;
    }

    /** What the job says of itself. */
    public Map<String, String> parameters(String id) throws IOException {
        Map<String, String> parameters = new TreeMap<>();
        get("/jobs/" + id + "/config")
                .path("execution-config")
                .path("user-config")
                .properties()
                .forEach(
                        entry -> parameters.put(entry.getKey(), entry.getValue().asText()));
        return parameters;
    }

    /** The largest parallelism among its operators. */
    public int parallelism(String id) throws IOException {
        int parallelism = 1;
        for (JsonNode vertex : get("/jobs/" + id).path("vertices")) {
            parallelism = Math.max(parallelism, vertex.path("parallelism").asInt());
        }
        return parallelism;
    }

    /** Checkpoints that have completed since the job was submitted. */
    public long completedCheckpoints(String id) throws IOException {
        return get("/jobs/" + id + "/checkpoints")
                .path("counts")
                .path("completed")
                .asLong();
    }

    /** Where the newest checkpoint or savepoint stands that the job has completed, as a URI; empty when it has none. */
    public Optional<String> newestState(String id) throws IOException {
        JsonNode latest = get("/jobs/" + id + "/checkpoints").path("latest");
        JsonNode checkpoint = latest.path("completed");
        JsonNode savepoint = latest.path("savepoint");
        JsonNode newest =
                savepoint.path("id").asLong(-1) > checkpoint.path("id").asLong(-1) ? savepoint : checkpoint;
        return Optional.of(newest.path("external_path").asText("")).filter(path -> !path.isEmpty());
    }

    /** Ids of the jars that were uploaded and are still there. */
    public List<String> jars() throws IOException {
        List<String> jars = new ArrayList<>();
        get("/jars").path("files").forEach(file -> jars.add(file.path("id").asText()));
        return jars;
    }

    /** TaskManagers that have registered. */
    public int taskManagers() throws IOException {
        return get("/overview").path("taskmanagers").asInt();
    }

    /** Returns the jar's id, which {@link #run} wants. */
    public String upload(Path jar) throws IOException {
        String boundary = UUID.randomUUID().toString();
        String head =
                "--%s\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"%s\"\r\nContent-Type: application/x-java-archive\r\n\r\n"
                        .formatted(boundary, jar.getFileName());
        BodyPublisher body = BodyPublishers.concat(
                BodyPublishers.ofString(head),
                BodyPublishers.ofFile(jar),
                BodyPublishers.ofString("\r\n--" + boundary + "--\r\n"));
        JsonNode answer = send(request("/jars/upload")
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(body));
        String path = answer.path("filename").asText();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Runs the jar's main class; returns the job's id. */
    public String run(String jarId, Submission submission) throws IOException {
        ObjectNode body = JSON.createObjectNode().put("parallelism", submission.parallelism());
        submission.arguments().forEach(body.putArray("programArgsList")::add);
        submission.state().ifPresent(state -> body.put("savepointPath", state));
        submission.jobId().ifPresent(id -> body.put("jobId", id));
        return post("/jars/" + jarId + "/run", body).path("jobid").asText();
    }

    public Job job(String id) throws IOException {
        JsonNode job = get("/jobs/" + id);
        int running = 0;
        int subtasks = 0;
        for (JsonNode vertex : job.path("vertices")) {
            running += vertex.path("tasks").path("RUNNING").asInt();
            subtasks += vertex.path("parallelism").asInt();
        }
        return new Job(id, job.path("state").asText(), running, subtasks);
    }

    /** Why the job failed last, with its stack trace; empty when it has not. */
    public String lastFailure(String id) throws IOException {
        return get("/jobs/" + id + "/exceptions").path("root-exception").asText("");
    }

    /** How often the job has been restarted by this JobManager. */
    public int restarts(String id) throws IOException {
        return get("/jobs/" + id + "/metrics?get=numRestarts")
                .path(0)
                .path("value")
                .asInt();
    }

    /** Takes a savepoint below the directory; the job runs on. Returns its path. */
    public String savepoint(String id, Path directory, Duration patience) throws IOException {
        ObjectNode body = JSON.createObjectNode().put("target-directory", uri(directory));
        return triggered(id, post("/jobs/" + id + "/savepoints", body), patience);
    }

    /** Stops the job with a savepoint below the directory, without draining it. Returns its path. */
    public String stop(String id, Path directory, Duration patience) throws IOException {
        return stop(id, Optional.of(uri(directory)), patience);
    }

    /** @param directory a URI; empty: where the cluster is configured to put savepoints */
    public String stop(String id, Optional<String> directory, Duration patience) throws IOException {
        ObjectNode body = JSON.createObjectNode().put("drain", false);
        directory.ifPresent(uri -> body.put("targetDirectory", uri));
        return triggered(id, post("/jobs/" + id + "/stop", body), patience);
    }

    /** Asks the job to end at once. It ends later. */
    public void cancel(String id) throws IOException {
        send(request("/jobs/" + id + "?mode=cancel").method("PATCH", BodyPublishers.noBody()));
    }

    /** An asynchronous operation also answers COMPLETED when it has failed. */
    private String triggered(String job, JsonNode answer, Duration patience) throws IOException {
        String path =
                "/jobs/" + job + "/savepoints/" + answer.path("request-id").asText();
        Deadline.in(patience)
                .await(
                        "the savepoint of job " + job,
                        () -> get(path).path("status").path("id").asText().equals("COMPLETED"));
        JsonNode operation = get(path).path("operation");
        if (operation.has("failure-cause")) {
            String causes = operation
                    .path("failure-cause")
                    .path("stack-trace")
                    .asText()
                    .lines()
                    .filter(line -> !line.startsWith("\t"))
                    .collect(Collectors.joining(" "));
            throw new IOException("the savepoint of job %s failed: %s".formatted(job, causes));
        }
        return operation.path("location").asText();
    }

    private static String uri(Path directory) {
        return directory.toAbsolutePath().toUri().toString();
    }

    private JsonNode get(String path) throws IOException {
        return send(request(path).GET());
    }

    private JsonNode post(String path, ObjectNode body) throws IOException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(JSON.writeValueAsString(body))));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT);
    }

    /** Flink answers with whole stack traces, as JSON texts. */
    private static String withoutFrames(String errors) {
        return errors.replaceAll("(\\\\n\\\\t(at |\\.\\.\\.)[^\\\\]*)+", "").replace("\\n", "\n");
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException {
        HttpRequest built = request.build();
        try {
            HttpResponse<String> answer = http.send(built, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            if (answer.statusCode() >= FIRST_ERROR) {
                throw new IOException("%s %s: %d %s"
                        .formatted(
                                built.method(),
                                built.uri().getPath(),
                                answer.statusCode(),
                                withoutFrames(answer.body())));
            }
            return JSON.readTree(answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while asking Flink", e);
        }
    }
}
