package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.Multiset;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.schema.DeadLetterTable;
import io.spindrift.sinks.schema.TableDdl;
import io.spindrift.sinks.schema.TableDdl.ColumnDefinition;
import io.spindrift.sinks.schema.TableDdl.SchemaConflictException;
import io.spindrift.sinks.stage.StagedFile;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings RAW and MIRROR to the shapes of a commit, before its transaction: DDL would commit an open one. A shape without a key has no
 * mirror. Idempotent; a shape is looked at once in a committer's life. The ledger's own tables come from {@code setup.sql}.
 */
final class TableMigration {

    private static final Logger LOG = LoggerFactory.getLogger(TableMigration.class);

    private final String pipeline;
    private final Set<Long> done = new HashSet<>();
    private final Map<TableName, Set<String>> rawColumns = new HashMap<>();

    TableMigration(String pipeline) {
        this.pipeline = pipeline;
    }

    /**
     * @param stopped tables whose mirrors go on under another name, too
     * @throws SchemaConflictException when a column cannot be brought to the shape's type
     */
    void prepare(Session session, List<StagedFile> files, Map<TableName, TableName> stopped) throws SQLException {
        for (StagedFile file : files) {
            TableShape shape = file.shape();
            long fingerprint = shape.fingerprint();
            if (!DeadLetterTable.is(shape.table()) && !done.contains(fingerprint)) {
                bring(session, Statements.RAW, shape.table(), shape, TableDdl.rawColumns(shape));
                if (shape.hasKey()) {
                    bring(session, Statements.MIRROR, shape.table(), shape, TableDdl.mirrorColumns(shape));
                    TableName ahead = stopped.get(shape.table());
                    if (ahead != null) {
                        bring(session, Statements.MIRROR_AHEAD, ahead, shape, TableDdl.mirrorColumns(shape));
                    }
                } else if (!describe(session, Statements.MIRROR, shape.table()).isEmpty()) {
                    LOG.warn("{} is logged only: MIRROR.{} stays as it is from here on", shape.table(), shape.table());
                }
                done.add(fingerprint);
            }
        }
    }

    /**
     * The mirror's raw columns ({@link Column#rawOf}) of the shape's own. A row whose values all have their exact form may come under a shape without
     * raw columns: the merge has to clear what the row's last version left in them. Every shape of a commit is prepared ahead of it, so those
     * are known here that anyone has made: the mirror itself was asked, and later ones come through this object. Another committer that would add one is fenced
     * off.
     */
    Set<String> rawColumns(TableName table) {
        return rawColumns.getOrDefault(table, Set.of());
    }

    private void rememberRaw(TableShape shape, Set<String> existing) {
        Set<String> raw = rawColumns.computeIfAbsent(shape.table(), table -> new LinkedHashSet<>());
        Set<String> names =
                shape.columns().stream().map(Column::name).collect(Collectors.toCollection(LinkedHashSet::new));
        for (Column column : shape.columns()) {
            String beside = Column.rawOf(column.name());
            if (existing.contains(beside) || names.contains(beside)) {
                raw.add(beside);
            }
        }
    }

    /**
     * A mirror that goes on in place of this one's, like it in all columns.
     *
     * @return their names; empty where there is no mirror yet, and so nothing that could stop: what comes makes both
     */
    List<String> makeAhead(Session session, TableName table, TableName ahead) throws SQLException {
        if (describe(session, Statements.MIRROR, table).isEmpty()) {
            return List.of();
        }
        session.execute(Statements.createAhead(table, ahead));
        return describe(session, Statements.MIRROR_AHEAD, ahead).keySet().stream()
                .sorted()
                .toList();
    }

    private void bring(Session session, String schema, TableName name, TableShape shape, List<ColumnDefinition> wanted)
            throws SQLException {
        Map<String, Described> described = describe(session, schema, name);
        if (schema.equals(Statements.MIRROR)) {
            rememberRaw(shape, described.keySet());
        }
        if (described.isEmpty()) {
            requireNew(session, schema, name, shape);
            session.execute(Statements.createTable(schema, name, wanted));
            LOG.info("created table {}.{} with {} columns", schema, name, wanted.size());
            return;
        }
        String table = schema + "." + name;
        requireSameKind(table, described, shape);
        TableDdl.Changes changes = TableDdl.changes(table, types(table, described, wanted), wanted, shape);
        for (ColumnDefinition column : changes.add()) {
            session.execute(Statements.addColumn(schema, name, column));
            LOG.info("added column {}.{} {}", table, column.name(), column.type());
        }
        for (ColumnDefinition column : changes.widen()) {
            session.execute(Statements.widenColumn(schema, name, column));
            LOG.info("widened column {}.{} to {}", table, column.name(), column.type());
        }
    }

    /** Rows by key and rows by value do not mix; a table that was made by hand, and has no row's own column, may become either. */
    private static void requireSameKind(String table, Map<String, Described> has, TableShape shape) {
        boolean hasRows = shape.columns().stream().map(Column::name).anyMatch(has::containsKey);
        if (hasRows && has.containsKey(Multiset.ROW.name()) != shape.isMultiset()) {
            throw new SchemaConflictException(
                    "table %s has rows that are known by their %s, and its rows are to be known by their %s (pipeline.multiset-tables): set it as it was, or route the table to another name and start with a topic that begins with a snapshot of it."
                            .formatted(
                                    table,
                                    shape.isMultiset() ? "keys, or only logged" : "values",
                                    shape.isMultiset() ? "values" : "keys, or only logged"));
        }
    }

    /** A table that the ledger knows and the warehouse does not was dropped: made anew, it would lack its rows without a word. */
    private void requireNew(Session session, String schema, TableName name, TableShape shape) throws SQLException {
        long commits = session.query(Statements.countCommitsOf(shape.table()), row -> row.getLong(1), pipeline)
                .get(0);
        if (commits > 0 && schema.equals(Statements.MIRROR_AHEAD)) {
            throw new SchemaConflictException(MirrorStop.gone(shape.table(), name));
        }
        if (commits > 0) {
            throw new SchemaConflictException(
                    "table %1$s.%2$s is gone, to which %3$d commits have brought rows: bring it back with UNDROP TABLE %1$s.\"%2$s\". If its rows may be missing, create it by hand, empty, with the column \"_COMMIT_ID\" VARCHAR alone. If it was logged only until now (pipeline.log-only-tables), route it to a table of another name and take a snapshot of it."
                            .formatted(schema, name, commits));
        }
    }

    private record Described(String name, String type, int precision, int scale, long length, int fractionDigits) {}

    private static Map<String, Described> describe(Session session, String schema, TableName table)
            throws SQLException {
        Map<String, Described> columns = new HashMap<>();
        session.query(Statements.SELECT_COLUMNS, TableMigration::described, schema, table.value())
                .forEach(column -> columns.put(column.name(), column));
        return columns;
    }

    private static Described described(ResultSet row) throws SQLException {
        return new Described(
                row.getString(1), row.getString(2), row.getInt(3), row.getInt(4), row.getLong(5), row.getInt(6));
    }

    private static Map<String, ColumnType> types(
            String table, Map<String, Described> described, List<ColumnDefinition> wanted) {
        Map<String, ColumnType> types = new HashMap<>();
        for (ColumnDefinition column : wanted) {
            Described has = described.get(column.name());
            if (has != null) {
                types.put(column.name(), type(table, has));
            }
        }
        return types;
    }

    /** Snowflake's names in INFORMATION_SCHEMA.COLUMNS. */
    private static ColumnType type(String table, Described column) {
        return switch (column.type()) {
            case "NUMBER" -> new ColumnType.Number(column.precision(), column.scale());
            case "TEXT" -> new ColumnType.Text((int) Math.min(column.length(), ColumnType.Text.MAX_LENGTH));
            case "BINARY" -> new ColumnType.Binary((int) Math.min(column.length(), ColumnType.Binary.MAX_LENGTH));
            case "BOOLEAN" -> new ColumnType.Bool();
            case "FLOAT" -> new ColumnType.Double();
            case "DATE" -> new ColumnType.Date();
            case "TIME" -> new ColumnType.Time(column.fractionDigits());
            case "TIMESTAMP_NTZ" -> new ColumnType.TimestampNtz(column.fractionDigits());
            case "TIMESTAMP_TZ" -> new ColumnType.TimestampTz(column.fractionDigits());
            case "VARIANT" -> new ColumnType.Variant();
            default ->
                throw new SchemaConflictException(
                        "%s.%s is %s in the warehouse, a type that no source column maps to: rename or drop it"
                                .formatted(table, column.name(), column.type()));
        };
    }
}
