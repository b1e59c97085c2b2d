package io.spindrift.cli;

import static io.spindrift.cli.ShopTables.STEP;
import static io.spindrift.cli.ShopTables.awaitMoreCommits;
import static io.spindrift.cli.ShopTables.awaitRows;
import static io.spindrift.cli.ShopTables.compareMirror;
import static io.spindrift.cli.ShopTables.number;
import static io.spindrift.cli.ShopTables.rowsInSource;
import static io.spindrift.cli.ShopTables.total;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.chaos.Topics;
import io.spindrift.local.workload.EcommerceSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A topic drops records before the job has read them, and a topic is deleted and made again: the job refuses to go on, its log has the
 * command that accepts it, and that command does.
 */
class SourceAccidentsITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();
    private static final String USERS = EcommerceSource.topic("users");
    private static final String ITEMS = EcommerceSource.topic("order_items");
    private static final Pattern COMMAND = Pattern.compile("bin/spindrift (accept [^\\n,]*[^\\n, ])");

    private final Path directory;

    SourceAccidentsITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void whatTheSourceHasLostIsRefusedUntilAPersonAcceptsIt() throws Exception {
        try (LocalPipeline pipeline = LocalPipeline.start(HOME, directory, System.out::println);
                Connection postgres =
                        DriverManager.getConnection(pipeline.endpoints().postgres());
                Connection snowflake = pipeline.endpoints().warehouse().connect();
                Admin kafka = Admin.create(
                        Map.of("bootstrap.servers", pipeline.endpoints().kafka()))) {
            Topics topics = new Topics(pipeline.endpoints().kafka());
            awaitRows(snowflake, "r", total(rowsInSource(postgres)));
            execute(postgres, "UPDATE users SET full_name = 'seen'");
            long users = number(postgres, "SELECT COUNT(*) FROM users");
            awaitRows(snowflake, "u", users);
            pipeline.job().close();

            dropUnreadRecords(postgres, kafka, topics);
            Set<String> gaps = refused(start());
            assertThat(gaps).hasSize(partitions(kafka, USERS).size());
            accept(gaps);
            try (JobProcess job = start()) {
                execute(postgres, "UPDATE users SET full_name = 'seen again'");
                awaitRows(snowflake, "u", 2 * users);
                assertThat(number(snowflake, "SELECT COUNT(*) FROM RAW.USERS WHERE FULL_NAME = 'lost'"))
                        .isZero();
                compareMirror(postgres, snowflake);
                awaitMoreCommits(snowflake, 0);
                job.requireRunning();
            }

            makeAnew(kafka, ITEMS);
            execute(postgres, "UPDATE order_items SET quantity = quantity + 1");
            long items = number(postgres, "SELECT COUNT(*) FROM order_items");
            assertThat(items).isPositive();
            Await.until(
                    "the changes in the new topic",
                    STEP,
                    () -> topics.read(ITEMS).size() >= items);
            accept(refused(start()));
            ShopTables.delete(directory.resolve("state"));
            try (JobProcess job = start()) {
                awaitRows(snowflake, "u", 2 * users + items);
                compareMirror(postgres, snowflake);
                job.requireRunning();
            }
        }
    }

    private JobProcess start() throws IOException {
        Files.deleteIfExists(directory.resolve("job.log"));
        return JobProcess.start(HOME, directory, System.out::println);
    }

    /** What stands in the topic behind the job's last offset goes, as retention would have it. */
    private static void dropUnreadRecords(Connection postgres, Admin kafka, Topics topics) throws Exception {
        int before = topics.read(USERS).size();
        execute(postgres, "UPDATE users SET full_name = 'lost'");
        long changed = number(postgres, "SELECT COUNT(*) FROM users");
        Await.until("the changes in Kafka", STEP, () -> topics.read(USERS).size() >= before + changed);
        Map<TopicPartition, OffsetSpec> partitions = partitions(kafka, USERS).stream()
                .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
        kafka.deleteRecords(kafka.listOffsets(partitions).all().get().entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                end -> RecordsToDelete.beforeOffset(
                                        end.getValue().offset()))))
                .all()
                .get();
    }

    private static List<TopicPartition> partitions(Admin kafka, String topic) throws Exception {
        return kafka
                .describeTopics(Set.of(topic))
                .topicNameValues()
                .values()
                .iterator()
                .next()
                .get()
                .partitions()
                .stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
    }

    private static void makeAnew(Admin kafka, String topic) throws Exception {
        int partitions = partitions(kafka, topic).size();
        kafka.deleteTopics(Set.of(topic)).all().get();
        Await.until(
                "the topic is gone",
                STEP,
                () -> !kafka.listTopics().names().get().contains(topic));
        kafka.createTopics(Set.of(new NewTopic(topic, partitions, (short) 1)))
                .all()
                .get();
    }

    /** The job must end by itself; the commands that its log names. */
    private static Set<String> refused(JobProcess job) throws Exception {
        try (job) {
            assertThat(job.awaitEnd(STEP)).as("the job has ended").isTrue();
        }
        Set<String> commands = COMMAND.matcher(Files.readString(job.log()))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toSet());
        assertThat(commands).as(Files.readString(job.log())).isNotEmpty();
        return commands;
    }

    private void accept(Set<String> commands) throws Exception {
        for (String command : commands) {
            List<String> words = Arrays.stream(command.split(" "))
                    .map(word -> word.equals("<pipeline.yaml>")
                            ? directory.resolve("pipeline.yaml").toString()
                            : word)
                    .collect(Collectors.toList());
            words.set(0, HOME.resolve(words.get(0)).toString());
            Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(answer).isZero();
            System.out.println(answer);
        }
    }

    private static void execute(Connection postgres, String sql) throws SQLException {
        try (Statement statement = postgres.createStatement()) {
            statement.execute(sql);
        }
    }
}
