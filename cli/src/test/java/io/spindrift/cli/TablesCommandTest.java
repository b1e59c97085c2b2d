package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.config.PipelineFile;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.DeclaredTables.Column;
import io.spindrift.jobs.debezium.DeclaredTables.Table;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.local.postgres.PostgresServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Against a real PostgreSQL. What the command prints is read back as a pipeline file. */
class TablesCommandTest {

    private static final String TABLES = """
        CREATE EXTENSION citext;
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE DOMAIN price AS numeric(12,2) CHECK (VALUE >= 0);
        CREATE DOMAIN low_price AS price CHECK (VALUE < 10);
        CREATE TYPE address AS (street text);
        CREATE TABLE orders (
          "Order Id" bigint, line int, total numeric(12,2) NOT NULL, "null" timestamptz, at timestamp(3), code char(5),
          feeling mood, feelings mood[], cost price, low low_price, who citext, home address, area box, took interval,
          gone int, tags text[], twice int GENERATED ALWAYS AS (line * 2) STORED, PRIMARY KEY (line, "Order Id"));
        ALTER TABLE orders DROP COLUMN gone;
        CREATE TABLE log (message varchar(20));
        CREATE TABLE "a.b" (id int);
        CREATE VIEW seen AS SELECT 1 AS one;
        CREATE SCHEMA sales;
        CREATE TABLE sales.parts (id uuid PRIMARY KEY) PARTITION BY HASH (id);
        """;

    private static final String PIPELINE = """
        source:
          bootstrap-servers: b:1
          topics: t
          connector:
            decimal-handling-mode: string
            interval-handling-mode: string
        sink: {url: 'jdbc:snowflake://a/', user: u, password: p, database: d}
        pipeline: {name: shop}
        """;

    @TempDir
    Path directory = Path.of("unset");

    @Test
    void whatTheCatalogSaysIsReadBackAsAPipelineFile() throws Exception {
        try (PostgresServer postgres = PostgresServer.start(directory.resolve("postgres"))) {
            try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl());
                    Statement statement = connection.createStatement()) {
                statement.execute(TABLES);
            }
            Run run = run("--source", postgres.jdbcUrl(), "--schema", "public", "sales");
            assertThat(run.err).isEmpty();
            assertThat(run.exitCode).isZero();
            assertThat(declared(run.out)).containsExactly(LOG, ORDERS, PARTS);
            assertThat(run.out)
                    .contains(
                            "  # \"public.a.b\": a name with a dot cannot be declared\n",
                            "      # area: box  # no type of PostgreSQL that Debezium sends",
                            "      # home: address  # no type of PostgreSQL that Debezium sends",
                            "      # low: low_price  # no type of PostgreSQL that Debezium sends",
                            "      # twice: integer  # generated, and sent by snapshots alone: exclude it",
                            "    # no primary key: the Kafka key must name columns")
                    .doesNotContain("gone", "seen");
            Run none = run("--source", postgres.jdbcUrl(), "--schema", "nowhere");
            assertThat(none.exitCode).isEqualTo(1);
            assertThat(none.err).startsWith("no tables in [nowhere]");
            Run wrong = run("--source", postgres.jdbcUrl() + "wrong");
            assertThat(wrong.exitCode).isEqualTo(1);
            assertThat(wrong.err).contains("SQL state 28P01").doesNotContain(postgres.superuserPassword());
        }
        assertThat(run("--source", "postgres://a").exitCode).isEqualTo(2);
    }

    private static final Table LOG = new Table(
            new SourceTable("public", "log"),
            List.of(new Column("message", "character varying(20)", false)),
            List.of());

    private static final Table ORDERS = new Table(
            new SourceTable("public", "orders"),
            List.of(
                    new Column("Order Id", "bigint", true),
                    new Column("line", "integer", true),
                    new Column("total", "numeric(12,2)", true),
                    new Column("null", "timestamp with time zone", false),
                    new Column("at", "timestamp(3) without time zone", false),
                    new Column("code", "character(5)", false),
                    new Column("feeling", "enum", false),
                    new Column("feelings", "enum[]", false),
                    new Column("cost", "numeric(12,2)", false),
                    new Column("who", "citext", false),
                    new Column("took", "interval", false),
                    new Column("tags", "text[]", false)),
            List.of("Order Id", "line"));

    private static final Table PARTS =
            new Table(new SourceTable("sales", "parts"), List.of(new Column("id", "uuid", true)), List.of("id"));

    private List<Table> declared(String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("pipeline.yaml"), PIPELINE + yaml);
        DeclaredTables declared = PipelineFile.read(file, List.of(), name -> null)
                .source()
                .decoding()
                .declared();
        return declared.tables();
    }

    private record Run(int exitCode, String out, String err) {}

    private static Run run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        String[] all = Arrays.copyOf(new String[] {"tables"}, arguments.length + 1);
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return new Run(line.execute(all), out.toString(), err.toString());
    }
}
