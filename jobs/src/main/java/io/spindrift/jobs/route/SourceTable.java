package io.spindrift.jobs.route;

import java.io.Serializable;

/** A table as PostgreSQL names it, case and all. */
public record SourceTable(String schema, String table) implements Serializable {

    @Override
    public String toString() {
        return schema + "." + table;
    }
}
