package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.cli.TestWarehouse.Change;
import io.spindrift.local.kafka.KafkaBroker;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of a stopped table, with a real broker and the local Snowflake. */
class StoppedTablesCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path config = Path.of("pipeline.yaml");

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--config", config.toString()));
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void itIsToldByHealthListedAndResumed(@TempDir Path directory) throws Exception {
        try (LocalSnowflake snowflake = LocalSnowflake.start(directory.resolve("snowflake"), 0);
                KafkaBroker kafka = KafkaBroker.start(directory.resolve("kafka"));
                TestWarehouse warehouse = new TestWarehouse(snowflake, "SHOP", directory)) {
            config = Files.writeString(directory.resolve("pipeline.yaml"), """
                    source: {bootstrap-servers: '%s', topics: shop.public.users}
                    sink: {url: '%s', user: '%s', password: '%s', database: SHOP}
                    pipeline: {name: %s}
                    """.formatted(
                            kafka.bootstrapServers(),
                            snowflake.jdbcUrl(),
                            snowflake.user(),
                            snowflake.password(),
                            TestWarehouse.PIPELINE));
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
                admin.createTopics(List.of(new NewTopic("shop.public.users", 1, (short) 1)))
                        .all()
                        .get();
            }
            SnowflakeLedger ledger = warehouse.takeOver(ConsistencyGroups.NONE);
            long epoch = ledger.raiseEpoch();
            ledger.commit(warehouse.stage(new Change("USERS", 1, "a", 'c', 0, 0, 10)), epoch);
            assertThat(run("stopped-tables", "list")).isZero();
            assertThat(out.toString()).isEqualTo("no table is stopped\n");
            assertThat(run("health")).as(err.toString()).isZero();

            Commit stopping = warehouse.stage(new Change("USERS", 1, "b", 'u', 0, 1, 11));
            ledger.commit(warehouse.with(stopping, letter()), epoch);
            assertThat(run("health")).isEqualTo(1);
            assertThat(out.toString())
                    .startsWith("not healthy: MIRROR.USERS is stopped since 20")
                    .contains(
                            " by a dead letter, UNDECODABLE, of shop.public.users-0@2: see bin/spindrift stopped-tables list\nhealthy: the source is 0 records ahead");
            assertThat(run("stopped-tables", "list")).isZero();
            assertThat(out.toString().replaceAll("since 20\\S+", "since then"))
                    .isEqualTo("""
                            USERS is stopped since then
                              why:  a dead letter, UNDECODABLE, of shop.public.users-0@2, in commit %1$s
                              what: 1 commits with 1 changes of it wait. MIRROR.USERS is as it was before; RAW has them, and "MIRROR_AHEAD"."USERS@%1$s" is what MIRROR would be
                              next: bin/spindrift dead-letters list --config %2$s --topic shop.public.users
                                    bin/spindrift stopped-tables resume --config %2$s --table USERS
                            """.formatted(stopping.id(), config));

            assertThat(run("stopped-tables", "resume", "--table", "users"))
                    .as(err.toString())
                    .isZero();
            assertThat(out.toString()).isEqualTo("USERS goes on: MIRROR.USERS has what was left out\n");
            assertThat(warehouse.mirror("USERS")).containsExactly("1|b");
            assertThat(run("health")).isZero();
            assertThat(run("stopped-tables", "resume", "--table", "users")).isEqualTo(1);
            assertThat(err.toString())
                    .isEqualTo(
                            "spindrift: USERS is not a stopped table of pipeline shop: --table is its name in the warehouse\n");
        }
    }

    private static DeadLetter letter() {
        return new DeadLetter(
                "shop.public.users",
                0,
                2,
                0,
                DeadLetter.Reason.UNDECODABLE,
                "why",
                null,
                new byte[] {8},
                List.of(),
                new TableName("USERS"));
    }
}
