package io.spindrift.local.snowflake;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Reads definitions of columns and keys. */
final class ColumnList {
    /** Stands for the type of a column that takes it from a query. */
    private static final SnowflakeType UNTYPED = SnowflakeType.text(-1);

    private final Request request;
    private final Tokens in;
    final List<Column> columns = new ArrayList<>();
    final List<Constraint> constraints = new ArrayList<>();

    ColumnList(Request request) {
        this.request = request;
        this.in = request.tokens();
    }

    /** Whether all columns take their types from a query. */
    boolean untyped() {
        return columns.stream().allMatch(column -> column.type().equals(UNTYPED));
    }

    /** Whether no column does. */
    boolean typed() {
        return columns.stream().noneMatch(column -> column.type().equals(UNTYPED));
    }

    /** Up to the closing parenthesis. */
    void definitions() {
        do {
            if (atConstraint(in)) {
                constraint(List.of());
            } else {
                column();
            }
        } while (in.acceptSymbol(","));
        in.expectSymbol(")");
        constraints.stream()
                .filter(constraint -> constraint.kind() == Constraint.Kind.PRIMARY_KEY)
                .forEach(key -> columns.replaceAll(
                        column -> key.columns().contains(column.name()) ? column.with(Column.NOT_NULL, "") : column));
    }

    static boolean atConstraint(Tokens in) {
        return Stream.of("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN").anyMatch(in::atWord);
    }

    /** A key of these columns, or of those that it names itself. */
    private void constraint(List<String> of) {
        String name = in.accept("CONSTRAINT") ? in.identifier() : "SYS_CONSTRAINT_" + UUID.randomUUID();
        if (in.accept("PRIMARY", "KEY")) {
            add(Constraint.Kind.PRIMARY_KEY, name, of);
        } else if (in.accept("UNIQUE")) {
            add(Constraint.Kind.UNIQUE, name, of);
        } else if (in.accept("FOREIGN", "KEY") || in.atWord("REFERENCES") && !of.isEmpty()) {
            add(Constraint.Kind.FOREIGN_KEY, name, of);
        } else {
            throw SnowflakeError.unsupported(in.peek().text() + " in " + in.sql());
        }
        // That a key is not enforced need not be said.
        if (!in.accept("NOT", "ENFORCED")) {
            in.accept("RELY");
        }
    }

    private void add(Constraint.Kind kind, String name, List<String> of) {
        List<String> names = of.isEmpty() ? names() : of;
        List<QualifiedName> table = List.of();
        List<String> referenced = List.of();
        if (kind == Constraint.Kind.FOREIGN_KEY) {
            in.expect("REFERENCES");
            table = List.of(request.object());
            referenced = in.atSymbol("(") ? names() : List.of();
        }
        constraints.add(new Constraint(kind, name, names, table, referenced));
    }

    /** {@code (a, b)}. */
    private List<String> names() {
        in.expectSymbol("(");
        List<String> names = new ArrayList<>();
        do {
            names.add(in.identifier());
        } while (in.acceptSymbol(","));
        in.expectSymbol(")");
        return names;
    }

    /** One column with its properties. */
    Column column() {
        String name = in.identifier();
        boolean untyped = in.atSymbol(",") || in.atSymbol(")") || in.atWord("COMMENT");
        Column column = Column.nullable(name, untyped ? UNTYPED : SnowflakeType.parse(in));
        while (!in.atEnd() && !in.atSymbol(",") && !in.atSymbol(")")) {
            column = property(column);
        }
        columns.add(column);
        return column;
    }

    private Column property(Column column) {
        if (in.accept("NOT", "NULL")) {
            return column.with(Column.NOT_NULL, "");
        }
        if (in.accept("NULL")) {
            return column;
        }
        if (in.accept("COMMENT")) {
            in.acceptSymbol("=");
            return column.with(Column.COMMENT, in.string());
        }
        if (in.accept("DEFAULT")) {
            return column.with(Column.DEFAULT, defaultExpression());
        }
        constraint(List.of(column.name()));
        return column;
    }

    /** The text of a default: to the next comma, property or closing parenthesis outside parentheses of its own. */
    private String defaultExpression() {
        int start = in.position();
        int depth = 0;
        while (!in.atEnd() && (depth > 0 || !endsDefault())) {
            depth += in.atSymbol("(") ? 1 : in.atSymbol(")") ? -1 : 0;
            in.next();
        }
        if (in.position() == start) {
            throw in.unexpected();
        }
        return in.text(start);
    }

    private boolean endsDefault() {
        return in.atSymbol(",")
                || in.atSymbol(")")
                || Stream.of("NOT", "COMMENT", "PRIMARY", "UNIQUE", "CONSTRAINT", "REFERENCES")
                        .anyMatch(in::atWord);
    }
}
