package io.spindrift.local.snowflake;

import java.util.List;

/** The stand-in's own tables, and the views over them that make a database's INFORMATION_SCHEMA. */
final class LocalSchema {
    static final List<String> TABLES = List.of("CREATE SCHEMA IF NOT EXISTS _LOCAL", """
            CREATE TABLE IF NOT EXISTS _LOCAL.databases (database_name VARCHAR, created TIMESTAMPTZ)""", """
            CREATE TABLE IF NOT EXISTS _LOCAL.schemas (
              database_name VARCHAR, schema_name VARCHAR, created TIMESTAMPTZ)""", """
            CREATE TABLE IF NOT EXISTS _LOCAL.tables (
              database_name VARCHAR, schema_name VARCHAR, table_name VARCHAR, kind VARCHAR, comment VARCHAR,
              created TIMESTAMPTZ)""", """
            CREATE TABLE IF NOT EXISTS _LOCAL.columns (
              database_name VARCHAR, schema_name VARCHAR, table_name VARCHAR, ordinal INTEGER, column_name VARCHAR,
              type VARCHAR, nullability VARCHAR, default_sql VARCHAR, key VARCHAR, comment VARCHAR, data_type VARCHAR,
              length INTEGER, precision INTEGER, scale INTEGER, show_json VARCHAR)""", """
            CREATE TABLE IF NOT EXISTS _LOCAL.named_objects (
              kind VARCHAR, database_name VARCHAR, schema_name VARCHAR, object_name VARCHAR, options VARCHAR,
              created TIMESTAMPTZ)""", """
            CREATE TABLE IF NOT EXISTS _LOCAL.loads (
              database_name VARCHAR, schema_name VARCHAR, table_name VARCHAR, file VARCHAR, md5 VARCHAR, row_count BIGINT,
              loaded TIMESTAMPTZ)""");

    private LocalSchema() {}

    static List<String> informationSchema(String database) {
        String into = "CREATE VIEW " + QualifiedName.quote(database + ".INFORMATION_SCHEMA") + ".";
        String of = " WHERE database_name = " + QualifiedName.literal(database);
        return List.of(into + TABLES_VIEW + of, into + COLUMNS_VIEW + of, into + SCHEMATA_VIEW + of);
    }

    static final List<String> VIEWS = List.of("TABLES", "COLUMNS", "SCHEMATA");

    private static final String TABLES_VIEW = """
            "TABLES" AS SELECT database_name AS "TABLE_CATALOG", schema_name AS "TABLE_SCHEMA", table_name AS "TABLE_NAME",
              'ACCOUNTADMIN' AS "TABLE_OWNER", CASE kind WHEN 'VIEW' THEN 'VIEW' ELSE 'BASE TABLE' END AS "TABLE_TYPE",
              'NO' AS "IS_TRANSIENT", NULL::VARCHAR AS "CLUSTERING_KEY",
              (SELECT estimated_size FROM duckdb_tables() d
                WHERE d.schema_name = t.database_name || '.' || t.schema_name AND d.table_name = t.table_name)
                AS "ROW_COUNT",
              NULL::BIGINT AS "BYTES", 1 AS "RETENTION_TIME", created AS "CREATED", created AS "LAST_ALTERED",
              comment AS "COMMENT"
            FROM _LOCAL.tables t""";

    private static final String COLUMNS_VIEW = """
            "COLUMNS" AS SELECT database_name AS "TABLE_CATALOG", schema_name AS "TABLE_SCHEMA",
              table_name AS "TABLE_NAME", column_name AS "COLUMN_NAME", ordinal AS "ORDINAL_POSITION",
              default_sql AS "COLUMN_DEFAULT", CASE nullability WHEN 'NOT_NULL' THEN 'NO' ELSE 'YES' END AS "IS_NULLABLE",
              data_type AS "DATA_TYPE",
              CASE WHEN data_type IN ('TEXT', 'BINARY') THEN length END AS "CHARACTER_MAXIMUM_LENGTH",
              CASE data_type WHEN 'TEXT' THEN least(4 * length::BIGINT, 134217728) WHEN 'BINARY' THEN length END
                AS "CHARACTER_OCTET_LENGTH",
              CASE data_type WHEN 'NUMBER' THEN precision END AS "NUMERIC_PRECISION",
              CASE data_type WHEN 'NUMBER' THEN 10 END AS "NUMERIC_PRECISION_RADIX",
              CASE data_type WHEN 'NUMBER' THEN scale END AS "NUMERIC_SCALE",
              CASE WHEN data_type LIKE 'TIME%' THEN scale END AS "DATETIME_PRECISION",
              'NO' AS "IS_IDENTITY", comment AS "COMMENT"
            FROM _LOCAL.columns""";

    private static final String SCHEMATA_VIEW = """
            "SCHEMATA" AS SELECT database_name AS "CATALOG_NAME", schema_name AS "SCHEMA_NAME",
              'ACCOUNTADMIN' AS "SCHEMA_OWNER", 'NO' AS "IS_TRANSIENT", created AS "CREATED",
              created AS "LAST_ALTERED", NULL::VARCHAR AS "COMMENT"
            FROM _LOCAL.schemas""";
}
