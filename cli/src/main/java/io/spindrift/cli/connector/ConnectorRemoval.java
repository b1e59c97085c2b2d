package io.spindrift.cli.connector;

import io.spindrift.cli.connector.SourceDatabase.Slot;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes a connector away, then what it leaves in the source:
 *
 * <ol>
 *   <li>with its slot: stop it; whoever reads the slot now is somebody else, and then it is resumed and nothing happens
 *   <li>forget its offsets: a new connector's slot begins after them, and what is between would be in no topic
 *   <li>delete it
 *   <li>drop the slot, then the publication
 * </ol>
 *
 * Whatever dies in between, the same command again does the rest; a connector that is gone by then no longer tells its slot's name.
 */
public final class ConnectorRemoval {

    private final DeployedConnector connector;
    private final PrintWriter out;
    private @Nullable SourceDatabase database;
    private Optional<String> slotName = Optional.empty();
    private Optional<String> publicationName = Optional.empty();

    public ConnectorRemoval(DeployedConnector connector, PrintWriter out) {
        this.connector = connector;
        this.out = out;
    }

    public void withSlot(SourceDatabase in, String name) {
        database = in;
        slotName = Optional.of(name);
    }

    public void withPublication(SourceDatabase in, String name) {
        database = in;
        publicationName = Optional.of(name);
    }

    /**
     * @param confirmed false: says what would be done
     * @return the exit code
     */
    public int run(boolean confirmed) throws IOException, SQLException {
        boolean deployed = connector.config().isPresent();
        if (!deployed && slotName.isEmpty() && publicationName.isEmpty()) {
            throw new IOException("there is no connector " + connector.name());
        }
        announce(deployed);
        if (!confirmed) {
            say("nothing was changed; --yes does it");
            return 0;
        }
        if (slotName.isPresent()) {
            releaseSlot(deployed, slotName.get());
        }
        if (deployed) {
            connector.delete();
            say("connector %s: deleted".formatted(connector.name()));
        }
        dropFromSource();
        return 0;
    }

    private void announce(boolean deployed) throws SQLException {
        say(
                deployed
                        ? "connector %s goes; its topics stay".formatted(connector.name())
                        : "there is no connector %s".formatted(connector.name()));
        if (slotName.isEmpty()) {
            say("its replication slot stays, and keeps the source's log until it is read or dropped");
            return;
        }
        Optional<Slot> slot = slot();
        say(slot.map(ConnectorReport::shown).orElse("slot %s: not in this database".formatted(slotName.get())));
        if (slot.isPresent()) {
            say(
                    "what it holds and no topic has is lost with it, and so is all that changes until there is a new slot: a new"
                            + " connector begins with a snapshot, which does not show what was deleted meanwhile (bin/spindrift sweep)");
        }
        if (!deployed && slot.isPresent()) {
            say(
                    "Connect may keep offsets of the connector that is gone: a new one with its name may go on behind a gap, so give"
                            + " it another name");
        }
    }

    /** Returns when nobody reads it, and a new connector of the same name would begin anew. */
    private void releaseSlot(boolean deployed, String name) throws IOException, SQLException {
        boolean stopped =
                deployed && connector.requireStatus().connector().state().equals("STOPPED");
        if (deployed) {
            connector.stop();
        }
        boolean free = deployed ? connector.patience().reached(this::isFree) : isFree();
        if (!free) {
            if (deployed && !stopped) {
                connector.resume();
            }
            throw new IOException("slot %s is read by process %d, which is not connector %s: nothing was deleted"
                    .formatted(name, slot().map(Slot::activePid).orElse(0), connector.name()));
        }
        if (deployed) {
            connector.forgetOffsets();
            say("connector %s: stopped, its offsets forgotten".formatted(connector.name()));
        }
    }

    private boolean isFree() throws IOException {
        try {
            return slot().filter(Slot::active).isEmpty();
        } catch (SQLException e) {
            throw new IOException("the source does not tell who reads slot " + slotName.orElse(""), e);
        }
    }

    private void dropFromSource() throws SQLException {
        SourceDatabase source = database;
        if (source == null) {
            return;
        }
        if (slotName.isPresent() && slot().isPresent()) {
            source.dropSlot(slotName.get());
            say("slot %s: dropped".formatted(slotName.get()));
        }
        if (publicationName.isPresent()) {
            boolean dropped = source.dropPublication(publicationName.get());
            say("publication %s: %s".formatted(publicationName.get(), dropped ? "dropped" : "not in this database"));
        }
    }

    private Optional<Slot> slot() throws SQLException {
        SourceDatabase source = database;
        return source == null || slotName.isEmpty() ? Optional.empty() : source.slot(slotName.get());
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
