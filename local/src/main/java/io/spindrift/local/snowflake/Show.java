package io.spindrift.local.snowflake;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** SHOW and DESCRIBE, as queries over the stand-in's own tables. */
final class Show {
    private static final String TABLES = """
            SELECT created AS created_on, table_name AS name, database_name, schema_name,
              CASE kind WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END AS kind, coalesce(comment, '') AS comment,
              '' AS cluster_by,
              (SELECT estimated_size FROM duckdb_tables() d
                WHERE d.schema_name = t.database_name || '.' || t.schema_name AND d.table_name = t.table_name) AS "rows",
              NULL::BIGINT AS bytes, 'ACCOUNTADMIN' AS owner, '1' AS retention_time
            FROM _LOCAL.tables t WHERE %s ORDER BY database_name, schema_name, name""";
    private static final String VIEWS = """
            SELECT created AS created_on, table_name AS name, '' AS reserved, database_name, schema_name,
              'ACCOUNTADMIN' AS owner, coalesce(comment, '') AS comment, '' AS text, 'false' AS is_secure
            FROM _LOCAL.tables t WHERE kind = 'VIEW' AND %s ORDER BY database_name, schema_name, name""";
    private static final String COLUMNS = """
            SELECT table_name, schema_name, column_name, show_json AS data_type,
              CASE nullability WHEN 'NOT_NULL' THEN 'NOT_NULL' ELSE 'true' END AS "null?", default_sql AS "default",
              'COLUMN' AS kind, '' AS expression, coalesce(comment, '') AS comment, database_name, '' AS autoincrement
            FROM _LOCAL.columns WHERE %s ORDER BY database_name, schema_name, table_name, ordinal""";
    private static final String SCHEMAS = """
            SELECT created AS created_on, schema_name AS name, 'N' AS is_default, 'N' AS is_current, database_name,
              'ACCOUNTADMIN' AS owner, '' AS comment, '' AS options, '1' AS retention_time
            FROM (SELECT database_name, schema_name, created FROM _LOCAL.schemas
              UNION ALL SELECT database_name, 'INFORMATION_SCHEMA', created FROM _LOCAL.databases)
            WHERE %s ORDER BY database_name, name""";
    private static final String DATABASES = """
            SELECT created AS created_on, database_name AS name, 'N' AS is_default, 'N' AS is_current, '' AS origin,
              'ACCOUNTADMIN' AS owner, '' AS comment, '' AS options, '1' AS retention_time
            FROM _LOCAL.databases WHERE %s ORDER BY name""";
    private static final String STAGES = """
            SELECT created AS created_on, object_name AS name, database_name, schema_name, '' AS url,
              'N' AS has_credentials, 'N' AS has_encryption_key, 'ACCOUNTADMIN' AS owner, '' AS comment,
              'INTERNAL' AS type
            FROM _LOCAL.named_objects WHERE kind = 'STAGE' AND %s ORDER BY database_name, schema_name, name""";
    private static final String PRIMARY_KEYS = """
            SELECT now() AS created_on, database_name, schema_name, table_name, column_name,
              row_number() OVER (PARTITION BY database_name, schema_name, table_name ORDER BY ordinal) AS key_sequence,
              'PK_' || table_name AS constraint_name, 'false' AS rely, NULL::VARCHAR AS comment
            FROM _LOCAL.columns WHERE key = 'PRIMARY' AND %s ORDER BY database_name, schema_name, table_name, ordinal""";
    private static final String DESCRIBE = """
            SELECT column_name AS name, type, 'COLUMN' AS kind,
              CASE nullability WHEN 'NOT_NULL' THEN 'N' ELSE 'Y' END AS "null?", default_sql AS "default",
              CASE key WHEN 'PRIMARY' THEN 'Y' ELSE 'N' END AS "primary key", 'N' AS "unique key", NULL::VARCHAR AS "check",
              NULL::VARCHAR AS expression, comment, NULL::VARCHAR AS "policy name"
            FROM _LOCAL.columns WHERE %s ORDER BY ordinal""";

    Result run(Request request) {
        Tokens in = request.tokens();
        if (!in.accept("SHOW")) {
            return describe(request);
        }
        in.accept("TERSE");
        String kind = in.identifier();
        if (kind.equals("PRIMARY")) {
            in.expect("KEYS");
        }
        return switch (kind) {
            case "TABLES" -> show(request, TABLES.replace("WHERE %s", "WHERE kind = 'TABLE' AND %s"), "table_name");
            case "OBJECTS" -> show(request, TABLES, "table_name");
            case "VIEWS" -> show(request, VIEWS, "table_name");
            case "COLUMNS" -> show(request, COLUMNS, "column_name");
            case "SCHEMAS" -> show(request, SCHEMAS, "schema_name");
            case "DATABASES" -> show(request, DATABASES, "database_name");
            case "STAGES" -> show(request, STAGES, "object_name");
            case "PRIMARY" -> show(request, PRIMARY_KEYS, "table_name");
            default -> throw SnowflakeError.unsupported(in.sql());
        };
    }

    private static Result show(Request request, String template, String nameColumn) {
        Tokens in = request.tokens();
        List<String> where = new ArrayList<>(List.of("true"));
        if (in.accept("HISTORY")) {
            throw SnowflakeError.unsupported(in.sql());
        }
        if (in.accept("LIKE")) {
            where.add(nameColumn + " ILIKE " + QualifiedName.literal(in.string()) + " ESCAPE '\\'");
        }
        if (in.accept("IN")) {
            within(request, where);
        } else if (!nameColumn.equals("database_name")) {
            request.session().database().ifPresent(name -> where.add("database_name = " + QualifiedName.literal(name)));
        }
        if (in.accept("STARTS", "WITH")) {
            where.add("starts_with(" + nameColumn + ", " + QualifiedName.literal(in.string()) + ")");
        }
        String limit = in.accept("LIMIT") ? " LIMIT " + in.integer() : "";
        in.expectEnd();
        String sql = template.replace("%s", String.join(" AND ", where)) + limit;
        return Queries.rows(request, sql, Result.SHOW, Set.of());
    }

    private static void within(Request request, List<String> where) {
        Tokens in = request.tokens();
        if (in.accept("ACCOUNT")) {
            return;
        }
        if (in.accept("DATABASE")) {
            String name =
                    in.peek().isName() ? in.identifier() : request.session().requireDatabase();
            if (!request.catalog().hasDatabase(name)) {
                throw SnowflakeError.missing("Database", name);
            }
            where.add("database_name = " + QualifiedName.literal(name));
        } else if (in.accept("TABLE") || in.accept("VIEW")) {
            where.add(Catalog.where(request.catalog().require(request.object()).name()));
        } else {
            in.accept("SCHEMA");
            schema(
                    request,
                    in.peek().isName() ? in.name() : List.of(request.session().requireSchema()),
                    where);
        }
    }

    private static void schema(Request request, List<String> parts, List<String> where) {
        String database = parts.size() == 2 ? parts.get(0) : request.session().requireDatabase();
        String schema = parts.get(parts.size() - 1);
        if (!request.catalog().hasSchema(database, schema) && !schema.equals("INFORMATION_SCHEMA")) {
            throw SnowflakeError.missing("Schema", database + "." + schema);
        }
        where.add("database_name = " + QualifiedName.literal(database));
        where.add("schema_name = " + QualifiedName.literal(schema));
    }

    private static Result describe(Request request) {
        Tokens in = request.tokens();
        in.next();
        if (!in.accept("TABLE") && !in.accept("VIEW")) {
            throw SnowflakeError.unsupported(in.sql());
        }
        Table table = request.catalog().require(request.object());
        in.expectEnd();
        String sql = DESCRIBE.replace("%s", Catalog.where(table.name()));
        return Queries.rows(request, sql, Result.DESCRIBE, Set.of());
    }
}
