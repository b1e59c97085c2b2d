package io.spindrift.local.snowflake;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** SHOW and DESCRIBE: the queries of {@code show.sql}, filtered. */
final class Show {
    private static final Map<String, Query> QUERIES = queries();

    /** Kinds that are shown by the query of another one. */
    private static final Map<String, String> ALIASES =
            Map.of("EXPORTED KEYS", "IMPORTED KEYS", "FUNCTIONS", "PROCEDURES", "USER FUNCTIONS", "PROCEDURES");

    private static final Set<String> BRIEFLY = Set.of("TABLES", "OBJECTS");

    /** The name by which it is filtered, and what stands before {@code database_name} and so on in its columns. */
    private record Query(String sql, String nameColumn, String prefix) {
        /** A heading says no more than the kind where the name is simply called so. */
        static Query of(String heading, String sql) {
            String column = heading.replaceAll("[A-Z ]+", "");
            return new Query(sql, column.isEmpty() ? "name" : column, column.startsWith("fk_") ? "fk_" : "");
        }

        boolean scoped() {
            return sql.contains("database_name");
        }

        Query exported() {
            return new Query(sql, "pk_table_name", "pk_");
        }
    }

    private static Map<String, Query> queries() {
        return LocalSchema.sections("show.sql").entrySet().stream()
                .collect(Collectors.toMap(
                        section -> section.getKey().replaceAll("[a-z_]+", "").strip(),
                        section -> Query.of(section.getKey(), section.getValue())));
    }

    private static Query query(String kind) {
        Query query = QUERIES.get(ALIASES.getOrDefault(kind, kind));
        if (query == null) {
            throw SnowflakeError.unsupported("DESCRIBE or SHOW " + kind);
        }
        return kind.equals("EXPORTED KEYS") ? query.exported() : query;
    }

    Result run(Request request) {
        Tokens in = request.tokens();
        if (!in.accept("SHOW")) {
            in.next();
            return describe(request, ObjectKind.parse(in));
        }
        boolean terse = in.accept("TERSE");
        if (in.accept("PARAMETERS")) {
            return rows(request, new Query(parameters(request.session()), "key", ""), List.of(), "*");
        }
        String kind = kind(in);
        if (terse && !BRIEFLY.contains(kind)) {
            throw SnowflakeError.unsupported(in.sql());
        }
        if (kind.endsWith("GRANTS")) {
            return grants(request, kind);
        }
        return rows(
                request, query(kind), List.of(), terse ? "created_on, name, kind, database_name, schema_name" : "*");
    }

    private static String kind(Tokens in) {
        List<String> kinds = new ArrayList<>(QUERIES.keySet());
        kinds.addAll(ALIASES.keySet());
        return kinds.stream()
                .sorted(Comparator.comparing(kind -> -kind.length()))
                .filter(kind -> !kind.startsWith("DESCRIBE") && in.accept(kind.split(" ")))
                .findFirst()
                .orElseThrow(() -> SnowflakeError.unsupported(in.sql()));
    }

    /** What follows the kind: LIKE, IN, STARTS WITH, LIMIT. */
    private static Result rows(Request request, Query query, List<String> conditions, String columns) {
        Tokens in = request.tokens();
        List<String> where = new ArrayList<>(List.of("true"));
        where.addAll(conditions);
        if (in.accept("LIKE")) {
            where.add(query.nameColumn() + " ILIKE " + QualifiedName.literal(in.string()) + " ESCAPE '\\'");
        }
        if (in.accept("IN")) {
            within(request, query, where);
        } else if (query.scoped()) {
            request.session().database().ifPresent(name -> where.add(equal(query, "database_name", name)));
        }
        if (in.accept("STARTS", "WITH")) {
            where.add("starts_with(" + query.nameColumn() + ", " + QualifiedName.literal(in.string()) + ")");
        }
        String limit = in.accept("LIMIT") ? " LIMIT " + in.integer() : "";
        if (in.accept("FROM")) {
            where.add(query.nameColumn() + " > " + QualifiedName.literal(in.string()));
        }
        in.expectEnd();
        String sql = "SELECT " + columns + " FROM (" + filled(request, query.sql()) + ") WHERE "
                + String.join(" AND ", where) + limit;
        return Queries.rows(request, sql, Result.SHOW, Set.of());
    }

    private static String equal(Query query, String column, String value) {
        return query.scoped() ? query.prefix() + column + " = " + QualifiedName.literal(value) : "true";
    }

    private static void within(Request request, Query query, List<String> where) {
        Tokens in = request.tokens();
        if (in.accept("ACCOUNT") || in.accept("SESSION")) {
            return;
        }
        QualifiedName name;
        if (in.accept("DATABASE")) {
            String database = atName(in) ? in.identifier() : request.session().requireDatabase();
            request.catalog().require(ObjectKind.DATABASE, QualifiedName.ofAccount(database));
            name = new QualifiedName(database, "", "");
        } else if (in.accept("TABLE") || in.accept("VIEW")) {
            name = request.catalog().require(request.object()).name();
            where.add(equal(query, "table_name", name.name()));
        } else {
            in.accept("SCHEMA");
            name = schema(
                    request, atName(in) ? in.name() : List.of(request.session().requireSchema()));
        }
        where.add(equal(query, "database_name", name.database()));
        if (!name.schema().isEmpty()) {
            where.add(equal(query, "schema_name", name.schema()));
        }
    }

    private static boolean atName(Tokens in) {
        return in.peek().isName() && !in.atWord("STARTS") && !in.atWord("LIMIT");
    }

    private static QualifiedName schema(Request request, List<String> parts) {
        String database = parts.size() == 2 ? parts.get(0) : request.session().requireDatabase();
        String schema = parts.get(parts.size() - 1);
        if (!request.catalog().hasSchema(database, schema) && !schema.equals("INFORMATION_SCHEMA")) {
            throw SnowflakeError.missing("Schema", database + "." + schema);
        }
        return new QualifiedName(database, schema, "");
    }

    /** The other words of SHOW GRANTS: TO whom, OF what role, ON what; FUTURE GRANTS also IN what. */
    private static Result grants(Request request, String kind) {
        Tokens in = request.tokens();
        boolean future = kind.startsWith("FUTURE");
        String columns = "*";
        String condition;
        if (in.atEnd() && !future) {
            condition = is("granted_to", "USER") + " AND "
                    + is("grantee_name", request.session().user());
        } else if (in.accept("TO")) {
            ObjectKind to = in.accept("USER") ? ObjectKind.USER : ObjectKind.ROLE;
            if (to == ObjectKind.ROLE) {
                in.accept("ROLE");
            }
            condition = is(future ? "grant_to" : "granted_to", to.name()) + " AND "
                    + is("grantee_name", existing(request, to).name());
        } else if (in.accept("OF", "ROLE") && !future) {
            columns = "created_on, name AS role, granted_to, grantee_name, granted_by";
            condition = "granted_on = 'ROLE' AND privilege = 'USAGE' AND "
                    + is("name", existing(request, ObjectKind.ROLE).name());
        } else if (future) {
            in.expect("IN");
            String place = existing(request, ObjectKind.parse(in)).display();
            condition = "starts_with(name, " + QualifiedName.literal(place + ".<") + ")";
        } else {
            in.expect("ON");
            condition = on(request);
        }
        return rows(request, query(kind), List.of(condition), columns);
    }

    private static String on(Request request) {
        Tokens in = request.tokens();
        if (in.accept("ACCOUNT")) {
            return is("granted_on", "ACCOUNT");
        }
        ObjectKind kind = ObjectKind.parse(in);
        return is("granted_on", kind.name()) + " AND "
                + is("name", existing(request, kind).display());
    }

    private static QualifiedName existing(Request request, ObjectKind kind) {
        return request.catalog().require(kind, Ddl.name(request, kind)).name();
    }

    private static String is(String column, String value) {
        return column + " = " + QualifiedName.literal(value);
    }

    private static String parameters(Session session) {
        String rows = session.parameters().entrySet().stream()
                .map(each -> "(" + QualifiedName.literal(each.getKey()) + ", " + QualifiedName.literal(each.getValue())
                        + ")")
                .collect(Collectors.joining(", "));
        return "SELECT key, value, '' AS \"default\", 'SESSION' AS level, '' AS description, 'STRING' AS type"
                + " FROM (VALUES " + rows + ") AS t(key, value) ORDER BY key";
    }

    private static Result describe(Request request, ObjectKind kind) {
        Tokens in = request.tokens();
        QualifiedName name = Ddl.name(request, kind);
        in.expectEnd();
        String sql;
        if (kind.isRelation()) {
            Table table = request.catalog().require(name);
            sql = query("DESCRIBE").sql().replace("%where", Catalog.where(table.name()));
        } else {
            request.catalog().require(kind, name);
            sql = query("DESCRIBE " + kind.label())
                    .sql()
                    .replace("%name", QualifiedName.literal(name.name()))
                    .replace("%database", QualifiedName.literal(name.database()));
        }
        return Queries.rows(request, sql, Result.DESCRIBE, Set.of());
    }

    /** The query with what is current in the session. */
    private static String filled(Request request, String sql) {
        Session session = request.session();
        String suspended = request.catalog().suspended().stream()
                .map(QualifiedName::literal)
                .collect(Collectors.joining(", "));
        return sql.replace("%database", literal(session.database()))
                .replace("%schema", literal(session.schema()))
                .replace("%warehouse", literal(session.warehouse()))
                .replace("%role", QualifiedName.literal(session.role()))
                .replace("%suspended", suspended.isEmpty() ? "NULL" : suspended);
    }

    private static String literal(Optional<String> value) {
        return value.map(QualifiedName::literal).orElse("NULL");
    }
}
