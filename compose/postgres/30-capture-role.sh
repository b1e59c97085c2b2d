#!/usr/bin/env bash
# Gives the connector's role, which sql/source/schema.sql has made, its password. Runs once, when the database is made.
set -euo pipefail
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -v password="$SHOP_DB_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
ALTER ROLE spindrift_cdc PASSWORD :'password';
SQL
