package io.spindrift.jobs.debezium;

import io.spindrift.jobs.route.SourceTable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The settings of columns, and those columns that a decoder has left out by {@code exclude-column}: each is named in the log once. */
final class ColumnChoices {

    private static final Logger LOG = LoggerFactory.getLogger(ColumnChoices.class);

    private final ColumnSettings settings;
    private final Set<String> leftOut = ConcurrentHashMap.newKeySet();

    ColumnChoices(ColumnSettings settings) {
        this.settings = settings;
    }

    ColumnSettings settings() {
        return settings;
    }

    void leaveOut(SourceTable table, String column, Refused why) {
        if (leftOut.add(table + "." + column)) {
            LOG.warn("column {}.{} is left out: {}", table, column, why.detail());
        }
    }

    /** May be asked by another thread. */
    int leftOut() {
        return leftOut.size();
    }
}
