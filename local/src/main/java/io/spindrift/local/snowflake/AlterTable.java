package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Catalog.Edit;
import io.spindrift.local.snowflake.Ddl.Step;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** What only tables can be altered in: columns added, dropped, renamed and widened; keys; two tables swapped. */
final class AlterTable {
    private AlterTable() {}

    static Step step(Request request) {
        Tokens in = request.tokens();
        if (in.accept("ADD")) {
            return add(request);
        }
        if (in.accept("DROP")) {
            return drop(request);
        }
        if (in.accept("RENAME", "COLUMN")) {
            return renameColumn(in);
        }
        if (in.accept("ALTER") || in.accept("MODIFY")) {
            return modify(in);
        }
        if (in.accept("SWAP", "WITH")) {
            return swap(request.object());
        }
        if (in.atWord("CLUSTER")) {
            var attributes = Ddl.attributes(in, ObjectKind.TABLE);
            return (edit, entry) -> entry.withAll(attributes);
        }
        if (in.accept("SUSPEND", "RECLUSTER") || in.accept("RESUME", "RECLUSTER")) {
            return (edit, entry) -> entry;
        }
        throw SnowflakeError.unsupported(in.sql());
    }

    private static String alter(Entry table) {
        return "ALTER TABLE " + table.name().duck() + " ";
    }

    private static String alter(Entry table, Column column) {
        return alter(table) + "ALTER COLUMN " + QualifiedName.quote(column.name()) + " ";
    }

    static Entry replaced(Entry table, Column from, UnaryOperator<Column> change) {
        return table.withColumns(table.columns().stream()
                .map(column -> column.equals(from) ? change.apply(column) : column)
                .toList());
    }

    // ADD.

    private static Step add(Request request) {
        Tokens in = request.tokens();
        ColumnList list = new ColumnList(request);
        List<String> optional = new ArrayList<>();
        if (!list.constraint()) {
            do {
                in.accept("COLUMN");
                boolean ifNotExists = in.accept("IF", "NOT", "EXISTS");
                String name = list.column().name();
                if (ifNotExists) {
                    optional.add(name);
                }
            } while (in.acceptSymbol(",") || in.peek().isName());
        }
        return (edit, table) -> {
            List<Column> added = missing(new Table(table), list.columns(), optional);
            List<Constraint> constraints = new ArrayList<>(table.constraints());
            list.constraints().forEach(constraint -> constraints.add(constraint.complete(edit.catalog(), table)));
            List<Column> columns = new ArrayList<>(table.columns());
            columns.addAll(added);
            Relations.requireDistinct(columns);
            Entry after = table.withColumns(columns).withConstraints(constraints);
            addInDuck(edit, request, after, table.columns(), added);
            return after;
        };
    }

    /** The columns that are not there yet. */
    private static List<Column> missing(Table table, List<Column> columns, List<String> optional) {
        List<Column> missing = new ArrayList<>();
        for (Column column : columns) {
            if (table.column(column.name()).isEmpty()) {
                missing.add(column);
            } else if (!optional.contains(column.name())) {
                throw SnowflakeError.compilation("001430", "42601", "column '" + column.name() + "' already exists");
            }
        }
        return missing;
    }

    /** DuckDB cannot make a column NOT NULL in the transaction that adds it: then the whole table is made anew. */
    private static void addInDuck(Edit edit, Request request, Entry after, List<Column> old, List<Column> added)
            throws SQLException {
        Predicate<Column> counting = column -> column.property(Column.IDENTITY).isPresent();
        if (added.stream().anyMatch(counting)) {
            throw SnowflakeError.unsupported(
                    "an identity added to a table: " + request.tokens().sql());
        }
        if (added.stream().noneMatch(Column::notNull)) {
            for (Column column : added) {
                edit.sql(alter(after) + "ADD COLUMN " + Relations.declaration(request, after.name(), column));
            }
            return;
        }
        boolean unfilled = added.stream()
                .anyMatch(column ->
                        column.notNull() && column.property(Column.DEFAULT).isEmpty());
        String any = "SELECT 1 FROM " + after.name().duck() + " LIMIT 1";
        if (unfilled && !Catalog.rows(edit.connection(), any).isEmpty()) {
            throw SnowflakeError.compilation(
                    "002213",
                    "42601",
                    "non-nullable column cannot be added to non-empty table '"
                            + after.name().name() + "' unless it has a non-null default value.");
        }
        Relations.remake(edit, request, after, old);
    }

    // DROP.

    private static Step drop(Request request) {
        Tokens in = request.tokens();
        if (in.accept("CLUSTERING", "KEY")) {
            return (edit, table) -> table.without(List.of("CLUSTER BY"));
        }
        if (Stream.of("PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT").anyMatch(in::atWord)) {
            return dropConstraint(in.sql(), constraint(request));
        }
        in.accept("COLUMN");
        boolean optional = in.accept("IF", "EXISTS");
        List<String> names = new ArrayList<>();
        do {
            names.add(in.identifier());
        } while (in.acceptSymbol(","));
        return (edit, table) -> {
            Entry after = table;
            for (String name : names) {
                if (!optional || new Table(after).column(name).isPresent()) {
                    after = dropColumn(edit, after, new Table(after).require(name));
                }
            }
            return after;
        };
    }

    private static Entry dropColumn(Edit edit, Entry table, Column column) {
        if (column.property(Column.IDENTITY).isPresent()) {
            throw SnowflakeError.unsupported("DROP of the identity " + column.name());
        }
        edit.sql(alter(table) + "DROP COLUMN " + QualifiedName.quote(column.name()));
        return table.withColumns(table.columns().stream()
                        .filter(each -> !each.equals(column))
                        .toList())
                .withConstraints(table.constraints().stream()
                        .filter(constraint -> !constraint.mentions(column.name()))
                        .toList());
    }

    private static Predicate<Constraint> constraint(Request request) {
        Tokens in = request.tokens();
        if (in.accept("CONSTRAINT")) {
            String name = in.identifier();
            return constraint -> constraint.name().equals(name);
        }
        if (in.accept("PRIMARY", "KEY")) {
            return constraint -> constraint.kind() == Constraint.Kind.PRIMARY_KEY;
        }
        Constraint.Kind kind = in.accept("UNIQUE") ? Constraint.Kind.UNIQUE : Constraint.Kind.FOREIGN_KEY;
        if (kind == Constraint.Kind.FOREIGN_KEY) {
            in.expect("FOREIGN", "KEY");
        }
        List<String> columns = new ColumnList(request).names();
        return constraint -> constraint.kind() == kind && constraint.columns().equals(columns);
    }

    private static Step dropConstraint(String sql, Predicate<Constraint> dropped) {
        return (edit, table) -> {
            List<Constraint> kept =
                    table.constraints().stream().filter(dropped.negate()).toList();
            if (kept.size() == table.constraints().size()) {
                throw SnowflakeError.missing("Constraint", sql);
            }
            return table.withConstraints(kept);
        };
    }

    // RENAME COLUMN, ALTER COLUMN.

    private static Step renameColumn(Tokens in) {
        String from = in.identifier();
        in.expect("TO");
        String to = in.identifier();
        return (edit, table) -> {
            Column column = new Table(table).require(from);
            if (new Table(table).column(to).isPresent()) {
                throw SnowflakeError.compilation("001430", "42601", "column '" + to + "' already exists");
            }
            Entry after = replaced(table, column, old -> old.withName(to));
            Relations.requireDistinct(after.columns());
            edit.sql(alter(table) + "RENAME COLUMN " + QualifiedName.quote(from) + " TO " + QualifiedName.quote(to));
            return after.withConstraints(table.constraints().stream()
                    .map(constraint -> constraint.renamed(from, to))
                    .toList());
        };
    }

    private static Step modify(Tokens in) {
        boolean parenthesised = in.acceptSymbol("(");
        List<Step> steps = new ArrayList<>();
        do {
            in.accept("COLUMN");
            String name = in.identifier();
            ColumnStep step = columnStep(in);
            steps.add((edit, table) -> {
                Column column = new Table(table).require(name);
                Column after = step.apply(edit, table, column);
                return replaced(table, column, old -> after);
            });
        } while (in.acceptSymbol(","));
        if (parenthesised) {
            in.expectSymbol(")");
        }
        return (edit, table) -> {
            Entry after = table;
            for (Step step : steps) {
                after = step.apply(edit, after);
            }
            return after;
        };
    }

    /** A change to one column: how it is declared afterwards. */
    private interface ColumnStep {
        Column apply(Edit edit, Entry table, Column column);
    }

    private static ColumnStep columnStep(Tokens in) {
        boolean unset = in.accept("UNSET");
        if (in.accept("COMMENT")) {
            String comment = unset ? "" : in.string();
            return (edit, table, column) -> column.with(Column.COMMENT, comment);
        }
        if (in.atWord("DROP") || in.atWord("SET") && !in.peek(1).isWord("DATA")) {
            return property(in);
        }
        if (!in.accept("SET", "DATA", "TYPE")) {
            in.accept("TYPE");
        }
        return widen(SnowflakeType.parse(in));
    }

    private static ColumnStep property(Tokens in) {
        boolean set = in.next().isWord("SET");
        if (in.accept("NOT", "NULL")) {
            return (edit, table, column) -> {
                edit.sql(alter(table, column) + (set ? "SET NOT NULL" : "DROP NOT NULL"));
                return set ? column.with(Column.NOT_NULL, "") : column.without(Column.NOT_NULL);
            };
        }
        if (set || !in.accept("DEFAULT")) {
            throw SnowflakeError.unsupported(in.sql());
        }
        return (edit, table, column) -> {
            edit.sql(alter(table, column) + "DROP DEFAULT");
            return column.without(Column.DEFAULT);
        };
    }

    private static ColumnStep widen(SnowflakeType type) {
        return (edit, table, column) -> {
            if (!column.type().widensTo(type)) {
                throw SnowflakeError.compilation(
                        "002108",
                        "22000",
                        "cannot change column " + column.name() + " from type "
                                + column.type().sql() + " to " + type.sql());
            }
            if (!column.type().duck().equals(type.duck())) {
                edit.sql(alter(table, column) + "SET DATA TYPE " + type.duck());
            }
            return column.withType(type);
        };
    }

    private static Step swap(QualifiedName otherName) {
        return (edit, table) -> {
            Entry other = edit.catalog().require(ObjectKind.TABLE, otherName);
            if (!otherName.duckSchema().equals(table.name().duckSchema())) {
                throw SnowflakeError.unsupported("SWAP WITH a table of another schema: " + otherName.display());
            }
            QualifiedName aside = Relations.beside(otherName);
            Relations.rename(edit, other, aside);
            Relations.rename(edit, table, otherName);
            Relations.rename(edit, other.withName(aside), table.name());
            edit.put(table.withName(otherName));
            return other.withName(table.name());
        };
    }
}
