package io.spindrift.local.connect;

import java.util.List;
import java.util.stream.Stream;

/** What Connect says of a connector: its own state and those of its tasks, with the trace of each failure. */
public record ConnectorStatus(Part connector, List<Part> tasks) {
    /** A state as Connect spells it, such as RUNNING or FAILED; the trace is empty unless it failed. */
    public record Part(String state, String trace) {}

    public ConnectorStatus {
        tasks = List.copyOf(tasks);
    }

    public boolean running() {
        return !tasks.isEmpty() && parts().allMatch(part -> part.state().equals("RUNNING"));
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
