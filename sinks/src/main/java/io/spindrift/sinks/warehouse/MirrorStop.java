package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.stage.TableStop;
import java.util.List;
import java.util.UUID;

/**
 * A table's mirror stops, and a copy of it goes on. Commits merge into the copy as they did into the mirror, statement by statement, so that
 * nothing has to be made up for when the table is resumed: the mirror then takes over what the copy has.
 *
 * @param cause the letters
 * @param ahead the copy's name in {@link Statements#MIRROR_AHEAD}
 * @param columns of the mirror; empty: there is none yet, so nothing to copy
 */
record MirrorStop(TableStop cause, TableName ahead, List<String> columns) {

    MirrorStop {
        columns = List.copyOf(columns);
    }

    TableName table() {
        return cause.table();
    }

    /** A name of this stop alone: a committer that knows nothing of it, or of its end, finds no table of another one. */
    static TableName ahead(TableName table, UUID commit) {
        return new TableName(table + "@" + commit);
    }

    static String gone(TableName table, TableName ahead) {
        return "the table %s is gone, which has what was left out of MIRROR.%s: bring it back with UNDROP TABLE"
                .formatted(Statements.MIRROR_AHEAD + "." + Identifier.quoted(ahead.value()), table);
    }
}
