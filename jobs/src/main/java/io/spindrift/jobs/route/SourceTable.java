package io.spindrift.jobs.route;

/** A table as PostgreSQL names it, case and all. */
public record SourceTable(String schema, String table) {

    @Override
    public String toString() {
        return schema + "." + table;
    }
}
