-- DATABASES
SELECT created AS created_on, name, 'N' AS is_default, CASE WHEN name = %database THEN 'Y' ELSE 'N' END AS is_current,
  '' AS origin, owner, comment, CASE WHEN a['TRANSIENT'] IS NULL THEN '' ELSE 'TRANSIENT' END AS options,
  coalesce(a['DATA_RETENTION_TIME_IN_DAYS'], '1') AS retention_time, 'STANDARD' AS kind
FROM _LOCAL.visible WHERE kind = 'DATABASE' ORDER BY name
-- SCHEMAS
SELECT created AS created_on, name, 'N' AS is_default,
  CASE WHEN database_name = %database AND name = %schema THEN 'Y' ELSE 'N' END AS is_current, database_name, owner, comment,
  CASE WHEN a['TRANSIENT'] IS NULL THEN '' ELSE 'TRANSIENT' END AS options,
  coalesce(a['DATA_RETENTION_TIME_IN_DAYS'], '1') AS retention_time
FROM (SELECT created, name, database_name, owner, comment, a FROM _LOCAL.visible WHERE kind = 'SCHEMA'
  UNION ALL
  SELECT created, 'INFORMATION_SCHEMA', name, '', 'Views describing the contents of schemas in this database', MAP {}
  FROM _LOCAL.visible WHERE kind = 'DATABASE')
ORDER BY database_name, name
-- TABLES
SELECT created AS created_on, name, database_name, schema_name, table_kind AS kind, comment,
  coalesce('LINEAR' || a['CLUSTER BY'], '') AS cluster_by, row_count AS "rows", NULL::BIGINT AS bytes, owner,
  retention AS retention_time, change_tracking, 'N' AS is_external, schema_evolution AS enable_schema_evolution,
  'ROLE' AS owner_role_type, 'N' AS is_event, 'N' AS is_hybrid, 'N' AS is_iceberg, is_dynamic
FROM _LOCAL.relations r WHERE r.kind <> 'VIEW' ORDER BY database_name, schema_name, name
-- OBJECTS
SELECT created AS created_on, name, database_name, schema_name, CASE r.kind WHEN 'VIEW' THEN 'VIEW' ELSE table_kind END AS kind,
  comment, coalesce('LINEAR' || a['CLUSTER BY'], '') AS cluster_by, row_count AS "rows", NULL::BIGINT AS bytes, owner,
  retention AS retention_time, 'ROLE' AS owner_role_type, 'N' AS is_hybrid, is_dynamic, 'N' AS is_iceberg
FROM _LOCAL.relations r ORDER BY database_name, schema_name, name
-- VIEWS
SELECT created AS created_on, name, '' AS reserved, database_name, schema_name, owner, comment, a['TEXT'] AS text,
  CASE WHEN a['SECURE'] IS NULL THEN 'false' ELSE 'true' END AS is_secure, 'false' AS is_materialized,
  'ROLE' AS owner_role_type, change_tracking
FROM _LOCAL.relations r WHERE r.kind = 'VIEW' ORDER BY database_name, schema_name, name
-- DYNAMIC TABLES
SELECT created AS created_on, name, database_name, schema_name, '' AS cluster_by, NULL::BIGINT AS "rows",
  NULL::BIGINT AS bytes, owner, a['TARGET_LAG'] AS target_lag,
  CASE WHEN coalesce(a['REFRESH_MODE'], 'AUTO') = 'AUTO' THEN 'INCREMENTAL' ELSE a['REFRESH_MODE'] END AS refresh_mode,
  NULL::VARCHAR AS refresh_mode_reason, a['WAREHOUSE'] AS warehouse, comment, a['TEXT'] AS text,
  'OFF' AS automatic_clustering, 'ACTIVE' AS scheduling_state,
  NULL::TIMESTAMPTZ AS last_suspended_on, 'false' AS is_clone, 'false' AS is_replica, now() AS data_timestamp,
  'ROLE' AS owner_role_type
FROM _LOCAL.relations WHERE kind = 'DYNAMIC_TABLE' ORDER BY database_name, schema_name, name
-- COLUMNS column_name
SELECT table_name, schema_name, column_name, show_json AS data_type,
  CASE WHEN not_null THEN 'NOT_NULL' ELSE 'true' END AS "null?", default_sql AS "default", 'COLUMN' AS kind,
  '' AS expression, coalesce(comment, '') AS comment, database_name,
  '' AS autoincrement
FROM _LOCAL.columns ORDER BY database_name, schema_name, table_name, ordinal
-- STAGES
SELECT created AS created_on, name, database_name, schema_name, '' AS url, 'N' AS has_credentials,
  'N' AS has_encryption_key, owner, comment, NULL::VARCHAR AS region, 'INTERNAL' AS type, NULL::VARCHAR AS cloud,
  NULL::VARCHAR AS notification_channel, NULL::VARCHAR AS storage_integration, NULL::VARCHAR AS endpoint,
  'ROLE' AS owner_role_type, CASE WHEN a['DIRECTORY'] ILIKE '%true%' THEN 'Y' ELSE 'N' END AS directory_enabled
FROM _LOCAL.visible WHERE kind = 'STAGE' ORDER BY database_name, schema_name, name
-- FILE FORMATS
SELECT created AS created_on, name, database_name, schema_name, coalesce(trim(a['TYPE'], ''''), 'CSV') AS type, owner, comment,
  '' AS format_options, 'ROLE' AS owner_role_type
FROM _LOCAL.visible WHERE kind = 'FILE_FORMAT' ORDER BY database_name, schema_name, name
-- ROLES
SELECT created AS created_on, name, 'N' AS is_default, CASE WHEN name = %role THEN 'Y' ELSE 'N' END AS is_current,
  'N' AS is_inherited, (SELECT count(*) FROM _LOCAL.visible g WHERE g.kind = 'GRANT' AND g.a['PRIVILEGE'] = 'USAGE'
    AND g.a['GRANTED_ON'] = 'ROLE' AND g.a['NAME'] = r.name AND g.a['GRANTED_TO'] = 'USER') AS assigned_to_users,
  (SELECT count(*) FROM _LOCAL.visible g WHERE g.kind = 'GRANT' AND g.a['PRIVILEGE'] = 'USAGE'
    AND g.a['GRANTED_ON'] = 'ROLE' AND g.a['NAME'] = r.name AND g.a['GRANTED_TO'] = 'ROLE') AS granted_to_roles,
  (SELECT count(*) FROM _LOCAL.visible g WHERE g.kind = 'GRANT' AND g.a['PRIVILEGE'] = 'USAGE'
    AND g.a['GRANTED_ON'] = 'ROLE' AND g.a['GRANTED_TO'] = 'ROLE' AND g.a['GRANTEE_NAME'] = r.name) AS granted_roles,
  owner, comment
FROM _LOCAL.visible r WHERE kind = 'ROLE' ORDER BY name
-- USERS
SELECT name, created AS created_on, coalesce(a['LOGIN_NAME'], name) AS login_name, coalesce(a['DISPLAY_NAME'], name) AS display_name,
  coalesce(a['FIRST_NAME'], '') AS first_name, coalesce(a['LAST_NAME'], '') AS last_name, coalesce(a['EMAIL'], '') AS email,
  '' AS mins_to_unlock, '' AS days_to_expiry, comment, lower(coalesce(a['DISABLED'], 'false')) AS disabled,
  lower(coalesce(a['MUST_CHANGE_PASSWORD'], 'false')) AS must_change_password,
  coalesce(a['DEFAULT_WAREHOUSE'], '') AS default_warehouse, coalesce(a['DEFAULT_NAMESPACE'], '') AS default_namespace,
  coalesce(a['DEFAULT_ROLE'], '') AS default_role, owner, coalesce(a['TYPE'], '') AS type,
  CASE WHEN a['PASSWORD'] IS NULL THEN 'false' ELSE 'true' END AS has_password,
  CASE WHEN a['RSA_PUBLIC_KEY'] IS NULL AND a['RSA_PUBLIC_KEY_2'] IS NULL THEN 'false' ELSE 'true' END AS has_rsa_public_key
FROM _LOCAL.visible WHERE kind = 'USER' ORDER BY name
-- WAREHOUSES
SELECT name, CASE WHEN name IN (%suspended) THEN 'SUSPENDED' ELSE 'STARTED' END AS state,
  coalesce(a['WAREHOUSE_TYPE'], 'STANDARD') AS type,
  CASE replace(upper(coalesce(a['WAREHOUSE_SIZE'], 'XSMALL')), '-', '') WHEN 'XSMALL' THEN 'X-Small' WHEN 'SMALL' THEN 'Small'
    WHEN 'MEDIUM' THEN 'Medium' WHEN 'LARGE' THEN 'Large' WHEN 'XLARGE' THEN 'X-Large' ELSE a['WAREHOUSE_SIZE'] END AS size,
  coalesce(a['MIN_CLUSTER_COUNT'], '1')::INTEGER AS min_cluster_count,
  coalesce(a['MAX_CLUSTER_COUNT'], '1')::INTEGER AS max_cluster_count,
  CASE WHEN name IN (%suspended) THEN 0 ELSE 1 END AS started_clusters, 0 AS running, 0 AS queued, 'N' AS is_default,
  CASE WHEN name = %warehouse THEN 'Y' ELSE 'N' END AS is_current,
  TRY_CAST(coalesce(a['AUTO_SUSPEND'], '600') AS INTEGER) AS auto_suspend,
  lower(coalesce(a['AUTO_RESUME'], 'true')) AS auto_resume, created AS created_on, owner, comment,
  'null' AS resource_monitor, coalesce(a['SCALING_POLICY'], 'STANDARD') AS scaling_policy
FROM _LOCAL.visible WHERE kind = 'WAREHOUSE' ORDER BY name
-- GRANTS
SELECT * FROM _LOCAL.grants ORDER BY granted_on, name, privilege
-- GRANTS OF ROLE role
SELECT created_on, name AS role, granted_to, grantee_name, granted_by FROM _LOCAL.grants
WHERE granted_on = 'ROLE' AND privilege = 'USAGE' ORDER BY granted_to, grantee_name
-- PRIMARY KEYS table_name
SELECT created AS created_on, database_name, schema_name, table_name, column_name, key_sequence, name AS constraint_name,
  'false' AS rely, NULL::VARCHAR AS comment
FROM _LOCAL.keys WHERE kind = 'PRIMARY KEY' ORDER BY database_name, schema_name, table_name, key_sequence
-- UNIQUE KEYS table_name
SELECT created AS created_on, database_name, schema_name, table_name, column_name, key_sequence, name AS constraint_name,
  'false' AS rely, NULL::VARCHAR AS comment
FROM _LOCAL.keys WHERE kind = 'UNIQUE' ORDER BY database_name, schema_name, table_name, name, key_sequence
-- IMPORTED KEYS fk_table_name
SELECT * FROM _LOCAL.foreign_keys
-- EXPORTED KEYS pk_table_name
SELECT * FROM _LOCAL.foreign_keys
-- PROCEDURES
SELECT * FROM _LOCAL.routines
-- FUNCTIONS
SELECT * FROM _LOCAL.routines
-- USER FUNCTIONS
SELECT * FROM _LOCAL.routines
-- PARAMETERS key
SELECT key, value, '' AS "default", 'SESSION' AS level, '' AS description, 'STRING' AS type
FROM (VALUES %parameters) AS t(key, value) ORDER BY key
-- DESCRIBE
SELECT column_name AS name, type, 'COLUMN' AS kind, CASE WHEN not_null THEN 'N' ELSE 'Y' END AS "null?",
  default_sql AS "default",
  CASE WHEN EXISTS (SELECT 1 FROM _LOCAL.keys k WHERE k.kind = 'PRIMARY KEY' AND k.column_name = c.column_name
    AND k.session = c.session AND %where) THEN 'Y' ELSE 'N' END AS "primary key",
  CASE WHEN EXISTS (SELECT 1 FROM _LOCAL.keys k WHERE k.kind = 'UNIQUE' AND k.column_name = c.column_name
    AND k.session = c.session AND %where) THEN 'Y' ELSE 'N' END AS "unique key",
  NULL::VARCHAR AS "check", NULL::VARCHAR AS expression, comment, NULL::VARCHAR AS "policy name"
FROM _LOCAL.columns c WHERE %where ORDER BY ordinal
-- DESCRIBE DATABASE
SELECT created AS created_on, name, kind FROM _LOCAL.visible WHERE kind = 'SCHEMA' AND database_name = %name ORDER BY name
-- DESCRIBE SCHEMA
SELECT created AS created_on, name, CASE kind WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END AS kind FROM _LOCAL.relations
WHERE database_name = %database AND schema_name = %name ORDER BY name
-- DESCRIBE WAREHOUSE
SELECT created AS created_on, name, kind FROM _LOCAL.visible WHERE kind = 'WAREHOUSE' AND name = %name
-- DESCRIBE USER
SELECT property, CASE property WHEN 'PASSWORD' THEN '********' ELSE a[property] END AS value, NULL::VARCHAR AS "default",
  NULL::VARCHAR AS description
FROM (SELECT a, unnest(map_keys(a)) AS property
  FROM (SELECT map_concat(MAP {'NAME': name}, a) AS a FROM _LOCAL.visible WHERE kind = 'USER' AND name = %name)) WHERE property <> 'OWNER' ORDER BY property
