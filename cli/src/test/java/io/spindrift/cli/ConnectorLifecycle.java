package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spindrift.local.LocalStack;
import io.spindrift.local.workload.EcommerceSource;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code bin/spindrift connector} against the stack's Connect: a second connector for the shop comes, fails, runs and goes. */
final class ConnectorLifecycle {

    private static final String NAME = "life";
    private static final Duration RESUMED = Duration.ofMinutes(1);

    private final LocalStack stack;
    private final Path directory;
    private final Path secrets;
    private final Path file;

    ConnectorLifecycle(Path home, LocalStack stack, Path directory) throws Exception {
        this.stack = stack;
        this.directory = directory;
        secrets = directory.resolve("connect.properties");
        file = connectorFile(home);
    }

    private record Answer(int exitCode, String text) {}

    private Answer connector(String... arguments) {
        StringWriter out = new StringWriter();
        List<String> all = new ArrayList<>(List.of("connector"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--connect", stack.connect().url(), "--name", NAME));
        int exitCode = Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(out, true))
                .execute(all.toArray(String[]::new));
        assertThat(out.toString()).doesNotContain(stack.source().capturePassword(), "mistyped-secret");
        return new Answer(exitCode, out.toString());
    }

    /** As connect/shop-json.json, with this stack's address and names of its own. */
    private Path connectorFile(Path home) throws Exception {
        ObjectNode root = (ObjectNode) new ObjectMapper()
                .readTree(home.resolve("connect/shop-json.json").toFile());
        ((ObjectNode) root.path("config"))
                .put("database.hostname", stack.postgres().host())
                .put("database.port", stack.postgres().port())
                .put("database.password", "${file:" + secrets + ":password}")
                .put("topic.prefix", NAME)
                .put("slot.name", "life_slot")
                .put("publication.name", "life_publication");
        return Files.writeString(directory.resolve("life.json"), root.toString());
    }

    void run() throws Exception {
        whatConnectRefusesIsNotDeployed();
        whatFailsIsToldAndStartedAgain();
        whatRunsIsLeftAlone();
        aSlotThatSomebodyElseReadsIsKept();
        itGoesWithItsSlotAndPublication();
    }

    private void whatConnectRefusesIsNotDeployed() throws Exception {
        Files.writeString(secrets, "password=mistyped-secret\n");
        Answer refused = connector("deploy", "--file", file.toString());
        assertThat(refused.exitCode()).as(refused.text()).isEqualTo(2);
        assertThat(refused.text()).contains("in connector life, says Connect at ", "password authentication failed");
        Answer none = connector("status");
        assertThat(none.exitCode()).isEqualTo(1);
        assertThat(none.text()).contains("has no connector life");
        Files.writeString(secrets, "password=" + stack.source().capturePassword() + "\n");
    }

    /** Debezium finds out only when it starts that the publication is not there. */
    private void whatFailsIsToldAndStartedAgain() throws Exception {
        Answer failed = connector("deploy", "--file", file.toString());
        assertThat(failed.exitCode()).as(failed.text()).isEqualTo(1);
        assertThat(failed.text()).contains("connector life has failed: ");
        Answer status = connector("status", "--source", stack.source().jdbcUrl());
        assertThat(status.exitCode()).isEqualTo(1);
        assertThat(status.text()).contains("connector life: RUNNING", "task 0: FAILED: ", "slot life_slot: ");
        execute("CREATE PUBLICATION life_publication FOR TABLE " + String.join(", ", EcommerceSource.TABLES));
        Answer restarted = connector("restart");
        assertThat(restarted.exitCode()).as(restarted.text()).isZero();
        assertThat(restarted.text()).contains("connector life: restarted, and it runs");
    }

    private void whatRunsIsLeftAlone() {
        assertThat(connector("deploy", "--file", file.toString()).text()).contains("unchanged, and it runs");
        assertThat(connector("restart").text()).contains("nothing has failed, nothing was restarted");
        Answer status = connector("status", "--source", stack.source().jdbcUrl());
        assertThat(status.exitCode()).as(status.text()).isZero();
        assertThat(status.text())
                .contains("task 0: RUNNING", "slot life_slot: read by process ", "wal_status reserved");
        Answer other = connector("status", "--source", stack.source().jdbcUrl(), "--slot", "no_slot");
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.text()).contains("slot no_slot: not in this database");
    }

    private void aSlotThatSomebodyElseReadsIsKept() throws Exception {
        String source = stack.source().jdbcUrl();
        Answer kept = connector(
                "delete",
                "--drop-slot",
                "--slot",
                EcommerceSource.SLOT,
                "--source",
                source,
                "--timeout",
                "5s",
                "--yes");
        assertThat(kept.exitCode()).as(kept.text()).isEqualTo(1);
        assertThat(kept.text()).contains("which is not connector life: nothing was deleted");
        assertThat(stack.source().slotExists()).isTrue();
        Await.until(
                "the connector goes on",
                RESUMED,
                () -> connector("status", "--source", source).exitCode() == 0);
    }

    private void itGoesWithItsSlotAndPublication() throws Exception {
        String source = stack.source().jdbcUrl();
        Answer asked = connector("delete", "--drop-slot", "--drop-publication", "--source", source);
        assertThat(asked.exitCode()).as(asked.text()).isZero();
        assertThat(asked.text()).contains("slot life_slot: read by process ", "nothing was changed; --yes does it");
        assertThat(connector("status").exitCode()).isZero();
        Answer gone = connector("delete", "--drop-slot", "--drop-publication", "--source", source, "--yes");
        assertThat(gone.exitCode()).as(gone.text()).isZero();
        assertThat(gone.text())
                .contains(
                        "connector life: stopped, its offsets forgotten",
                        "connector life: deleted",
                        "slot life_slot: dropped",
                        "publication life_publication: dropped");
        assertThat(count("pg_replication_slots WHERE slot_name = 'life_slot'")).isZero();
        assertThat(count("pg_publication WHERE pubname = 'life_publication'")).isZero();
        assertThat(count("pg_publication WHERE pubname = 'spindrift'")).isEqualTo(1);
        assertThat(stack.source().slotExists()).isTrue();
        assertThat(connector("delete", "--yes").text()).contains("there is no connector life");
    }

    private void execute(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection(stack.source().jdbcUrl());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long count(String from) throws Exception {
        try (Connection connection = DriverManager.getConnection(stack.source().jdbcUrl());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM " + from)) {
            row.next();
            return row.getLong(1);
        }
    }
}
