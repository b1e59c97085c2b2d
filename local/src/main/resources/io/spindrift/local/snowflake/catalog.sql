-- schema
CREATE SCHEMA _LOCAL
-- layout
CREATE TABLE _LOCAL.layout (version VARCHAR)
-- objects of every kind; body is a JSON of attributes, columns and constraints
CREATE TABLE _LOCAL.objects (
  space VARCHAR, database_name VARCHAR, schema_name VARCHAR, object_name VARCHAR, session BIGINT, kind VARCHAR,
  created TIMESTAMPTZ, body VARCHAR)
-- account: what every one has, and the user of the stand-in
INSERT INTO _LOCAL.objects
SELECT kind, '', '', name, 0, kind, TIMESTAMPTZ '1970-01-01 00:00:00+00',
  '{"attributes": {' || if(kind = 'ROLE', '', '"OWNER": "ACCOUNTADMIN"') || '}, "columns": [], "constraints": []}'
FROM (VALUES ('ROLE', 'ACCOUNTADMIN'), ('ROLE', 'SECURITYADMIN'), ('ROLE', 'USERADMIN'), ('ROLE', 'SYSADMIN'),
  ('ROLE', 'PUBLIC'), ('WAREHOUSE', 'LOCAL'), ('USER', 'SPINDRIFT')) AS t(kind, name)
-- loads: which files COPY has loaded
CREATE TABLE _LOCAL.loads (
  database_name VARCHAR, schema_name VARCHAR, table_name VARCHAR, session BIGINT, file VARCHAR, md5 VARCHAR,
  row_count BIGINT, loaded TIMESTAMPTZ)
-- visible: what is permanent, and what is temporary in the session that asks
CREATE VIEW _LOCAL.visible AS
SELECT kind, database_name, schema_name, object_name AS name, session, created, a, body,
  concat_ws('.', nullif(database_name, ''), nullif(schema_name, ''), object_name) AS full_name, coalesce(a['OWNER'], '') AS owner, coalesce(a['COMMENT'], '') AS comment
FROM (SELECT *, from_json(json_extract(body, '$.attributes'), '"MAP(VARCHAR, VARCHAR)"') AS a FROM _LOCAL.objects)
WHERE session = 0 OR session = getvariable('session')
-- relations
CREATE VIEW _LOCAL.relations AS
SELECT v.*, name AS table_name, d.estimated_size AS row_count,
  CASE WHEN session <> 0 THEN 'TEMPORARY' WHEN a['TRANSIENT'] IS NOT NULL THEN 'TRANSIENT' ELSE 'TABLE' END AS table_kind,
  CASE WHEN kind = 'DYNAMIC_TABLE' THEN 'Y' ELSE 'N' END AS is_dynamic,
  coalesce(a['DATA_RETENTION_TIME_IN_DAYS'], '1') AS retention,
  CASE WHEN a['CHANGE_TRACKING'] ILIKE 'true' THEN 'ON' ELSE 'OFF' END AS change_tracking,
  CASE WHEN a['ENABLE_SCHEMA_EVOLUTION'] ILIKE 'true' THEN 'Y' ELSE 'N' END AS schema_evolution
FROM _LOCAL.visible v LEFT JOIN duckdb_tables() d
  ON d.schema_name = CASE session WHEN 0 THEN v.database_name || '.' || v.schema_name ELSE '_SESSION.' || session END
  AND d.table_name = CASE session WHEN 0 THEN name ELSE v.database_name || '.' || v.schema_name || '.' || name END
WHERE kind IN ('TABLE', 'VIEW', 'DYNAMIC_TABLE')
-- columns
CREATE VIEW _LOCAL.columns AS
SELECT database_name, schema_name, table_name, session, ordinal, c.name AS column_name, c.sqlType AS type,
  c.dataType AS data_type, c.shown AS show_json, c.type.precision AS precision, c.type.scale AS scale,
  c.type.length AS length, c.properties['NOT NULL'] IS NOT NULL AS not_null, c.properties['DEFAULT'] AS default_sql,
  c.properties['COMMENT'] AS comment
FROM (
  SELECT database_name, schema_name, table_name, session, unnest(list) AS c, unnest(range(1, len(list) + 1)) AS ordinal
  FROM (SELECT *, from_json(json_extract(body, '$.columns'), '[{"name": "VARCHAR", "sqlType": "VARCHAR",
    "dataType": "VARCHAR", "shown": "VARCHAR", "properties": "MAP(VARCHAR, VARCHAR)",
    "type": {"precision": "INTEGER", "scale": "INTEGER", "length": "INTEGER"}}]') AS list FROM _LOCAL.relations))
-- constraints
CREATE VIEW _LOCAL.constraints AS
SELECT database_name, schema_name, table_name, session, created, replace(c.kind, '_', ' ') AS kind, c.name AS name,
  c.columns AS columns, c."table"[1] AS other, c.referenced AS referenced
FROM (
  SELECT database_name, schema_name, table_name, session, created,
    unnest(from_json(json_extract(body, '$.constraints'), '[{"kind": "VARCHAR", "name": "VARCHAR", "columns": ["VARCHAR"],
      "table": [{"database": "VARCHAR", "schema": "VARCHAR", "name": "VARCHAR"}], "referenced": ["VARCHAR"]}]')) AS c
  FROM _LOCAL.relations)
-- keys: the columns of the constraints
CREATE VIEW _LOCAL.keys AS
SELECT *, unnest(columns) AS column_name, unnest(range(1, len(columns) + 1)) AS key_sequence,
  unnest(list_resize(referenced, len(columns))) AS other_column
FROM _LOCAL.constraints
-- foreign keys, with the columns that they refer to
CREATE VIEW _LOCAL.foreign_keys AS
SELECT f.created AS created_on, f.other.database AS pk_database_name, f.other.schema AS pk_schema_name,
  f.other.name AS pk_table_name, f.other_column AS pk_column_name, f.database_name AS fk_database_name,
  f.schema_name AS fk_schema_name, f.table_name AS fk_table_name, f.column_name AS fk_column_name, f.key_sequence,
  'NO ACTION' AS update_rule, 'NO ACTION' AS delete_rule, f.name AS fk_name, p.name AS pk_name,
  'NOT DEFERRABLE' AS deferrability, 'false' AS rely, NULL::VARCHAR AS comment
FROM _LOCAL.keys f LEFT JOIN _LOCAL.constraints p ON p.kind <> 'FOREIGN KEY' AND p.columns = f.referenced
  AND p.database_name = f.other.database AND p.schema_name = f.other.schema AND p.table_name = f.other.name
WHERE f.kind = 'FOREIGN KEY'
ORDER BY pk_database_name, pk_schema_name, pk_table_name, fk_database_name, fk_schema_name, fk_table_name, f.key_sequence
-- routines: none; for tools that ask
CREATE VIEW _LOCAL.routines AS
SELECT now() AS created_on, '' AS name, '' AS schema_name, '' AS is_builtin, '' AS is_aggregate, '' AS is_ansi,
  0 AS min_num_arguments, 0 AS max_num_arguments, '' AS arguments, '' AS description, '' AS catalog_name,
  '' AS is_table_function WHERE false
-- grants, and who owns what
CREATE VIEW _LOCAL.grants AS
SELECT created AS created_on, a['PRIVILEGE'] AS privilege, a['GRANTED_ON'] AS granted_on, a['NAME'] AS name,
  a['GRANTED_TO'] AS granted_to, a['GRANTEE_NAME'] AS grantee_name, a['GRANT_OPTION'] AS grant_option, owner AS granted_by
FROM _LOCAL.visible WHERE kind = 'GRANT'
UNION ALL
SELECT created, 'OWNERSHIP', kind, full_name, 'ROLE', owner,
  'true', owner
FROM _LOCAL.visible WHERE kind <> 'GRANT' AND owner <> ''
