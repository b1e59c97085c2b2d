package io.spindrift.local.snowflake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.duckdb.DuckDBConnection;

/**
 * The DuckDB file of a data directory, and the stages beside it. Each session has connections of its own; one more keeps the
 * database open. Committed data survives a crash in DuckDB's log.
 */
final class Engine implements AutoCloseable {
    private final Path stages;
    private final DuckDBConnection root;
    private final Catalog catalog;
    private final TableLocks locks = new TableLocks();
    private final AtomicLong commits = new AtomicLong();

    private Engine(Path stages, DuckDBConnection root, Catalog catalog) {
        this.stages = stages;
        this.root = root;
        this.catalog = catalog;
    }

    /** Data of another layout stays untouched, its log included. */
    static Engine open(Path directory) throws SQLException, IOException {
        Properties settings = new Properties();
        settings.setProperty("default_null_order", "nulls_last_on_asc_first_on_desc");
        settings.setProperty("autoinstall_known_extensions", "false");
        settings.setProperty("autoload_known_extensions", "false");
        DuckDBConnection root = (DuckDBConnection)
                DriverManager.getConnection("jdbc:duckdb:" + directory.resolve("warehouse.duckdb"), settings);
        try {
            Transaction.command(root, "PRAGMA disable_checkpoint_on_shutdown");
            Catalog.requireLayout(root);
            Transaction.command(root, "PRAGMA enable_checkpoint_on_shutdown");
            Path stages = Files.createDirectories(directory.resolve("stages"));
            Functions.install(root);
            OutsideRows.install(root);
            return new Engine(stages, root, Catalog.load(root, stages));
        } catch (SQLException | IOException | RuntimeException e) {
            root.close();
            throw e;
        }
    }

    Catalog catalog() {
        return catalog;
    }

    Path stages() {
        return stages;
    }

    Connection connect() {
        try {
            Connection connection = root.duplicate();
            Transaction.command(connection, "SET TimeZone = 'UTC'");
            return connection;
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }

    TableLocks locks() {
        return locks;
    }

    void committed() {
        commits.incrementAndGet();
    }

    /** Grows with every commit of anything. */
    long commits() {
        return commits.get();
    }

    @Override
    public void close() {
        try {
            root.close();
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }
}
