package io.spindrift.cli;

import io.spindrift.local.LocalStack;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.local.workload.EcommerceSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Source stack, local Snowflake and the job, all on this machine: this JVM holds the stack and the local Snowflake, the job has a process of
 * its own, as their Kafka clients differ.
 */
final class LocalPipeline implements AutoCloseable {

    static final String DATABASE = "SPINDRIFT";
    static final String NAME = "shop";

    private final LocalStack stack;
    private final LocalSnowflake snowflake;
    private final JobProcess job;
    private final String flink;

    private LocalPipeline(LocalStack stack, LocalSnowflake snowflake, JobProcess job, String flink) {
        this.stack = stack;
        this.snowflake = snowflake;
        this.job = job;
        this.flink = flink;
    }

    /**
     * @param home the repository
     * @param directory empty; everything is written below it
     * @param progress a line for each part that is up
     */
    static LocalPipeline start(Path home, Path directory, Consumer<String> progress) throws IOException {
        LocalSnowflake snowflake = LocalSnowflake.start(directory.resolve("snowflake"), 0);
        LocalStack stack = null;
        JobProcess job = null;
        try {
            stack = LocalStack.start(directory.resolve("stack"), progress);
            Files.writeString(directory.resolve("pipeline.yaml"), pipelineFile(stack, snowflake));
            job = JobProcess.start(home, directory, progress);
            String flink = job.awaitRest();
            progress.accept("job submitted");
            return new LocalPipeline(stack, snowflake, job, flink);
        } catch (IOException | RuntimeException e) {
            if (job != null) {
                job.close();
            }
            if (stack != null) {
                stack.close();
            }
            snowflake.close();
            throw e;
        }
    }

    private static String pipelineFile(LocalStack stack, LocalSnowflake snowflake) throws IOException {
        return """
                # Written by spindrift local.
                source:
                  type: kafka
                  bootstrap-servers: %s
                  topic-pattern: shop\\.public\\..*
                  format: avro
                  schema-registry:
                    url: %s
                  properties:
                    partition.discovery.interval.ms: 1000
                  connect:
                    url: %s
                    connector: %s
                  database:
                    url: jdbc:postgresql://%s:%d/%s
                    user: %s
                    password: %s

                sink:
                  type: snowflake
                  url: %s
                  user: %s
                  password: %s
                  database: %s

                pipeline:
                  name: %s
                  parallelism: 2
                  checkpoint-interval: 1 s
                """.formatted(
                        stack.kafka().bootstrapServers(),
                        stack.registry().url(),
                        stack.connect().url(),
                        EcommerceSource.CONNECTOR,
                        stack.postgres().host(),
                        stack.postgres().port(),
                        EcommerceSource.DATABASE,
                        EcommerceSource.CAPTURE_USER,
                        stack.source().capturePassword(),
                        snowflake.jdbcUrl(),
                        snowflake.user(),
                        snowflake.password(),
                        DATABASE,
                        NAME);
    }

    LocalStack stack() {
        return stack;
    }

    LocalSnowflake snowflake() {
        return snowflake;
    }

    JobProcess job() {
        return job;
    }

    Endpoints endpoints() {
        return new Endpoints(
                stack.source().jdbcUrl(),
                stack.kafka().bootstrapServers(),
                stack.registry().url(),
                stack.connect().url(),
                flink,
                snowflake.jdbcUrl(),
                snowflake.user(),
                snowflake.password());
    }

    @Override
    public void close() {
        job.close();
        stack.close();
        snowflake.close();
    }
}
