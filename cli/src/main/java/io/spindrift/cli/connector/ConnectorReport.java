package io.spindrift.cli.connector;

import io.spindrift.cli.connector.SourceDatabase.Slot;
import io.spindrift.local.connect.ConnectorStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** How a connector and its slot stand, a line each. */
public final class ConnectorReport {

    private final DeployedConnector connector;
    private final PrintWriter out;

    public ConnectorReport(DeployedConnector connector, PrintWriter out) {
        this.connector = connector;
        this.out = out;
    }

    /** @return whether it and its tasks run */
    public boolean connector() throws IOException {
        ConnectorStatus status = connector.requireStatus();
        line("connector " + connector.name(), status.connector());
        List<ConnectorStatus.Part> tasks = status.tasks();
        for (int i = 0; i < tasks.size(); i++) {
            line("task " + i, tasks.get(i));
        }
        if (tasks.isEmpty()) {
            out.println("no task");
        }
        out.flush();
        return status.running();
    }

    private void line(String what, ConnectorStatus.Part part) {
        String reason = Traces.firstLine(part.trace());
        out.println(what + ": " + part.state() + (reason.isEmpty() ? "" : ": " + reason));
    }

    /** @return whether it is there, read and whole */
    public boolean slot(SourceDatabase database, String name) throws SQLException {
        Optional<Slot> slot = database.slot(name);
        out.println(slot.map(ConnectorReport::shown).orElse("slot %s: not in this database".formatted(name)));
        out.flush();
        return slot.map(Slot::healthy).orElse(false);
    }

    static String shown(Slot slot) {
        return "slot %s: %s, wal_status %s%s"
                .formatted(
                        slot.name(),
                        slot.active() ? "read by process " + slot.activePid() : "nobody reads it",
                        slot.walStatus(),
                        slot.unconfirmedBytes()
                                .map(bytes -> ", %d bytes of log not confirmed".formatted(bytes))
                                .orElse(""));
    }
}
