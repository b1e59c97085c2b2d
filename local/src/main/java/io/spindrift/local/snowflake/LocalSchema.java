package io.spindrift.local.snowflake;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The stand-in's SQL over its own tables: {@code catalog.sql}, {@code information_schema.sql}, {@code show.sql}. */
final class LocalSchema {
    private static final Map<String, String> INFORMATION_SCHEMA = sections("information_schema.sql");
    static final Set<String> VIEWS = INFORMATION_SCHEMA.keySet();

    private LocalSchema() {}

    static void create(Connection connection, String layout) throws SQLException {
        for (String sql : sections("catalog.sql").values()) {
            Transaction.command(connection, sql);
        }
        Catalog.execute(connection, "INSERT INTO _LOCAL.layout VALUES (?)", layout);
    }

    /** What makes the views of a database's INFORMATION_SCHEMA. */
    static List<String> informationSchema(String database, String duckSchema) {
        return INFORMATION_SCHEMA.entrySet().stream()
                .map(view -> "CREATE VIEW " + duckSchema + "." + QualifiedName.quote(view.getKey()) + " AS "
                        + view.getValue().replace("%database", QualifiedName.literal(database)))
                .toList();
    }

    /** The parts of a resource by their headings, {@code -- name}. */
    static Map<String, String> sections(String resource) {
        try (InputStream in = Objects.requireNonNull(LocalSchema.class.getResourceAsStream(resource), resource)) {
            Map<String, String> sections = new LinkedHashMap<>();
            for (String section : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("(?m)^-- ")) {
                String[] parts = section.split("\\R", 2);
                if (parts.length == 2) {
                    sections.put(parts[0].strip(), parts[1].strip());
                }
            }
            return sections;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
