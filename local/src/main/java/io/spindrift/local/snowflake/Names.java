package io.spindrift.local.snowflake;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What names mean in a session: how a partial one is completed, and what the context functions return. */
interface Names {
    QualifiedName resolve(List<String> parts);

    Catalog catalog();

    /** When the statement began. */
    Instant now();

    /** Values of CURRENT_DATABASE and its like, by name, as DuckDB literals. */
    Map<String, String> context();
}
