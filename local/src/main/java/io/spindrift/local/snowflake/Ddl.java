package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Catalog.Change;
import io.spindrift.local.snowflake.Catalog.Edit;
import io.spindrift.local.snowflake.ObjectKind.Level;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * CREATE, ALTER, DROP and COMMENT, one way for objects of every kind. A statement is read first; what it changes then happens in one
 * transaction of its own, after the open one was committed: also when it fails there, as in Snowflake.
 */
final class Ddl {
    private static final String DONE = "Statement executed successfully.";

    /** Makes what is declared so far in DuckDB, and declares the rest. */
    interface Definition {
        Entry define(Edit edit, Entry declared) throws SQLException;
    }

    /** A change to something that is there: how it is declared afterwards. */
    interface Step {
        Entry apply(Edit edit, Entry before) throws SQLException;
    }

    Result run(Request request) {
        Tokens in = request.tokens();
        Change<String> change =
                switch (in.next().upper()) {
                    case "CREATE" -> create(request);
                    case "DROP" -> drop(request);
                    case "ALTER" -> alter(request);
                    case "COMMENT" -> comment(request);
                    case "GRANT" -> done(Grants.grant(request));
                    case "REVOKE" -> done(Grants.revoke(request));
                    default -> throw SnowflakeError.unsupported(in.sql());
                };
        in.expectEnd();
        String message = request.catalog().change(request.transaction(), change);
        request.session().forgetDropped();
        return Result.done(Result.DDL, message);
    }

    private static Change<String> done(Change<?> change) {
        return edit -> {
            change.apply(edit);
            return DONE;
        };
    }

    /** The name of an object of this kind, in full. */
    static QualifiedName name(Request request, ObjectKind kind) {
        Tokens in = request.tokens();
        return switch (kind.level()) {
            case ACCOUNT -> QualifiedName.ofAccount(in.identifier());
            case DATABASE -> schema(request);
            case SCHEMA -> request.object();
        };
    }

    private static QualifiedName schema(Request request) {
        List<String> parts = request.tokens().name();
        String database = parts.size() == 2 ? parts.get(0) : request.session().requireDatabase();
        request.catalog().require(ObjectKind.DATABASE, QualifiedName.ofAccount(database));
        return QualifiedName.ofSchema(database, parts.get(parts.size() - 1));
    }

    // CREATE.

    private static Change<String> create(Request request) {
        Tokens in = request.tokens();
        boolean replace = in.accept("OR", "REPLACE");
        boolean orAlter = !replace && in.accept("OR", "ALTER");
        Set<String> modifiers = modifiers(in);
        ObjectKind kind = ObjectKind.parse(in);
        if (!kind.modifiers().containsAll(modifiers) || orAlter && kind != ObjectKind.DYNAMIC_TABLE) {
            throw SnowflakeError.unsupported(in.sql());
        }
        boolean optional = in.accept("IF", "NOT", "EXISTS");
        long session = modifiers.contains("TEMPORARY") ? request.session().id() : 0;
        QualifiedName name = name(request, kind).inSession(session);
        Map<String, String> attributes =
                new LinkedHashMap<>(Map.of(Entry.OWNER, request.session().role()));
        modifiers.forEach(modifier -> attributes.put(modifier, "TRUE"));
        Entry declared = Entry.of(kind, name, request.names().now(), attributes);
        Definition definition =
                kind.isRelation() ? Relations.parse(request, kind) : attributed(request, attributes(in, kind));
        return edit -> {
            Optional<Entry> there = request.catalog().find(kind, name);
            if (there.isPresent() && optional) {
                return name.name() + " already exists, statement succeeded.";
            }
            if (there.isPresent() && !replace && !orAlter) {
                throw SnowflakeError.exists(name.name());
            }
            edit.put(made(edit, declared, there, definition));
            return (kind == ObjectKind.STAGE ? "Stage area" : kind.title()) + " " + name.name()
                    + " successfully created.";
        };
    }

    private static Set<String> modifiers(Tokens in) {
        Set<String> modifiers = new LinkedHashSet<>();
        while (true) {
            if (in.accept("TEMP") || in.accept("TEMPORARY") || in.accept("VOLATILE")) {
                modifiers.add("TEMPORARY");
            } else if (in.atWord("TRANSIENT") || in.atWord("SECURE")) {
                modifiers.add(in.next().upper());
            } else if (!in.accept("LOCAL") && !in.accept("GLOBAL")) {
                return modifiers;
            }
        }
    }

    /** A new table is made beside the one that it replaces, as it may be made from that one's rows. */
    private static Entry made(Edit edit, Entry declared, Optional<Entry> there, Definition definition)
            throws SQLException {
        refuseConfusable(edit.catalog(), declared.kind(), declared.name());
        if (declared.name().session() != 0) {
            edit.openSession(declared.name());
        }
        if (there.isEmpty()) {
            return definition.define(edit, declared);
        }
        if (there.get().kind() != declared.kind()) {
            throw SnowflakeError.exists(declared.name().name());
        }
        if (declared.kind() != ObjectKind.TABLE) {
            edit.remove(there.get());
            return definition.define(edit, declared);
        }
        Entry beside = definition.define(edit, declared.withName(Relations.beside(declared.name())));
        edit.remove(there.get());
        Relations.rename(edit, beside, declared.name());
        return beside.withName(declared.name());
    }

    /** DuckDB's identifiers ignore case. */
    private static void refuseConfusable(Catalog catalog, ObjectKind kind, QualifiedName name) {
        boolean inDuck = kind.isRelation() || kind == ObjectKind.SCHEMA || kind == ObjectKind.DATABASE;
        catalog.entries()
                .filter(other -> inDuck && other.kind().space() == kind.space())
                .filter(other -> other.name().session() == name.session())
                .filter(other -> other.name().display().equalsIgnoreCase(name.display()))
                .filter(other -> !other.name().equals(name))
                .forEach(other -> {
                    throw SnowflakeError.unsupported(
                            name.name() + " beside " + other.name().name() + ", its engine would confuse them");
                });
    }

    /** What a kind that is not a relation is besides its attributes. */
    private static Definition attributed(Request request, Map<String, String> attributes) {
        Session session = request.session();
        return (edit, declared) -> {
            Entry entry = declared.withAll(attributes);
            QualifiedName name = entry.name();
            switch (entry.kind()) {
                case DATABASE -> {
                    edit.createDatabase(entry);
                    edit.afterwards(() -> session.useDatabase(name.name()));
                }
                case SCHEMA -> {
                    edit.createSchema(name);
                    edit.afterwards(() -> session.useSchema(List.of(name.database(), name.name())));
                }
                case WAREHOUSE -> {
                    if (attributes.getOrDefault("INITIALLY_SUSPENDED", "FALSE").equals("TRUE")) {
                        edit.afterwards(() -> request.catalog().suspend(name.name()));
                    }
                    edit.afterwards(() -> session.useWarehouse(name.name()));
                }
                case STAGE, FILE_FORMAT -> check(entry);
                default -> {}
            }
            return entry;
        };
    }

    /** A file format says at once what COPY would not understand. */
    private static void check(Entry entry) {
        if (entry.kind() == ObjectKind.FILE_FORMAT) {
            FileFormat.of(Options.parse(new Tokens(Catalog.options(entry))));
        }
    }

    /** {@code KEY = value …} to the end of the statement, or to AS. */
    static Map<String, String> attributes(Tokens in, ObjectKind kind) {
        Map<String, String> found = new LinkedHashMap<>();
        while (!in.atEnd() && !in.atWord("AS")) {
            if (in.accept("CLUSTER", "BY")) {
                found.put("CLUSTER BY", value(in, true));
            } else if (!in.acceptSymbol(",") && !(kind.level() != Level.SCHEMA && in.accept("WITH"))) {
                String key = in.identifier();
                if (!kind.allows(key)) {
                    throw SnowflakeError.unsupported("the option " + key + " in " + in.sql());
                }
                if (!key.equals("COMMENT") || in.atSymbol("=")) {
                    in.expectSymbol("=");
                }
                found.put(key, value(in, kind.keepsText() && !key.equals("COMMENT")));
            }
        }
        return found;
    }

    /** One value, as text or as it was written: a word, a literal or everything in parentheses. */
    private static String value(Tokens in, boolean asWritten) {
        Token first = in.next();
        int end = first.end();
        for (int depth = first.isSymbol("(") ? 1 : 0; depth > 0 && !in.atEnd(); ) {
            Token token = in.next();
            depth += token.isSymbol("(") ? 1 : token.isSymbol(")") ? -1 : 0;
            end = token.end();
        }
        if (asWritten || first.isSymbol("(")) {
            return in.sql().substring(first.start(), end);
        }
        return first.isName() ? first.identifier() : first.text();
    }

    // DROP, COMMENT.

    private static Change<String> drop(Request request) {
        Tokens in = request.tokens();
        ObjectKind kind = ObjectKind.parse(in);
        boolean optional = in.accept("IF", "EXISTS");
        QualifiedName name = name(request, kind);
        if (!in.accept("CASCADE")) {
            in.accept("RESTRICT");
        }
        return edit -> {
            if (optional && request.catalog().find(kind, name).isEmpty()) {
                return "Drop statement executed successfully (" + name.name() + " already dropped).";
            }
            edit.remove(request.catalog().require(kind, name));
            return name.name() + " successfully dropped.";
        };
    }

    private static Change<String> comment(Request request) {
        Tokens in = request.tokens();
        boolean optional = in.accept("IF", "EXISTS");
        in.expect("ON");
        if (in.accept("COLUMN")) {
            return columnComment(request);
        }
        ObjectKind kind = ObjectKind.parse(in);
        QualifiedName name = name(request, kind);
        in.expect("IS");
        String comment = in.string();
        return change(request, kind, name, optional, (edit, entry) -> entry.with("COMMENT", comment));
    }

    private static Change<String> columnComment(Request request) {
        Tokens in = request.tokens();
        List<String> parts = new ArrayList<>(in.name());
        if (parts.size() < 2) {
            throw in.unexpected();
        }
        String column = parts.remove(parts.size() - 1);
        in.expect("IS");
        String comment = in.string();
        QualifiedName name = request.names().resolve(parts);
        return change(
                request,
                ObjectKind.TABLE,
                name,
                false,
                (edit, entry) -> AlterTable.replaced(
                        entry, new Table(entry).require(column), old -> old.with(Column.COMMENT, comment)));
    }

    // ALTER.

    private static Change<String> alter(Request request) {
        Tokens in = request.tokens();
        ObjectKind kind = ObjectKind.parse(in);
        boolean optional = in.accept("IF", "EXISTS");
        QualifiedName name = name(request, kind);
        return change(request, kind, name, optional, step(request, kind));
    }

    private static Change<String> change(
            Request request, ObjectKind kind, QualifiedName name, boolean optional, Step step) {
        return edit -> {
            if (!optional || request.catalog().find(kind, name).isPresent()) {
                Entry before = request.catalog().require(kind, name);
                Entry after = step.apply(edit, before);
                if (!after.name().equals(name)) {
                    edit.forget(before);
                    Grants.rename(edit, before, after.name());
                }
                edit.put(after);
            }
            return DONE;
        };
    }

    private static Step step(Request request, ObjectKind kind) {
        Tokens in = request.tokens();
        if (in.accept("RENAME", "TO")) {
            return rename(request, kind);
        }
        if (in.accept("SET")) {
            if (kind == ObjectKind.VIEW && in.accept("SECURE")) {
                return (edit, entry) -> entry.with("SECURE", "TRUE");
            }
            Map<String, String> attributes = attributes(in, kind);
            return (edit, entry) -> {
                Entry after = entry.withAll(attributes);
                check(after);
                return after;
            };
        }
        if (in.accept("UNSET")) {
            return unset(in, kind);
        }
        return switch (kind) {
            case TABLE -> AlterTable.step(request);
            case DYNAMIC_TABLE -> schedule(in);
            case WAREHOUSE -> suspension(request);
            default -> throw SnowflakeError.unsupported(in.sql());
        };
    }

    private static Step unset(Tokens in, ObjectKind kind) {
        List<String> keys = new ArrayList<>();
        do {
            String key = in.identifier();
            if (!kind.allows(key) && !(kind == ObjectKind.VIEW && key.equals("SECURE"))) {
                throw SnowflakeError.unsupported("the option " + key + " in " + in.sql());
            }
            keys.add(key);
        } while (in.acceptSymbol(",") || in.peek().isName());
        return (edit, entry) -> entry.without(keys);
    }

    private static Step rename(Request request, ObjectKind kind) {
        Tokens in = request.tokens();
        if (kind == ObjectKind.DATABASE || kind == ObjectKind.SCHEMA || kind == ObjectKind.STAGE) {
            throw SnowflakeError.unsupported(in.sql());
        }
        QualifiedName target = name(request, kind);
        return (edit, entry) -> {
            QualifiedName to = target.inSession(entry.name().session());
            if (request.catalog().find(kind, to).isPresent()) {
                throw SnowflakeError.exists(to.display());
            }
            refuseConfusable(request.catalog(), kind, to);
            if (kind.isRelation()) {
                if (!to.schema().equals(entry.name().schema())
                        || !to.database().equals(entry.name().database())) {
                    throw SnowflakeError.unsupported("RENAME to another schema: " + in.sql());
                }
                Relations.rename(edit, entry, to);
            }
            return entry.withName(to);
        };
    }

    /** Refreshing is not needed: a dynamic table is always fresh. */
    private static Step schedule(Tokens in) {
        if (in.accept("REFRESH")) {
            return (edit, entry) -> entry;
        }
        String state = in.accept("SUSPEND") ? "SUSPENDED" : "ACTIVE";
        if (state.equals("ACTIVE")) {
            in.expect("RESUME");
        }
        return (edit, entry) -> entry.with("SCHEDULING_STATE", state);
    }

    private static Step suspension(Request request) {
        Tokens in = request.tokens();
        boolean suspend = in.accept("SUSPEND");
        if (!suspend) {
            in.expect("RESUME");
        }
        boolean optional = in.accept("IF", "SUSPENDED");
        return (edit, entry) -> {
            String name = entry.name().name();
            if (request.catalog().isSuspended(name) == suspend && !optional) {
                String what = "Invalid state. Warehouse '" + name + "' cannot be ";
                throw suspend
                        ? new SnowflakeError("090064", "22000", what + "suspended.")
                        : new SnowflakeError("090063", "22000", what + "resumed.");
            }
            Consumer<String> change = suspend ? request.catalog()::suspend : request.catalog()::resume;
            edit.afterwards(() -> change.accept(name));
            return entry;
        };
    }
}
