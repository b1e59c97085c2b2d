package io.spindrift.chaos;

import io.spindrift.local.LocalStack;
import io.spindrift.local.process.Deadline;
import io.spindrift.local.workload.EcommerceSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A table without a key, with rows of equal values, beside the shop's: each change of an order inserts, updates or deletes some. Mirrored by its
 * rows' values.
 */
final class PageViews {
    static final String TABLE = "page_views";

    private static final String COLUMNS = "page, referrer, seconds";
    private static final Duration STREAMING = Duration.ofMinutes(2);

    private static final String CREATE = """
            CREATE TABLE page_views (page text NOT NULL, referrer text, seconds integer);
            ALTER TABLE page_views REPLICA IDENTITY FULL;
            ALTER PUBLICATION spindrift ADD TABLE page_views;
            CREATE FUNCTION view_page() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    INSERT INTO page_views SELECT '/cart', CASE n WHEN 1 THEN 'search' END, 0 FROM generate_series(1, 2) n;
                ELSIF TG_OP = 'UPDATE' THEN
                    UPDATE page_views SET seconds = (seconds + 1) % 7
                    WHERE ctid = (SELECT ctid FROM page_views LIMIT 1 FOR UPDATE SKIP LOCKED);
                ELSE
                    DELETE FROM page_views WHERE ctid = (SELECT ctid FROM page_views LIMIT 1 FOR UPDATE SKIP LOCKED);
                END IF;
                RETURN NULL;
            END
            $$;
            CREATE TRIGGER orders_view_page AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION view_page();
            """;

    private PageViews() {}

    /** Makes the table, with a row, once the connector reads it. */
    static void create(LocalStack stack, Connection postgres) throws SQLException {
        execute(postgres, CREATE);
        long reader = reader(postgres);
        Map<String, String> connector = new TreeMap<>(stack.source().connectorConfig(stack.registry()));
        connector.merge("table.include.list", "public." + TABLE, (some, more) -> some + "," + more);
        stack.connect().deploy(EcommerceSource.CONNECTOR, connector);
        Deadline.in(STREAMING).await("the connector to stream " + TABLE, () -> {
            long now = reader(postgres);
            return now != reader && now != 0;
        });
        execute(postgres, "INSERT INTO page_views VALUES ('/', NULL, 0)");
    }

    /** The process that streams the slot to the connector; 0: none does. */
    private static long reader(Connection postgres) throws SQLException {
        return Warehouse.read(
                        postgres,
                        "SELECT COALESCE(MAX(pid), 0) FROM pg_stat_replication WHERE state = 'streaming'",
                        row -> row.getLong(1))
                .get(0);
    }

    private static void execute(Connection postgres, String sql) throws SQLException {
        try (Statement statement = postgres.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Empty: the mirror has each row as often as the source does. */
    static List<String> differences(Connection postgres, Warehouse warehouse) throws SQLException {
        Map<String, Long> source = new TreeMap<>();
        Warehouse.read(
                        postgres,
                        "SELECT %1$s, COUNT(*) FROM %2$s GROUP BY %1$s".formatted(COLUMNS, TABLE),
                        PageViews::of)
                .forEach(row -> source.put(row.getKey(), row.getValue()));
        Map<String, Long> mirror = new TreeMap<>();
        List<String> differences = new ArrayList<>();
        for (Map.Entry<String, Long> row :
                warehouse.query("SELECT %s, _CDC_COUNT FROM MIRROR.%s".formatted(COLUMNS, TABLE), PageViews::of)) {
            if (mirror.put(row.getKey(), row.getValue()) != null) {
                differences.add("MIRROR.PAGE_VIEWS has (%s) in two rows".formatted(row.getKey()));
            }
        }
        if (!mirror.equals(source)) {
            differences.add("MIRROR.PAGE_VIEWS has %s, the source %s".formatted(mirror, source));
        }
        return differences;
    }

    private static Map.Entry<String, Long> of(ResultSet row) throws SQLException {
        return Map.entry(row.getString(1) + ", " + row.getString(2) + ", " + row.getString(3), row.getLong(4));
    }
}
