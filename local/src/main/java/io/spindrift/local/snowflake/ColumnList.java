package io.spindrift.local.snowflake;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Reads definitions of columns and keys. */
final class ColumnList {
    private final Request request;
    private final Tokens in;
    private final List<Column> columns = new ArrayList<>();
    private final List<Constraint> constraints = new ArrayList<>();

    ColumnList(Request request) {
        this.request = request;
        this.in = request.tokens();
    }

    List<Column> columns() {
        return columns;
    }

    List<Constraint> constraints() {
        return constraints;
    }

    /** Up to the closing parenthesis. */
    void definitions() {
        do {
            if (!constraint()) {
                column();
            }
        } while (in.acceptSymbol(","));
        in.expectSymbol(")");
        for (Constraint constraint : constraints) {
            if (constraint.kind() == Constraint.Kind.PRIMARY_KEY) {
                columns.replaceAll(column -> constraint.mentions(column.name()) ? notNull(column) : column);
            }
        }
    }

    private static Column notNull(Column column) {
        return column.with(Column.NOT_NULL, "");
    }

    /** A key of the table, if one comes next. */
    boolean constraint() {
        if (!Stream.of("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN").anyMatch(in::atWord)) {
            return false;
        }
        String name = constraintName();
        if (in.accept("PRIMARY", "KEY")) {
            add(Constraint.Kind.PRIMARY_KEY, name, names());
        } else if (in.accept("UNIQUE")) {
            add(Constraint.Kind.UNIQUE, name, names());
        } else {
            in.expect("FOREIGN", "KEY");
            references(name, names());
        }
        return true;
    }

    private String constraintName() {
        return in.accept("CONSTRAINT") ? in.identifier() : "SYS_CONSTRAINT_" + UUID.randomUUID();
    }

    private void add(Constraint.Kind kind, String name, List<String> of) {
        constraints.add(new Constraint(kind, name, of, List.of(), List.of()));
        skipProperties();
    }

    private void references(String name, List<String> of) {
        in.expect("REFERENCES");
        QualifiedName table = request.object();
        List<String> referenced = in.atSymbol("(") ? names() : List.of();
        constraints.add(new Constraint(Constraint.Kind.FOREIGN_KEY, name, of, List.of(table), referenced));
        skipProperties();
    }

    /** That a key is not enforced need not be said. */
    private void skipProperties() {
        while (in.accept("NOT", "ENFORCED")
                || in.accept("RELY")
                || in.accept("NORELY")
                || in.accept("ENABLE")
                || in.accept("DISABLE")
                || in.accept("NOVALIDATE")) {
            continue;
        }
    }

    /** {@code (a, b)}. */
    List<String> names() {
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
        Column column = Column.nullable(in.identifier(), SnowflakeType.parse(in));
        while (!in.atEnd() && !in.atSymbol(",") && !in.atSymbol(")")) {
            column = property(column);
        }
        columns.add(column);
        return column;
    }

    private Column property(Column column) {
        if (in.accept("NOT", "NULL")) {
            return notNull(column);
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
        if (in.accept("AUTOINCREMENT") || in.accept("IDENTITY")) {
            return column.with(Column.IDENTITY, identity());
        }
        return key(column).apply(column);
    }

    private UnaryOperator<Column> key(Column column) {
        String name = constraintName();
        if (in.accept("PRIMARY", "KEY")) {
            add(Constraint.Kind.PRIMARY_KEY, name, List.of(column.name()));
            return ColumnList::notNull;
        }
        if (in.accept("UNIQUE")) {
            add(Constraint.Kind.UNIQUE, name, List.of(column.name()));
        } else if (in.accept("FOREIGN", "KEY") || in.atWord("REFERENCES")) {
            references(name, List.of(column.name()));
        } else {
            throw SnowflakeError.unsupported(in.peek().text() + " in " + in.sql());
        }
        return UnaryOperator.identity();
    }

    /** {@code (start, step)} or {@code START n INCREMENT n}, both 1 unless given. */
    private String identity() {
        int start = 1;
        int step = 1;
        if (in.acceptSymbol("(")) {
            start = in.integer();
            in.expectSymbol(",");
            step = in.integer();
            in.expectSymbol(")");
        } else if (in.accept("START")) {
            in.accept("WITH");
            start = in.integer();
            if (in.accept("INCREMENT")) {
                in.accept("BY");
                step = in.integer();
            }
        }
        if (!in.accept("ORDER")) {
            in.accept("NOORDER");
        }
        return start + "," + step;
    }

    /** The text of a default: to the next comma, property or closing parenthesis outside parentheses of its own. */
    private String defaultExpression() {
        int start = in.peek().start();
        int end = start;
        int depth = 0;
        while (!in.atEnd() && (depth > 0 || !endsDefault())) {
            depth += in.atSymbol("(") ? 1 : in.atSymbol(")") ? -1 : 0;
            end = in.next().end();
        }
        return in.sql().substring(start, end);
    }

    private boolean endsDefault() {
        return in.atSymbol(",")
                || in.atSymbol(")")
                || Stream.of("NOT", "COMMENT", "PRIMARY", "UNIQUE", "CONSTRAINT", "REFERENCES")
                        .anyMatch(in::atWord);
    }
}
