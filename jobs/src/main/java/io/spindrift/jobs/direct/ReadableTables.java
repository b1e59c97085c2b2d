package io.spindrift.jobs.direct;

import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.spindrift.jobs.config.PipelineConfig.Postgres;
import io.spindrift.jobs.route.SourceTable;
import java.util.stream.Collectors;
import org.apache.flink.cdc.connectors.postgres.source.PostgresDialect;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.postgresql.util.PSQLException;

/** Refuses tables whose changes or values would be lost on the way, before any is read. The database itself looks, and fails with what it finds. */
final class ReadableTables {

    /**
     * Of the types, Flink CDC's snapshot reads TIME without its microseconds, and the others not as Debezium's converters want them. A
     * publication with a filter of rows or columns, or without an operation, sends less than there is.
     */
    private static final String CHECK = """
            DO $spindrift$
            DECLARE
              publication CONSTANT text := '%1$s';
              wanted CONSTANT text[] := ARRAY[%2$s];
              found text;
              problems text[] := '{}';
              missing text;
            BEGIN
              IF current_setting('wal_level') <> 'logical' THEN
                problems := problems || format('wal_level is %%s: it must be logical', current_setting('wal_level'));
              END IF;
              IF pg_is_in_recovery() THEN
                problems := problems || 'the server is a standby: changes are read from a primary alone'::text;
              END IF;
              SELECT slot_name INTO found FROM pg_replication_slots WHERE slot_name ~ '^%3$s_[0-9]+$' LIMIT 1;
              IF found IS NOT NULL THEN
                problems := problems || format('replication slot %%s has a name that the snapshot uses and drops: give source.postgres.slot-name another one', found);
              END IF;
              found := NULL;
              SELECT 'found' INTO found FROM pg_publication
                WHERE pubname = publication AND pubinsert AND pubupdate AND pubdelete AND pubtruncate AND NOT pubviaroot;
              IF found IS NULL THEN
                problems := problems || format('publication %%s is not there, or lacks one of insert, update, delete and truncate, or publishes via the partition root', publication);
              END IF;
              FOREACH missing IN ARRAY wanted LOOP
                IF NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname || '.' || c.relname = missing AND c.relkind = 'r' AND c.relpersistence = 'p') THEN
                  problems := problems || format('%%s is no ordinary, logged table', missing);
                ELSIF NOT EXISTS (SELECT FROM pg_publication_tables
                    WHERE pubname = publication AND schemaname || '.' || tablename = missing) THEN
                  problems := problems || format('publication %%s has no table %%s', publication, missing);
                END IF;
                IF NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname || '.' || c.relname = missing AND i.indisprimary) THEN
                  problems := problems || format('%%s has no primary key', missing);
                END IF;
              END LOOP;
              IF current_setting('server_version_num')::int >= 150000 THEN
                EXECUTE 'SELECT string_agg(schemaname || ''.'' || tablename, '', '') FROM pg_publication_tables p
                    WHERE pubname = $1 AND schemaname || ''.'' || tablename = ANY ($2) AND (rowfilter IS NOT NULL
                      OR cardinality(attnames) < (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = p.schemaname AND c.relname = p.tablename
                        AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''''))'
                  INTO missing USING publication, wanted;
                IF missing IS NOT NULL THEN
                  problems := problems || format('publication %%s filters rows or columns of %%s', publication, missing);
                END IF;
              END IF;
              FOR missing IN SELECT table_schema || '.' || table_name || '.' || column_name || ' (' || udt_name || ')'
                  FROM information_schema.columns
                  WHERE %4$s AND table_schema || '.' || table_name = ANY (wanted) AND udt_name IN ('time', 'timetz', 'money', 'bit', 'varbit')
                  ORDER BY 1 LOOP
                problems := problems || format('%%s has a type that the snapshot without Kafka does not read exactly', missing);
              END LOOP;
              IF cardinality(problems) > 0 THEN
                RAISE EXCEPTION '%%', array_to_string(problems, '; ');
              END IF;
            END $spindrift$""";

    private static final String RAISED = "P0001";

    private final Postgres database;

    ReadableTables(Postgres database) {
        this.database = database;
    }

    /** Ahead of the snapshot, or within it. */
    void requireForSnapshot(PostgresDialect dialect) {
        require(dialect, check("TRUE"));
    }

    /** Behind the snapshot: the stream reads every type exactly. */
    void requireForStream(PostgresDialect dialect) {
        require(dialect, check("FALSE"));
    }

    private static void require(PostgresDialect dialect, String check) {
        try (PostgresConnection connection = dialect.openJdbcConnection()) {
            connection.execute(check);
        } catch (Exception e) {
            IllegalStateException failure =
                    new IllegalStateException("source.postgres cannot be read: " + e.getMessage(), e);
            throw isFound(e) ? new SuppressRestartsException(failure) : failure;
        }
    }

    /** What the check itself raises stays; a database that is away comes back. */
    private static boolean isFound(Exception e) {
        return e instanceof PSQLException failure
                && failure.getServerErrorMessage() != null
                && RAISED.equals(failure.getServerErrorMessage().getSQLState());
    }

    private String check(String ofTypes) {
        String tables = database.tables().stream()
                .map(SourceTable::toString)
                .sorted()
                .map(table -> "'" + table + "'")
                .collect(Collectors.joining(", "));
        return CHECK.formatted(database.publication(), tables, database.slotName(), ofTypes);
    }
}
