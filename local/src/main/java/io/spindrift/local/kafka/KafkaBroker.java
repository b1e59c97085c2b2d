package io.spindrift.local.kafka;

import io.spindrift.local.process.LocalStackException;
import io.spindrift.local.process.LoopbackPort;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka broker that is its own KRaft controller, in this JVM, on free ports of 127.0.0.1, log below a directory.
 * Replication factors are 1, everything else is the broker's default unless a single machine needs less of it.
 */
public final class KafkaBroker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaBroker.class);
    private static final int NODE = 1;

    private final KafkaConfig config;
    private final String bootstrapServers;
    private final AtomicBoolean up = new AtomicBoolean();
    private KafkaRaftServer server;

    private KafkaBroker(KafkaConfig config, String bootstrapServers) {
        this.config = config;
        this.bootstrapServers = bootstrapServers;
        this.server = new KafkaRaftServer(config, Time.SYSTEM);
    }

    /** Starts a broker with a new log below the directory. Returns once it serves clients. */
    public static KafkaBroker start(Path directory) {
        KafkaExit.disarm();
        String broker = "127.0.0.1:" + LoopbackPort.free();
        String controller = "127.0.0.1:" + LoopbackPort.free();
        Path log = directory.toAbsolutePath().resolve("log");
        try {
            Files.createDirectories(log);
            format(log);
            KafkaBroker started = new KafkaBroker(new KafkaConfig(settings(broker, controller, log), false), broker);
            started.startUp();
            return started;
        } catch (LocalStackException e) {
            throw e;
        } catch (Exception e) {
            throw new LocalStackException("cannot start a Kafka broker on %s in %s".formatted(broker, log), e);
        }
    }

    /** host:port for clients. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    @Override
    public void close() {
        if (up.compareAndSet(true, false)) {
            server.shutdown();
            server.awaitShutdown();
        }
    }

    /** After {@link #close}: the same broker again, on the same ports and log. Returns once it serves clients. */
    public void restart() {
        server = new KafkaRaftServer(config, Time.SYSTEM);
        startUp();
    }

    private void startUp() {
        up.set(true);
        try {
            server.startup();
            LOG.info("Kafka is up on {}", bootstrapServers);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static void format(Path log) throws Exception {
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(NODE)
                .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(log.toString())
                .setDirectories(List.of(log.toString()))
                .setIgnoreFormatted(true)
                .run();
    }

    private static Map<String, String> settings(String broker, String controller, Path log) {
        Map<String, String> settings = new HashMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", Integer.toString(NODE));
        settings.put("controller.quorum.voters", NODE + "@" + controller);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("listeners", "PLAINTEXT://%s,CONTROLLER://%s".formatted(broker, controller));
        settings.put("advertised.listeners", "PLAINTEXT://" + broker);
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("log.dirs", log.toString());
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            settings.put(topic + ".replication.factor", "1");
        }
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("offsets.topic.num.partitions", "4");
        settings.put("transaction.state.log.num.partitions", "4");
        settings.put("share.coordinator.state.topic.num.partitions", "1");
        settings.put("group.initial.rebalance.delay.ms", "0");
        // The default buffer is 128 MB, more than the rest of the stack's heap.
        settings.put("log.cleaner.dedupe.buffer.size", "8388608");
        // Flink's exactly-once producer asks for an hour.
        settings.put("transaction.max.timeout.ms", "3600000");
        return settings;
    }
}
