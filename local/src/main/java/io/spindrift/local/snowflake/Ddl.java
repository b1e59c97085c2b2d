package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Catalog.Change;
import io.spindrift.local.snowflake.Catalog.Edit;
import io.spindrift.local.snowflake.ObjectKind.Level;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * CREATE, ALTER, DROP, GRANT and REVOKE, one way for objects of every kind. A statement is read first; what it changes then
 * happens in one transaction of its own, after the open one was committed: also when it fails there, as in Snowflake.
 */
final class Ddl {
    static final String DONE = "Statement executed successfully.";

    /** Makes what is declared so far in DuckDB, and declares the rest. */
    interface Definition {
        Entry define(Edit edit, Entry declared) throws SQLException;
    }

    /** A change to something that is there: how it is declared afterwards. */
    interface Step {
        Entry apply(Edit edit, Entry before) throws SQLException;
    }

    Result run(Request request) {
        Change<String> change = readQuietly(request);
        String message = request.catalog().change(request.transaction(), change);
        request.session().forgetDropped();
        return Result.done(Result.DDL, message);
    }

    /** An error in a statement that may have a password does not repeat the statement. */
    private static Change<String> readQuietly(Request request) {
        Tokens in = request.tokens();
        boolean ofUser = in.peek(1).isWord("USER") || in.peek(3).isWord("USER");
        try {
            return read(request);
        } catch (SnowflakeError e) {
            String quietly = "an error in CREATE or ALTER USER, which is not repeated as it may have a password";
            throw ofUser ? new SnowflakeError(e.code(), e.sqlState(), quietly) : e;
        }
    }

    private static Change<String> read(Request request) {
        Tokens in = request.tokens();
        Change<String> change =
                switch (in.next().upper()) {
                    case "CREATE" -> create(request);
                    case "DROP" -> drop(request);
                    case "ALTER" -> alter(request);
                    case "GRANT" -> Grants.grant(request);
                    case "REVOKE" -> Grants.revoke(request);
                    default -> throw SnowflakeError.unsupported(in.sql());
                };
        in.expectEnd();
        return change;
    }

    /** The name of an object of this kind, in full. */
    static QualifiedName name(Request request, ObjectKind kind) {
        return switch (kind.level) {
            case ACCOUNT -> QualifiedName.ofAccount(request.tokens().identifier());
            case DATABASE -> {
                List<String> parts = request.tokens().name();
                String database =
                        parts.size() == 2 ? parts.get(0) : request.session().requireDatabase();
                request.catalog().require(ObjectKind.DATABASE, QualifiedName.ofAccount(database));
                yield QualifiedName.ofSchema(database, parts.get(parts.size() - 1));
            }
            case SCHEMA -> request.object();
        };
    }

    // CREATE.

    private static Change<String> create(Request request) {
        Tokens in = request.tokens();
        boolean replace = in.accept("OR", "REPLACE");
        Map<String, String> said = modifiers(in);
        ObjectKind kind = ObjectKind.parse(in);
        if (!kind.modifiers.containsAll(said.keySet())) {
            throw SnowflakeError.unsupported(in.sql());
        }
        boolean optional = in.accept("IF", "NOT", "EXISTS");
        long session = said.containsKey("TEMPORARY") ? request.session().id() : 0;
        QualifiedName name = name(request, kind).inSession(session);
        said.put(Entry.OWNER, request.session().role());
        Entry declared = Entry.of(kind, name, request.names().now(), said);
        Definition definition =
                kind.isRelation() ? Relations.parse(request, kind) : attributed(request, attributes(in, kind));
        return edit -> {
            Optional<Entry> there = request.catalog().find(kind, name);
            if (there.isPresent() && optional) {
                return name.name() + " already exists, statement succeeded.";
            }
            if (there.isPresent() && (!replace || there.get().kind() != kind)) {
                throw SnowflakeError.exists(name.name());
            }
            edit.put(made(edit, declared, there, definition));
            String title = kind == ObjectKind.STAGE ? "Stage area" : kind.title();
            return title + " " + name.name() + " successfully created.";
        };
    }

    /** Words before the kind, as attributes. */
    private static Map<String, String> modifiers(Tokens in) {
        Map<String, String> modifiers = new LinkedHashMap<>();
        while (true) {
            if (in.accept("TEMP") || in.accept("TEMPORARY")) {
                modifiers.put("TEMPORARY", "TRUE");
            } else if (in.atWord("TRANSIENT") || in.atWord("SECURE")) {
                modifiers.put(in.next().upper(), "TRUE");
            } else if (!in.accept("LOCAL")) {
                return modifiers;
            }
        }
    }

    /** A new table is made beside the one that it replaces, as it may be made from that one's rows. */
    private static Entry made(Edit edit, Entry declared, Optional<Entry> there, Definition definition)
            throws SQLException {
        QualifiedName name = declared.name();
        if (name.name().isEmpty()) {
            throw SnowflakeError.unsupported("an empty name");
        }
        refuseConfusable(edit.catalog(), declared.kind(), name);
        if (name.session() != 0) {
            edit.openSession(name);
        }
        if (there.isEmpty() || declared.kind() != ObjectKind.TABLE) {
            there.ifPresent(edit::remove);
            return definition.define(edit, declared);
        }
        Entry beside = definition.define(edit, declared.withName(Relations.beside(name)));
        edit.remove(there.get());
        Relations.rename(edit, beside, name);
        return beside.withName(name);
    }

    /** DuckDB's identifiers ignore case. */
    private static void refuseConfusable(Catalog catalog, ObjectKind kind, QualifiedName name) {
        catalog.entries()
                .filter(other -> kind.isInDuck() && other.kind().space() == kind.space())
                .map(Entry::name)
                .filter(other -> other.session() == name.session() && !other.equals(name))
                .filter(other -> other.display().equalsIgnoreCase(name.display()))
                .forEach(other -> {
                    throw confusable(name.name(), other.name());
                });
    }

    static SnowflakeError confusable(String what, String other) {
        return SnowflakeError.unsupported(what + " beside " + other + ", its engine would confuse them");
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
                        edit.afterwards(() -> edit.catalog().suspended().add(name.name()));
                    }
                    edit.afterwards(() -> session.useWarehouse(name.name()));
                }
                case FILE_FORMAT -> check(entry);
                case STAGE -> edit.deleteFiles(name); // of an earlier one, if a crash has left them
                case TABLE, VIEW, DYNAMIC_TABLE, ROLE, USER, GRANT -> {}
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
            if (kind == ObjectKind.TABLE && in.accept("CLUSTER", "BY")) {
                found.put("CLUSTER BY", value(in, true));
            } else if (!in.acceptSymbol(",") && !(kind.level != Level.SCHEMA && in.accept("WITH"))) {
                String key = kind.option(in);
                boolean comment = key.equals("COMMENT");
                if (!in.acceptSymbol("=") && !comment) {
                    throw in.unexpected();
                }
                found.put(key, value(in, kind.keepsText() && !comment));
            }
        }
        return found;
    }

    /** One value, as text or as it was written: a word, a literal or everything in parentheses. */
    private static String value(Tokens in, boolean asWritten) {
        if (in.atEnd()) {
            throw in.unexpected();
        }
        int start = in.position();
        Token first = in.next();
        for (int depth = first.isSymbol("(") ? 1 : 0; depth > 0 && !in.atEnd(); in.next()) {
            depth += in.atSymbol("(") ? 1 : in.atSymbol(")") ? -1 : 0;
        }
        if (asWritten || first.isSymbol("(")) {
            return in.text(start);
        }
        return first.isName() ? first.identifier() : first.text();
    }

    // DROP.

    private static Change<String> drop(Request request) {
        Tokens in = request.tokens();
        ObjectKind kind = ObjectKind.parse(in);
        boolean optional = in.accept("IF", "EXISTS");
        QualifiedName name = name(request, kind);
        in.accept("CASCADE");
        return edit -> {
            if (optional && request.catalog().find(kind, name).isEmpty()) {
                return "Drop statement executed successfully (" + name.name() + " already dropped).";
            }
            edit.remove(request.catalog().require(kind, name));
            return name.name() + " successfully dropped.";
        };
    }

    // ALTER.

    private static Change<String> alter(Request request) {
        Tokens in = request.tokens();
        ObjectKind kind = ObjectKind.parse(in);
        boolean optional = in.accept("IF", "EXISTS");
        QualifiedName name = name(request, kind);
        Step step = step(request, kind);
        return edit -> {
            if (optional && request.catalog().find(kind, name).isEmpty()) {
                return DONE;
            }
            Entry before = request.catalog().require(kind, name);
            Entry after = step.apply(edit, before);
            if (!after.name().equals(name)) {
                edit.forget(before);
                Grants.rename(edit, before, after.name());
            }
            edit.put(after);
            return DONE;
        };
    }

    private static Step step(Request request, ObjectKind kind) {
        Tokens in = request.tokens();
        if (in.accept("SET")) {
            Map<String, String> attributes = attributes(in, kind);
            return (edit, entry) -> {
                Entry after = entry.withAll(attributes);
                check(after);
                return after;
            };
        }
        if (in.accept("UNSET")) {
            List<String> keys = new ArrayList<>();
            do {
                keys.add(kind.option(in));
            } while (in.acceptSymbol(",") || in.peek().isName());
            return (edit, entry) -> entry.without(keys);
        }
        if (kind.isRelation() && in.accept("RENAME", "TO")) {
            return rename(request, kind);
        }
        if (kind == ObjectKind.DYNAMIC_TABLE && in.accept("REFRESH")) {
            // It is always fresh.
            return (edit, entry) -> entry;
        }
        return switch (kind) {
            case TABLE -> AlterTable.step(request);
            case WAREHOUSE -> suspension(request);
            default -> throw SnowflakeError.unsupported(in.sql());
        };
    }

    private static Step rename(Request request, ObjectKind kind) {
        QualifiedName target = name(request, kind);
        return (edit, entry) -> {
            QualifiedName to = target.inSession(entry.name().session());
            if (request.catalog().find(kind, to).isPresent()) {
                throw SnowflakeError.exists(to.display());
            }
            if (!to.container().equals(entry.name().container())) {
                throw SnowflakeError.unsupported("RENAME to another schema");
            }
            refuseConfusable(request.catalog(), kind, to);
            Relations.rename(edit, entry, to);
            return entry.withName(to);
        };
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
            Set<String> suspended = edit.catalog().suspended();
            if (suspended.contains(name) == suspend && !optional) {
                String what = "Invalid state. Warehouse '" + name + "' cannot be ";
                what += suspend ? "suspended." : "resumed.";
                throw new SnowflakeError(suspend ? "090064" : "090063", "22000", what);
            }
            edit.afterwards(suspend ? () -> suspended.add(name) : () -> suspended.remove(name));
            return entry;
        };
    }
}
