package io.spindrift.cli.connector;

import com.fasterxml.jackson.databind.JsonNode;
import io.spindrift.cli.connector.ConnectApi.Refusal;
import io.spindrift.local.connect.ConnectorStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One connector, by name, at a Connect. Whatever is asked of Connect while it moves connectors between its workers is asked again until it
 * is done or the time is up.
 */
public final class DeployedConnector {

    private static final int BAD_REQUEST = 400;
    private static final int CONFLICT = 409;
    private static final int SERVER_ERROR = 500;

    private final ConnectApi api;
    private final String name;
    private final String path;
    private final Patience patience;

    public DeployedConnector(ConnectApi api, String name, Patience patience) {
        this.api = api;
        this.name = name;
        this.patience = patience;
        path = "/connectors/" + ConnectApi.encoded(name);
    }

    /** Of all connectors at this Connect. */
    public static List<String> names(ConnectApi api) throws IOException {
        List<String> names = new ArrayList<>();
        api.get("/connectors").forEach(name -> names.add(name.asText()));
        return names;
    }

    /** What a deployment did. */
    public enum Change {
        CREATED,
        CHANGED,
        UNCHANGED
    }

    public String name() {
        return name;
    }

    /** The settings as they were given, placeholders and all; empty: there is no such connector. */
    public Optional<Map<String, String>> config() throws IOException {
        return found("/config").map(answer -> {
            Map<String, String> config = new TreeMap<>();
            answer.fields()
                    .forEachRemaining(
                            field -> config.put(field.getKey(), field.getValue().asText()));
            return config;
        });
    }

    /** Empty: there is no such connector, or nobody has taken it up yet. */
    public Optional<ConnectorStatus> status() throws IOException {
        return found("/status").map(ConnectorStatus::of);
    }

    public ConnectorStatus requireStatus() throws IOException {
        return status().orElseThrow(
                        () -> new IOException("Connect at %s has no connector %s".formatted(api.url(), name)));
    }

    Patience patience() {
        return patience;
    }

    private Optional<JsonNode> found(String resource) throws IOException {
        try {
            return Optional.of(api.get(path + resource));
        } catch (Refusal e) {
            if (e.status() == ConnectApi.NOT_FOUND || e.status() == CONFLICT) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Asks the connector's own code whether it can work with the settings, which includes a look at the database; then deploys them. A
     * connector that has them already is left alone.
     */
    public Change deploy(Map<String, String> config) throws IOException, ConnectorProblems {
        validate(config);
        Optional<Map<String, String>> before = config();
        if (before.equals(Optional.of(config))) {
            awaitRunning(false);
            return Change.UNCHANGED;
        }
        boolean hadFailed = status().map(ConnectorStatus::failed).orElse(false);
        settled("accept connector " + name, () -> api.put(path + "/config", config));
        awaitRunning(hadFailed);
        return before.isEmpty() ? Change.CREATED : Change.CHANGED;
    }

    private void validate(Map<String, String> config) throws IOException, ConnectorProblems {
        String type = config.getOrDefault("connector.class", "");
        JsonNode answer = api.put("/connector-plugins/" + ConnectApi.encoded(type) + "/config/validate", config);
        List<String> problems = new ArrayList<>();
        for (JsonNode setting : answer.path("configs")) {
            JsonNode value = setting.path("value");
            for (JsonNode error : value.path("errors")) {
                problems.add("'%s': %s".formatted(value.path("name").asText(), Traces.firstLine(error.asText())));
            }
        }
        if (problems.isEmpty() && answer.path("error_count").asInt() > 0) {
            problems.add("%d, which Connect does not name"
                    .formatted(answer.path("error_count").asInt()));
        }
        if (!problems.isEmpty()) {
            throw new ConnectorProblems("connector " + name + ", says Connect at " + api.url(), problems);
        }
    }

    /** @param hadFailed before the change: Connect may tell the old failure for a while */
    void awaitRunning(boolean hadFailed) throws IOException {
        Duration failureHolds = hadFailed ? patience.failed() : Duration.ZERO;
        Sight sight = new Sight();
        patience.await("connector " + name + " to run", () -> {
            Optional<ConnectorStatus> status = status();
            boolean running = status.map(ConnectorStatus::running).orElse(false);
            Duration held = sight.held(running, isFailed(status));
            if (isFailed(status) && held.compareTo(failureHolds) >= 0) {
                throw new IOException("connector %s has failed: %s"
                        .formatted(name, Traces.firstLine(status.orElseThrow().failure())));
            }
            if (status.isPresent()) {
                requireNotHalted(status.get());
            }
            return running && held.compareTo(patience.runs()) >= 0;
        });
    }

    /** Somebody has halted it, and only a person knows whether the reason is gone. */
    private void requireNotHalted(ConnectorStatus status) throws IOException {
        String state = status.connector().state();
        if (state.equals("PAUSED") || state.equals("STOPPED")) {
            throw new IOException("connector %s is %s, with these settings; PUT %s%s/resume lets it run"
                    .formatted(name, state, api.url(), path));
        }
    }

    private static boolean isFailed(Optional<ConnectorStatus> status) {
        return status.map(ConnectorStatus::failed).orElse(false);
    }

    /** Since when the same was seen. */
    private static final class Sight {

        private boolean running;
        private boolean failed;
        private long sinceNanos = System.nanoTime();

        Duration held(boolean runs, boolean hasFailed) {
            if (runs != running || hasFailed != failed) {
                sinceNanos = System.nanoTime();
            }
            running = runs;
            failed = hasFailed;
            return Duration.ofNanos(System.nanoTime() - sinceNanos);
        }
    }

    /** What has failed, or all of it; waits until it runs. */
    public void restart(Restart what) throws IOException {
        boolean onlyFailed = what == Restart.FAILED;
        boolean hadFailed = status().map(ConnectorStatus::failed).orElse(false);
        settled(
                "restart connector " + name,
                () -> api.post(path + "/restart?includeTasks=true&onlyFailed=" + onlyFailed));
        awaitRunning(hadFailed);
    }

    /** What {@link #restart} starts. */
    public enum Restart {
        FAILED,
        ALL
    }

    /** Ends its tasks, which lets go of the slot; settings and offsets stay. */
    public void stop() throws IOException {
        settled("stop connector " + name, () -> api.put(path + "/stop"));
        patience.await("connector " + name + " to stop", () -> status().filter(
                        status -> status.connector().state().equals("STOPPED"))
                .map(status -> status.tasks().isEmpty())
                .orElse(false));
    }

    /** Of a stopped connector. */
    public void resume() throws IOException {
        settled("resume connector " + name, () -> api.put(path + "/resume"));
    }

    /** Of a stopped connector: one of the same name begins with a snapshot. */
    public void forgetOffsets() throws IOException {
        patience.await("Connect to forget the offsets of connector " + name, () -> {
            try {
                api.delete(path + "/offsets");
                return true;
            } catch (Refusal e) {
                // Also while the last task is ending.
                if (e.status() == CONFLICT || e.status() >= SERVER_ERROR || e.status() == BAD_REQUEST) {
                    return false;
                }
                throw e;
            }
        });
    }

    /** Returns when it is gone. */
    public void delete() throws IOException {
        patience.await("Connect to delete connector " + name, () -> {
            try {
                api.delete(path);
                return true;
            } catch (Refusal e) {
                if (e.status() == CONFLICT) {
                    return false;
                }
                if (e.status() == ConnectApi.NOT_FOUND) {
                    return true;
                }
                throw e;
            }
        });
        patience.await("connector " + name + " to be gone", () -> config().isEmpty() && status().isEmpty());
    }

    private interface Request {
        JsonNode send() throws IOException;
    }

    private void settled(String what, Request request) throws IOException {
        patience.await("Connect to " + what, () -> {
            try {
                request.send();
                return true;
            } catch (Refusal e) {
                if (e.status() == CONFLICT) {
                    return false;
                }
                throw e;
            }
        });
    }
}
