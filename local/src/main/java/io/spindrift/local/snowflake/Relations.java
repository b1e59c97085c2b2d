package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Catalog.Edit;
import io.spindrift.local.snowflake.Ddl.Definition;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** What CREATE says of tables, views and dynamic tables: columns and keys, a table to copy, or a query. */
final class Relations {
    private Relations() {}

    static Definition parse(Request request, ObjectKind kind) {
        Tokens in = request.tokens();
        if (kind == ObjectKind.TABLE && (in.atWord("LIKE") || in.atWord("CLONE"))) {
            return copy(request, in.next().upper().equals("CLONE"));
        }
        boolean labelled = in.atSymbol("(")
                && (kind != ObjectKind.TABLE
                        || in.peek(2).isSymbol(",")
                        || in.peek(2).isSymbol(")"));
        List<Column> labels = labelled ? labels(in) : List.of();
        ColumnList list = new ColumnList(request);
        if (in.acceptSymbol("(")) {
            list.definitions();
        }
        Map<String, String> attributes = Ddl.attributes(in, kind);
        Definition definition =
                in.accept("AS") ? query(request, kind, labels, list.columns()) : columns(request, labels, list);
        return (edit, declared) -> {
            if (kind == ObjectKind.DYNAMIC_TABLE) {
                requireSchedule(edit.catalog(), attributes);
            }
            return definition.define(edit, declared.withAll(attributes));
        };
    }

    private static void requireSchedule(Catalog catalog, Map<String, String> attributes) {
        String lag = attributes.getOrDefault("TARGET_LAG", "");
        if (!lag.matches("(?i)downstream|\\d+ (second|minute|hour|day)s?")) {
            throw SnowflakeError.unsupported("a dynamic table whose TARGET_LAG is '" + lag + "'");
        }
        catalog.require(ObjectKind.WAREHOUSE, QualifiedName.ofAccount(attributes.getOrDefault("WAREHOUSE", "")));
    }

    /** Names for a query's columns, with comments. */
    private static List<Column> labels(Tokens in) {
        in.expectSymbol("(");
        List<Column> labels = new ArrayList<>();
        do {
            Column label = Column.nullable(in.identifier(), SnowflakeType.of(SnowflakeType.Kind.VARIANT));
            labels.add(in.accept("COMMENT") ? label.with(Column.COMMENT, in.string()) : label);
        } while (in.acceptSymbol(","));
        in.expectSymbol(")");
        return labels;
    }

    private static Definition columns(Request request, List<Column> labels, ColumnList list) {
        if (list.columns().isEmpty() || !labels.isEmpty()) {
            throw request.tokens().unexpected();
        }
        return (edit, declared) ->
                make(edit, request, declared.withColumns(list.columns()).withConstraints(list.constraints()));
    }

    private static Definition copy(Request request, boolean rows) {
        QualifiedName from = request.object();
        Map<String, String> attributes = Ddl.attributes(request.tokens(), ObjectKind.TABLE);
        return (edit, declared) -> {
            Entry source = edit.catalog().require(ObjectKind.TABLE, from);
            boolean counting = source.columns().stream()
                    .anyMatch(column -> column.property(Column.IDENTITY).isPresent());
            if (rows && counting) {
                throw SnowflakeError.unsupported("CLONE of a table with an identity: " + from.display());
            }
            Entry made = make(
                    edit,
                    request,
                    declared.withAll(attributes).withColumns(source.columns()).withConstraints(source.constraints()));
            if (rows) {
                edit.sql("INSERT INTO " + made.name().duck() + " SELECT * FROM " + from.duck());
            }
            return made;
        };
    }

    /** CREATE TABLE AS, and views of both kinds. */
    private static Definition query(Request request, ObjectKind kind, List<Column> labels, List<Column> columns) {
        Names names = kind == ObjectKind.TABLE
                ? request.names()
                : request.session().lastingNames(request.names().now());
        Rewriter rewriter = new Rewriter(request.tokens(), names, request.binds());
        String query = rewriter.query();
        return (edit, declared) -> {
            Entry entry = declared.withColumns(columns.isEmpty() ? columns(edit, query, rewriter, labels) : columns);
            if (kind == ObjectKind.TABLE) {
                Entry made = make(edit, request, entry);
                edit.sql(Dml.insert(new Table(made), made.columns(), query, rewriter.fields()));
                return made;
            }
            requireDistinct(entry.columns());
            edit.sql("CREATE VIEW " + entry.name().duck() + " (" + names(entry.columns()) + ") AS " + query);
            return entry.with("TEXT", request.tokens().sql());
        };
    }

    private static List<Column> columns(Edit edit, String query, Rewriter rewriter, List<Column> labels)
            throws SQLException {
        try (PreparedStatement statement = edit.connection().prepareStatement(query)) {
            var found = ResultReader.columns(statement.getMetaData(), rewriter.fields());
            if (!labels.isEmpty() && labels.size() != found.size()) {
                throw SnowflakeError.compilation("002026", "42601", "Invalid column definition list");
            }
            List<Column> columns = new ArrayList<>();
            for (int i = 0; i < found.size(); i++) {
                columns.add(
                        labels.isEmpty()
                                ? Column.nullable(
                                        found.get(i).name(), found.get(i).type())
                                : labels.get(i).withType(found.get(i).type()));
            }
            return columns;
        }
    }

    static String names(List<Column> columns) {
        return columns.stream()
                .map(column -> QualifiedName.quote(column.name()))
                .collect(Collectors.joining(", "));
    }

    /** A name for what takes the place of this once it is ready. */
    static QualifiedName beside(QualifiedName name) {
        return name.named(UUID.randomUUID().toString());
    }

    static void rename(Edit edit, Entry entry, QualifiedName to) {
        edit.sql("ALTER " + entry.kind().duck() + " " + entry.name().duck() + " RENAME TO " + to.duckName());
        edit.moveLoads(entry.name(), to);
    }

    /** Makes a table in DuckDB, with new sequences for its identities and complete keys. */
    static Entry make(Edit edit, Request request, Entry declared) {
        List<Column> columns = new ArrayList<>();
        for (Column column : declared.columns()) {
            columns.add(withSequence(edit, declared.name(), column));
        }
        Entry entry = declared.withColumns(columns)
                .withConstraints(declared.constraints().stream()
                        .map(constraint -> constraint.complete(edit.catalog(), declared))
                        .toList());
        create(edit, request, entry);
        return entry;
    }

    /** Makes a table in DuckDB, just as it is declared. */
    private static void create(Edit edit, Request request, Entry entry) {
        requireDistinct(entry.columns());
        String columns = entry.columns().stream()
                .map(column -> declaration(request, entry.name(), column) + (column.notNull() ? " NOT NULL" : ""))
                .collect(Collectors.joining(", "));
        edit.sql("CREATE TABLE " + entry.name().duck() + " (" + columns + ")");
    }

    /** Makes a table anew as it is now declared, with the values of these columns. */
    static void remake(Edit edit, Request request, Entry after, List<Column> kept) {
        QualifiedName name = after.name();
        Entry beside = after.withName(beside(name));
        create(edit, request, beside);
        edit.sql("INSERT INTO " + beside.name().duck() + " (" + names(kept) + ") SELECT " + names(kept) + " FROM "
                + name.duck());
        edit.sql("DROP TABLE " + name.duck());
        edit.sql("ALTER TABLE " + beside.name().duck() + " RENAME TO " + name.duckName());
    }

    static Column withSequence(Edit edit, QualifiedName table, Column column) {
        Optional<String> identity = column.property(Column.IDENTITY);
        if (identity.isEmpty()) {
            return column;
        }
        String[] range = identity.get().split(",");
        QualifiedName sequence = beside(table);
        edit.sql("CREATE SEQUENCE " + sequence.duck() + " MINVALUE -9223372036854775808 START " + range[0]
                + " INCREMENT " + range[1]);
        return column.with(Column.SEQUENCE, sequence.name());
    }

    /** A column in DuckDB's words, but for NOT NULL. */
    static String declaration(Request request, QualifiedName table, Column column) {
        String start = QualifiedName.quote(column.name()) + " " + column.type().duck();
        Optional<String> sequence = column.property(Column.SEQUENCE);
        if (sequence.isPresent()) {
            String name = table.named(sequence.get()).duck();
            return start + " DEFAULT (nextval(" + QualifiedName.literal(name) + "))";
        }
        Optional<String> written = column.property(Column.DEFAULT);
        if (written.isEmpty()) {
            return start;
        }
        Names names = request.session().lastingNames(request.names().now());
        Rewriter rewriter = new Rewriter(new Tokens(written.get()), names, Binds.unbound());
        return start + " DEFAULT (" + Storing.value(rewriter.expression(), column) + ")";
    }

    /** DuckDB's identifiers ignore case. */
    static void requireDistinct(List<Column> columns) {
        for (int i = 0; i < columns.size(); i++) {
            String name = columns.get(i).name();
            for (Column other : columns.subList(0, i)) {
                if (other.name().equals(name)) {
                    throw SnowflakeError.compilation("002025", "42S21", "duplicate column name '" + name + "'");
                }
                if (other.name().equalsIgnoreCase(name)) {
                    throw SnowflakeError.unsupported(
                            "the column " + name + " beside " + other.name() + ", its engine would confuse them");
                }
            }
        }
    }
}
