package io.spindrift.local.connect;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What Connect says of a connector: its own state and those of its tasks, with the trace of each failure. */
public record ConnectorStatus(Part connector, List<Part> tasks) {
    /** A state as Connect spells it, such as RUNNING or FAILED; the trace is empty unless it failed. */
    public record Part(String state, String trace) {
        public boolean running() {
            return state.equals("RUNNING");
        }
    }

    public ConnectorStatus {
        tasks = List.copyOf(tasks);
    }

    /** Of Connect's answer to {@code GET /connectors/<name>/status}; tasks in the order of their numbers. */
    public static ConnectorStatus of(JsonNode answer) {
        List<Part> tasks = new ArrayList<>();
        answer.path("tasks").forEach(task -> tasks.add(part(task)));
        return new ConnectorStatus(part(answer.path("connector")), tasks);
    }

    private static Part part(JsonNode node) {
        return new Part(node.path("state").asText(), node.path("trace").asText());
    }

    public boolean running() {
        return !tasks.isEmpty() && parts().allMatch(Part::running);
    }

    public boolean failed() {
        return parts().anyMatch(part -> part.state().equals("FAILED"));
    }

    /** The traces of all failures. */
    public String failure() {
        return String.join(
                "\n", parts().map(Part::trace).filter(trace -> !trace.isEmpty()).toList());
    }

    private Stream<Part> parts() {
        return Stream.concat(Stream.of(connector), tasks.stream());
    }
}
