-- schema
CREATE SCHEMA _LOCAL
-- layout
CREATE TABLE _LOCAL.layout (version VARCHAR)
-- objects of every kind; body is a JSON of attributes, columns and constraints
CREATE TABLE _LOCAL.objects (
  space VARCHAR, kind VARCHAR, database_name VARCHAR, schema_name VARCHAR, object_name VARCHAR, session BIGINT,
  created TIMESTAMPTZ, body VARCHAR)
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
  c.properties['COMMENT'] AS comment, string_split(c.properties['IDENTITY'], ',') AS identity
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
