package io.spindrift.bench;

import io.spindrift.local.kafka.KafkaBroker;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.local.snowflake.StageTransport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * Kafka and the local Snowflake, with its stages over http, in a process of their own: their Kafka client is not Flink's. Prints one line, an
 * {@link Address}, and ends with its standard input. Its class path is the local stack's.
 */
final class JobStack {

    private JobStack() {}

    /** Where both are. */
    record Address(String bootstrapServers, String snowflakeUrl, String user, String password) {

        static Address parse(String line) {
            String[] parts = line.split(" ");
            return new Address(parts[0], parts[1], parts[2], parts[3]);
        }

        String line() {
            return String.join(" ", bootstrapServers, snowflakeUrl, user, password);
        }
    }

    public static void main(String[] args) throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err);
        Path directory = Path.of(args[0]);
        LocalSnowflake.Settings settings =
                LocalSnowflake.Settings.in(directory.resolve("snowflake")).withStages(StageTransport.HTTP);
        try (LocalSnowflake snowflake = LocalSnowflake.start(settings);
                KafkaBroker kafka = KafkaBroker.start(directory.resolve("kafka"))) {
            answers.println(
                    new Address(kafka.bootstrapServers(), snowflake.jdbcUrl(), snowflake.user(), snowflake.password())
                            .line());
            while (System.in.read() >= 0) {}
        }
    }
}
