package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.local.LocalStack;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * {@code bin/spindrift check} against the real stack: the shop as it is set up, then a connector and tables that are set up badly; and {@code
 * bin/spindrift connector}, which shares the stack.
 */
class CheckCommandITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();
    private static final Duration STEP = Duration.ofSeconds(60);
    private static final String BAD = "bad";

    private static final String BAD_TABLES = """
            CREATE TYPE place AS (street text, number int);
            CREATE TABLE no_key (a int, b text);
            CREATE TABLE no_identity (id int PRIMARY KEY);
            ALTER TABLE no_identity REPLICA IDENTITY NOTHING;
            CREATE TABLE by_email (id int PRIMARY KEY, email text NOT NULL UNIQUE);
            ALTER TABLE by_email REPLICA IDENTITY USING INDEX by_email_email_key;
            CREATE TABLE unpublished (id int PRIMARY KEY);
            CREATE TABLE filtered (id int PRIMARY KEY, kept text, left_out text);
            CREATE DOMAIN price AS numeric(12, 2);
            CREATE TABLE odd (
                id int PRIMARY KEY, samples float8[], total numeric, cost price, gap interval, picture bytea,
                language text DEFAULT 'en', at_lsn pg_lsn, home place, matrix int[][], label name, flags bit varying(8), mask bit(8),
                doubled int GENERATED ALWAYS AS (id * 2) STORED, opens timetz);
            CREATE TABLE sound (id int PRIMARY KEY, note text, sizes int[]);
            CREATE TABLE full_identity (id int PRIMARY KEY, samples float8[]);
            ALTER TABLE full_identity REPLICA IDENTITY FULL;
            CREATE PUBLICATION bad_publication FOR TABLE no_key, no_identity, by_email, odd, sound, full_identity,
                filtered (id, kept) WHERE (id > 0) WITH (publish = 'insert, update, delete');
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO spindrift_cdc;
            """;

    private final Path directory;

    CheckCommandITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    private record Answer(int exitCode, String out) {}

    private Answer check(String... arguments) {
        return checkFile(directory.resolve("pipeline.yaml"), arguments);
    }

    private static Answer checkFile(Path file, String... arguments) {
        StringWriter out = new StringWriter();
        CommandLine console = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
        List<String> all = new ArrayList<>(List.of("check", "--config", file.toString()));
        all.addAll(List.of(arguments));
        return new Answer(console.execute(all.toArray(String[]::new)), out.toString());
    }

    @Test
    void theLocalPipelineIsSoundAndWhatIsSetUpBadlyIsFound() throws Exception {
        try (LocalPipeline pipeline = LocalPipeline.start(HOME, directory, System.out::println)) {
            theShopIsSound(pipeline);
            LocalStack stack = pipeline.stack();
            execute(stack, BAD_TABLES);
            compactedTopic(stack);
            staleDeclarationsAreFound(stack);
            try {
                stack.connect().deploy(BAD, badConnector(stack));
                Await.until("its slot is read", STEP, () -> findings().stream()
                        .noneMatch(finding -> finding.contains("slot bad_slot")));
                badSettingsAreFound();
                badTablesAreFound();
            } finally {
                stack.connect().delete(BAD);
            }
            new ConnectorLifecycle(HOME, stack, directory).run();
        }
    }

    private void theShopIsSound(LocalPipeline pipeline) throws Exception {
        Await.until("the shop's topics are there", STEP, () -> !check().out().contains("[topic-missing]"));
        Answer answer = check();
        assertThat(answer.exitCode()).as(answer.out()).isZero();
        assertThat(answer.out())
                .doesNotContain("LOSES DATA", "BENDS VALUES", "not checked")
                .doesNotContain(pipeline.stack().source().capturePassword())
                .doesNotContain(pipeline.snowflake().password());
        Answer alone = check("--set", "source.connect.url=http://127.0.0.1:9");
        assertThat(alone.exitCode()).isZero();
        assertThat(alone.out()).contains("not checked:  Connect at http://127.0.0.1:9 cannot be reached");
        Answer stranger = check("--set", "source.database.password=wrong", "--set", "sink.password=wrong");
        assertThat(stranger.out())
                .contains("not checked:  the source's catalog at jdbc:postgresql://")
                .contains("[warehouse-login]");
    }

    /** What {@code bin/spindrift tables} prints, and an ALTER TABLE later. */
    private void staleDeclarationsAreFound(LocalStack stack) throws Exception {
        StringWriter tables = new StringWriter();
        Main.commandLine()
                .setOut(new PrintWriter(tables))
                .execute("tables", "--source", stack.source().jdbcUrl());
        String file = Files.readString(directory.resolve("pipeline.yaml"))
                .replaceFirst(" {2}connect:\n.*\n.*\n", "")
                .replace("format: avro", "format: json-plain\n  connector: {interval-handling-mode: string}");
        Path plain = Files.writeString(directory.resolve("plain.yaml"), file + tables);
        assertThat(declarationFindings(plain))
                .containsExactly(
                        "loses data | declared-columns-differ | public.odd.flags | not declared; the source has bit varying(8)",
                        "loses data | declared-columns-differ | public.odd.label | not declared; the source has name");
        execute(stack, "ALTER TABLE odd ALTER COLUMN total TYPE numeric(12,4)");
        try {
            assertThat(declarationFindings(plain))
                    .contains(
                            "bends values | declared-type-differs | public.odd.total | declared numeric; the source has"
                                    + " numeric(12,4)");
        } finally {
            execute(stack, "ALTER TABLE odd ALTER COLUMN total TYPE numeric");
        }
    }

    private List<String> declarationFindings(Path file) throws Exception {
        Answer answer = checkFile(file, "--format", "json", "--set", "source.topic-pattern=bad\\.public\\..*");
        return findings(answer).stream()
                .filter(finding -> finding.contains("declared"))
                .toList();
    }

    private static void execute(LocalStack stack, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(stack.source().jdbcUrl());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void compactedTopic(LocalStack stack) throws Exception {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", stack.kafka().bootstrapServers()))) {
            NewTopic topic = new NewTopic(BAD + ".public.odd", 1, (short) 1)
                    .configs(Map.of("cleanup.policy", "compact", "retention.ms", "3600000"));
            admin.createTopics(List.of(topic)).all().get();
        }
    }

    /** The shop's own, with Debezium's defaults where these lose something. */
    private static Map<String, String> badConnector(LocalStack stack) {
        Map<String, String> config = new TreeMap<>(stack.source().connectorConfig(stack.registry()));
        config.keySet()
                .removeIf(key -> key.contains("converter")
                        || key.equals("skipped.operations")
                        || key.equals("event.converting.failure.handling.mode")
                        || key.equals("interval.handling.mode")
                        || key.equals("heartbeat.interval.ms"));
        config.put("key.converter", "org.apache.kafka.connect.json.JsonConverter");
        config.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
        config.put("topic.prefix", BAD);
        config.put("slot.name", "bad_slot");
        config.put("slot.drop.on.stop", "true");
        config.put("publication.name", "bad_publication");
        config.put("snapshot.mode", "no_data");
        config.put("table.include.list", "public\\.(no_|by_|un|odd|sound|full|filtered).*");
        config.put("decimal.handling.mode", "double");
        config.put("binary.handling.mode", "base64");
        config.put("unavailable.value.placeholder", "left out");
        return config;
    }

    private List<String> findings() throws Exception {
        Answer answer = check(
                "--format",
                "json",
                "--set",
                "source.connect.connector=" + BAD,
                "--set",
                "source.topic-pattern=bad\\.public\\..*");
        assertThat(new ObjectMapper().readTree(answer.out()).path("notChecked")).isEmpty();
        return findings(answer);
    }

    private static List<String> findings(Answer answer) throws Exception {
        assertThat(answer.exitCode()).as(answer.out()).isEqualTo(1);
        JsonNode report = new ObjectMapper().readTree(answer.out());
        List<String> findings = new ArrayList<>();
        for (JsonNode finding : report.path("findings")) {
            findings.add(Stream.of("severity", "rule", "where", "seen")
                    .map(name -> finding.path(name).asText())
                    .reduce((left, right) -> left + " | " + right)
                    .orElseThrow());
        }
        return findings;
    }

    private void badSettingsAreFound() throws Exception {
        assertThat(findings())
                .contains(
                        "loses data | skipped-operations | connector bad | skipped.operations=t (the default)",
                        "loses data | slot-dropped-on-stop | connector bad | slot.drop.on.stop=true",
                        "bends values | placeholder | connector bad | unavailable.value.placeholder=left out",
                        "bends values | decimal-as-double | connector bad | decimal.handling.mode=double: public.odd.total, public.odd.cost",
                        "loses data | interval-as-number | connector bad | interval.handling.mode=numeric (the default): public.odd.gap",
                        "bends values | null-becomes-default | connector bad | value.converter.replace.null.with.default is not set: public.odd.language",
                        "risk | snapshot-mode | connector bad | snapshot.mode=no_data",
                        "risk | wal-not-released | connector bad | heartbeat.interval.ms=0 (the default)",
                        "risk | conversion-failures | connector bad | event.converting.failure.handling.mode=warn (the default)",
                        "risk | connector-version | connector bad | Debezium 3.6.3.Final",
                        "note | binary-as-text | connector bad | binary.handling.mode=base64: public.odd.picture")
                .noneMatch(finding -> finding.contains("connector-not-running"));
    }

    private void badTablesAreFound() throws Exception {
        List<String> findings = findings();
        assertThat(findings)
                .contains(
                        "loses data | no-key | public.no_key | no primary key, and no unique index over NOT NULL columns; REPLICA IDENTITY DEFAULT",
                        "loses data | identity-nothing | public.no_identity | REPLICA IDENTITY NOTHING",
                        "loses data | identity-other-index | public.by_email | the log has [email] of an old row, the key is [id]",
                        "loses data | column-absent | public.odd | at_lsn pg_lsn, home place",
                        "loses data | array-of-arrays | public.odd | matrix integer[]",
                        "loses data | bit-without-type | public.odd | mask bit(8); column.propagate.source.type does not name any",
                        "loses data | table-not-published | publication bad_publication | it lacks public.unpublished",
                        "loses data | operations-not-published | publication bad_publication | it lacks truncate",
                        "loses data | rows-not-published | publication bad_publication | public.filtered has a row filter",
                        "loses data | columns-not-published | publication bad_publication | public.filtered without left_out",
                        "loses data | topic-compacted | topics bad.public.odd | cleanup.policy has compact",
                        "loses data | unchanged-arrives-as-null | public.odd | samples double precision[]; REPLICA IDENTITY DEFAULT",
                        "bends values | unchanged-arrives-as-null | public.odd | total numeric, picture bytea; REPLICA IDENTITY DEFAULT",
                        "bends values | name-column | public.odd | label name",
                        "loses data | bit-varying | public.odd | flags bit varying(8)",
                        "bends values | generated-column | public.odd | doubled integer",
                        "risk | topic-retention | topics bad.public.odd | retention.ms is less than a day",
                        "note | timetz-column | public.odd | opens time with time zone");
        assertThat(findings).noneMatch(finding -> finding.matches(".*public\\.(sound|full_identity)\\b.*"));
    }

    @Test
    void aFileWithProblemsIsNotChecked() throws Exception {
        Files.writeString(directory.resolve("pipeline.yaml"), "source: {connect: {url: ftp://x}}\n");
        Answer answer = check();
        assertThat(answer.exitCode()).isEqualTo(2);
        assertThat(answer.out()).contains("'source.connect.url' is 'ftp://x': not an http or https URL");
    }
}
