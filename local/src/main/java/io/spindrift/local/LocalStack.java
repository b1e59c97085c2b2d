package io.spindrift.local;

import io.spindrift.local.connect.ConnectWorker;
import io.spindrift.local.kafka.KafkaBroker;
import io.spindrift.local.postgres.PostgresServer;
import io.spindrift.local.process.LocalStackException;
import io.spindrift.local.registry.SchemaRegistry;
import io.spindrift.local.workload.EcommerceSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source side of a pipeline on one machine, everything on free ports of 127.0.0.1 and below one directory:
 *
 * <pre>
 *   PostgreSQL (shop) ── Debezium in Kafka Connect ── Kafka (shop.public.*)
 *                                    └── schema registry (Avro)
 * </pre>
 *
 * <p>PostgreSQL and the registry are child processes; broker and Connect run in this JVM. {@link #close} ends them from
 * right to left: connector and slot, Connect, registry, broker, PostgreSQL. It leaves no process, no slot, no thread.
 */
public final class LocalStack implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalStack.class);

    private final PostgresServer postgres;
    private final KafkaBroker kafka;
    private final SchemaRegistry registry;
    private final ConnectWorker connect;
    private final EcommerceSource source;
    private final Parts parts;

    private LocalStack(Start start) {
        this.postgres = start.postgres.join();
        this.kafka = start.kafka.join();
        this.registry = start.registry.join();
        this.connect = start.connect.join();
        this.source = start.source.join();
        this.parts = start.parts;
    }

    /** Starts everything in an absent or empty directory; returns once the connector streams. */
    public static LocalStack start(Path directory) {
        return start(directory, line -> LOG.debug("{}", line));
    }

    /** Likewise; tells the listener a line for every part that is up, from any thread. */
    public static LocalStack start(Path directory, Consumer<String> progress) {
        requireEmpty(directory);
        ExecutorService starters = Executors.newCachedThreadPool(LocalStack::daemon);
        Start start = new Start(directory, progress, starters);
        try {
            start.everything().join();
            return new LocalStack(start);
        } catch (CompletionException e) {
            start.giveUp();
            throw e.getCause() instanceof LocalStackException known
                    ? known
                    : new LocalStackException("cannot start", e);
        } finally {
            starters.shutdown();
        }
    }

    public PostgresServer postgres() {
        return postgres;
    }

    public KafkaBroker kafka() {
        return kafka;
    }

    public SchemaRegistry registry() {
        return registry;
    }

    public ConnectWorker connect() {
        return connect;
    }

    public EcommerceSource source() {
        return source;
    }

    @Override
    public void close() {
        parts.close();
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "local-stack-start");
        thread.setDaemon(true);
        return thread;
    }

    /** What an earlier run left would not fit: its schemas are gone, its offsets point into another PostgreSQL. */
    private static void requireEmpty(Path directory) {
        try {
            Files.createDirectories(directory);
            try (Stream<Path> entries = Files.list(directory)) {
                if (entries.findAny().isPresent()) {
                    throw new LocalStackException(
                            "%s is not empty; the local stack starts from nothing: give a new directory"
                                    .formatted(directory));
                }
            }
        } catch (IOException e) {
            throw new LocalStackException("cannot use the directory " + directory, e);
        }
    }

    /** The order of the start, as the graph of what needs what. */
    private static final class Start {
        private final Consumer<String> progress;
        private final ExecutorService starters;
        private final Parts parts = new Parts();
        private final CompletableFuture<PostgresServer> postgres;
        private final CompletableFuture<KafkaBroker> kafka;
        private final CompletableFuture<SchemaRegistry> registry;
        private final CompletableFuture<EcommerceSource> source;
        private final CompletableFuture<ConnectWorker> connect;

        Start(Path directory, Consumer<String> progress, ExecutorService starters) {
            this.progress = progress;
            this.starters = starters;
            postgres =
                    part("PostgreSQL", Parts.Role.POSTGRES, () -> PostgresServer.start(directory.resolve("postgres")));
            registry = part(
                    "schema registry", Parts.Role.REGISTRY, () -> SchemaRegistry.start(directory.resolve("registry")));
            kafka = part("Kafka", Parts.Role.KAFKA, () -> KafkaBroker.start(directory.resolve("kafka")));
            source = postgres.thenCompose(
                    server -> part("shop", Parts.Role.SOURCE, () -> EcommerceSource.create(server)));
            connect = kafka.thenCompose(
                    broker -> part("Kafka Connect", Parts.Role.CONNECT, () -> ConnectWorker.start(broker)));
        }

        CompletableFuture<Void> everything() {
            CompletableFuture<Void> all = CompletableFuture.allOf(source, connect, registry);
            return all.thenRunAsync(
                    () -> timed("Debezium", () -> {
                        source.join().capture(connect.join(), registry.join());
                        return source.join();
                    }),
                    starters);
        }

        /** Waits for what is still starting, so that it can be closed too. */
        void giveUp() {
            Stream.of(postgres, kafka, registry, source, connect)
                    .forEach(part -> part.handle((up, e) -> up).join());
            parts.close();
        }

        private <T extends AutoCloseable> CompletableFuture<T> part(String name, Parts.Role role, Supplier<T> starter) {
            return CompletableFuture.supplyAsync(
                    () -> {
                        T started = timed(name, starter);
                        parts.add(role, started);
                        return started;
                    },
                    starters);
        }

        private <T> T timed(String name, Supplier<T> starter) {
            long began = System.nanoTime();
            T started = starter.get();
            double seconds = (System.nanoTime() - began) / 1e9;
            progress.accept(String.format(Locale.ROOT, "%s up in %.1f s", name, seconds));
            return started;
        }
    }
}
