package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Catalog.Edit;
import io.spindrift.local.snowflake.Ddl.Definition;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
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
            return copy(request, in.next().isWord("CLONE"));
        }
        ColumnList list = new ColumnList(request);
        if (in.acceptSymbol("(")) {
            list.definitions();
        }
        Map<String, String> attributes = Ddl.attributes(in, kind);
        if (kind == ObjectKind.DYNAMIC_TABLE) {
            requireSchedule(request.catalog(), attributes);
        }
        boolean query = in.accept("AS");
        boolean typed = kind == ObjectKind.TABLE && !list.columns.isEmpty() && list.typed();
        if (!typed && !(query && list.untyped() && list.constraints.isEmpty())) {
            throw in.unexpected();
        }
        Definition definition = query
                ? query(request, kind, typed, list)
                : (edit, declared) -> make(edit, request, declared.with(list.columns, list.constraints));
        return (edit, declared) -> definition.define(edit, declared.withAll(attributes));
    }

    private static void requireSchedule(Catalog catalog, Map<String, String> attributes) {
        String lag = attributes.getOrDefault("TARGET_LAG", "");
        if (!lag.matches("(?i)downstream|\\d+ (second|minute|hour|day)s?")) {
            throw SnowflakeError.unsupported("a dynamic table whose TARGET_LAG is '" + lag + "'");
        }
        catalog.require(ObjectKind.WAREHOUSE, QualifiedName.ofAccount(attributes.getOrDefault("WAREHOUSE", "")));
    }

    private static Definition copy(Request request, boolean rows) {
        QualifiedName from = request.object();
        Map<String, String> attributes = Ddl.attributes(request.tokens(), ObjectKind.TABLE);
        return (edit, declared) -> {
            Entry source = edit.catalog().require(ObjectKind.TABLE, from);
            Entry alike = declared.withAll(attributes).with(source.columns(), source.constraints());
            Entry made = make(edit, request, alike);
            if (rows) {
                edit.sql("INSERT INTO " + made.name().duck() + " SELECT * FROM " + from.duck());
            }
            return made;
        };
    }

    /** CREATE TABLE AS, and views of both kinds. */
    private static Definition query(Request request, ObjectKind kind, boolean typed, ColumnList list) {
        boolean table = kind == ObjectKind.TABLE;
        Names names = table ? request.names() : lasting(request);
        Rewriter rewriter = new Rewriter(request.tokens(), names, request.binds());
        String query = rewriter.query();
        return (edit, declared) -> {
            List<Column> columns = typed ? list.columns : columns(edit, query, rewriter, list.columns);
            Entry entry = declared.with(columns, list.constraints);
            if (table) {
                Entry made = make(edit, request, entry);
                edit.sql(Dml.insert(new Table(made), made.columns(), query, rewriter.fields()));
                return made;
            }
            requireDistinct(columns);
            edit.sql("CREATE VIEW " + entry.name().duck() + " (" + names(columns) + ") AS " + query);
            return entry.with("TEXT", request.tokens().sql());
        };
    }

    /** The columns of a query, under these names if there are any. */
    private static List<Column> columns(Edit edit, String query, Rewriter rewriter, List<Column> labels)
            throws SQLException {
        try (PreparedStatement statement = edit.connection().prepareStatement(query)) {
            List<Column> columns = new ArrayList<>();
            ResultReader.columns(statement.getMetaData(), rewriter.fields())
                    .forEach(found -> columns.add(Column.nullable(found.name(), found.type())));
            if (labels.isEmpty()) {
                return columns;
            }
            if (labels.size() != columns.size()) {
                throw SnowflakeError.compilation("002026", "42601", "Invalid column definition list");
            }
            for (int i = 0; i < labels.size(); i++) {
                columns.set(i, labels.get(i).withType(columns.get(i).type()));
            }
            return columns;
        }
    }

    /** Names in what is evaluated later. */
    private static Names lasting(Request request) {
        return request.session().lastingNames(request.names().now());
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
        edit.sql("UPDATE _LOCAL.loads SET table_name = ? WHERE " + Catalog.where(entry.name()), to.name());
    }

    /** Makes a table in DuckDB, with complete keys. */
    private static Entry make(Edit edit, Request request, Entry declared) {
        List<Column> columns = declared.columns();
        requireDistinct(columns);
        String declarations =
                columns.stream().map(column -> declaration(request, column)).collect(Collectors.joining(", "));
        List<Constraint> constraints = declared.constraints().stream()
                .map(constraint -> constraint.complete(edit.catalog(), declared))
                .toList();
        edit.sql("CREATE TABLE " + declared.name().duck() + " (" + declarations + ")");
        return declared.with(columns, constraints);
    }

    /** A column in DuckDB's words. */
    static String declaration(Request request, Column column) {
        String start = QualifiedName.quote(column.name()) + " " + column.type().duck();
        String end = column.notNull() ? " NOT NULL" : "";
        Optional<String> written = column.property(Column.DEFAULT);
        if (written.isEmpty()) {
            return start + end;
        }
        Rewriter rewriter = new Rewriter(new Tokens(written.get()), lasting(request), Binds.unbound());
        return start + " DEFAULT (" + Storing.value(rewriter.expression(), column) + ")" + end;
    }

    /** DuckDB's identifiers ignore case. */
    static void requireDistinct(List<Column> columns) {
        Map<String, String> seen = new HashMap<>();
        for (Column column : columns) {
            String name = column.name();
            String other = seen.putIfAbsent(name.toUpperCase(Locale.ROOT), name);
            if (name.equals(other)) {
                throw SnowflakeError.compilation("002025", "42S21", "duplicate column name '" + name + "'");
            }
            if (other != null) {
                throw Ddl.confusable("the column " + name, other);
            }
        }
    }
}
