package io.spindrift.local.snowflake;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** SHOW and DESCRIBE: the queries of {@code show.sql}, filtered. */
final class Show {
    /** By kind, the longest first. */
    private static final Map<String, Query> QUERIES =
            new TreeMap<>(Comparator.comparing(String::length).reversed().thenComparing(Comparator.naturalOrder()));

    static {
        LocalSchema.sections("show.sql").forEach((heading, sql) -> {
            String column = heading.replaceAll("[A-Z ]+", "");
            QUERIES.put(heading.replaceAll("[a-z_]+", "").strip(), new Query(sql, column.isEmpty() ? "name" : column));
        });
    }

    /** What is shown, and the name by which it is filtered: the one after the kind in its heading. */
    private record Query(String sql, String nameColumn) {
        /** The condition on the database, schema or table in which it is, if it is in one. */
        String in(String part, String value) {
            String prefix = nameColumn.matches("[fp]k_.*") ? nameColumn.substring(0, 3) : "";
            return sql.contains("database_name") || !prefix.isEmpty() ? is(prefix + part + "_name", value) : "true";
        }
    }

    Result run(Request request) {
        Tokens in = request.tokens();
        if (!in.next().isWord("SHOW")) {
            return describe(request, ObjectKind.parse(in));
        }
        String kind = QUERIES.keySet().stream()
                .filter(each -> !each.startsWith("DESCRIBE") && in.accept(each.split(" ")))
                .findFirst()
                .orElseThrow(() -> SnowflakeError.unsupported(in.sql()));
        List<String> where = kind.startsWith("GRANTS") ? grants(request, kind) : List.of();
        return rows(request, query(kind), where);
    }

    private static Query query(String kind) {
        return Optional.ofNullable(QUERIES.get(kind)).orElseThrow(() -> SnowflakeError.unsupported("DESCRIBE " + kind));
    }

    private static String is(String column, String value) {
        return column + " = " + QualifiedName.literal(value);
    }

    /** What follows the kind: LIKE, IN, LIMIT. */
    private static Result rows(Request request, Query query, List<String> conditions) {
        Tokens in = request.tokens();
        List<String> where = new ArrayList<>(conditions);
        if (in.accept("LIKE")) {
            where.add(query.nameColumn() + " ILIKE " + QualifiedName.literal(in.string()) + " ESCAPE '\\'");
        }
        if (in.accept("IN")) {
            where.addAll(within(request, query));
        } else {
            request.session().database().ifPresent(name -> where.add(query.in("database", name)));
        }
        String limit = in.accept("LIMIT") ? " LIMIT " + in.integer() : "";
        in.expectEnd();
        where.add("true");
        String sql =
                "SELECT * FROM (" + filled(request, query.sql()) + ") WHERE " + String.join(" AND ", where) + limit;
        return Queries.rows(request, sql, Result.SHOW, Set.of());
    }

    /** IN the account, a database, a schema, a table: the conditions of that. */
    private static List<String> within(Request request, Query query) {
        Tokens in = request.tokens();
        if (in.accept("ACCOUNT") || in.accept("SESSION")) {
            return List.of();
        }
        Session session = request.session();
        if (in.accept("DATABASE")) {
            QualifiedName database = QualifiedName.ofAccount(atName(in) ? in.identifier() : session.requireDatabase());
            request.catalog().require(ObjectKind.DATABASE, database);
            return List.of(query.in("database", database.name()));
        }
        if (in.accept("TABLE") || in.accept("VIEW")) {
            QualifiedName of = request.catalog().require(request.object()).name();
            return List.of(
                    query.in("database", of.database()), query.in("schema", of.schema()), query.in("table", of.name()));
        }
        in.accept("SCHEMA");
        List<String> parts = atName(in) ? in.name() : List.of(session.requireSchema());
        String database = parts.size() == 2 ? parts.get(0) : session.requireDatabase();
        String schema = parts.get(parts.size() - 1);
        if (!request.catalog().hasSchema(database, schema) && !schema.equals("INFORMATION_SCHEMA")) {
            throw SnowflakeError.missing("Schema", database + "." + schema);
        }
        return List.of(query.in("database", database), query.in("schema", schema));
    }

    private static boolean atName(Tokens in) {
        return in.peek().isName() && !in.atWord("LIMIT");
    }

    /** The other words of SHOW GRANTS: OF what role, TO whom, ON what; without any, to the user. */
    private static List<String> grants(Request request, String kind) {
        Tokens in = request.tokens();
        Map<String, String> wanted;
        if (kind.endsWith("OF ROLE")) {
            wanted = Map.of(
                    "role", Grants.existing(request, ObjectKind.ROLE).name().name());
        } else if (in.atEnd()) {
            QualifiedName user = QualifiedName.ofAccount(request.session().user());
            wanted = Grants.to(request.catalog().require(ObjectKind.USER, user));
        } else if (in.accept("TO")) {
            wanted = Grants.to(Grants.grantee(request));
        } else {
            in.expect("ON");
            wanted = Grants.on(Grants.existing(request, ObjectKind.parse(in)));
        }
        return wanted.entrySet().stream()
                .map(each -> is(each.getKey(), each.getValue()))
                .toList();
    }

    private static Result describe(Request request, ObjectKind kind) {
        QualifiedName name = Ddl.name(request, kind);
        request.tokens().expectEnd();
        QualifiedName found = kind.isRelation()
                ? request.catalog().require(name).name()
                : request.catalog().require(kind, name).name();
        String sql = query(kind.isRelation() ? "DESCRIBE" : "DESCRIBE " + kind.label())
                .sql()
                .replace("%where", Catalog.where(found))
                .replace("%name", QualifiedName.literal(found.name()))
                .replace("%database", QualifiedName.literal(found.database()));
        return Queries.rows(request, sql, Result.DESCRIBE, Set.of());
    }

    /** The query with what is current in the session. */
    private static String filled(Request request, String sql) {
        Session session = request.session();
        String parameters = session.parameters().entrySet().stream()
                .map(each -> "(" + literals(List.of(each.getKey(), each.getValue())) + ")")
                .collect(Collectors.joining(", "));
        return sql.replace("%database", literals(session.database().stream().toList()))
                .replace("%schema", literals(session.schema().stream().toList()))
                .replace("%warehouse", literals(session.warehouse().stream().toList()))
                .replace("%role", literals(List.of(session.role())))
                .replace("%suspended", literals(request.catalog().suspended()))
                .replace("%parameters", parameters);
    }

    /** NULL when there is none. */
    private static String literals(Collection<String> values) {
        return values.isEmpty()
                ? "NULL"
                : values.stream().map(QualifiedName::literal).collect(Collectors.joining(", "));
    }
}
