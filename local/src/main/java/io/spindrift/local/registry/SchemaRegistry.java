package io.spindrift.local.registry;

import io.spindrift.local.process.ChildProcess;
import io.spindrift.local.process.LocalStackException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Apicurio Registry in a JVM of its own, on a free port of 127.0.0.1. Readers use its Confluent-compatible API. The
 * schemas live in memory: they go when it stops, and the topics that need them must go with it.
 */
public final class SchemaRegistry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaRegistry.class);
    private static final Duration READY = Duration.ofMinutes(2);
    private static final Pattern LISTENING = Pattern.compile("Listening on: (http://127\\.0\\.0\\.1:\\d+)");
    private static final int OK = 200;

    private final ChildProcess process;
    private final String root;

    private SchemaRegistry(ChildProcess process, String root) {
        this.process = process;
        this.root = root;
    }

    /** Starts an empty registry, its log below the directory. Returns once it answers. */
    public static SchemaRegistry start(Path directory) {
        RegistryDistribution distribution = RegistryDistribution.locate();
        Path log = directory.toAbsolutePath().resolve("registry.log");
        try {
            Files.createDirectories(directory);
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new LocalStackException("cannot write in " + directory, e);
        }
        ChildProcess process = ChildProcess.start(new ChildProcess.Command(
                "the schema registry",
                List.of(),
                arguments(distribution, directory.toAbsolutePath()),
                "KILL",
                directory.toAbsolutePath(),
                log));
        try {
            SchemaRegistry registry = new SchemaRegistry(process, awaitAddress(process, log));
            process.awaitReady(READY, registry::answers);
            LOG.info("the schema registry is up on {}", registry.root);
            return registry;
        } catch (LocalStackException e) {
            process.close();
            throw e;
        }
    }

    /** The base of the Confluent-compatible API: url() + "/schemas/ids/{id}". */
    public String url() {
        return root + "/apis/ccompat/v7";
    }

    /** The base of Apicurio's own API, which its Connect converter speaks. */
    public String apicurioUrl() {
        return root + "/apis/registry/v2";
    }

    public long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.close();
    }

    private boolean answers() throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url() + "/subjects")).build();
        HttpResponse<Void> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
        return response.statusCode() == OK;
    }

    /** It picks the port and logs it. */
    private static String awaitAddress(ChildProcess process, Path log) {
        StringBuilder address = new StringBuilder();
        process.awaitReady(READY, () -> {
            Matcher matcher = LISTENING.matcher(Files.readString(log));
            if (matcher.find()) {
                address.append(matcher.group(1));
            }
            return !address.isEmpty();
        });
        return address.toString();
    }

    /** Small and quick to start: a handful of schemas is all it will ever hold. */
    private static List<String> arguments(RegistryDistribution distribution, Path directory) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + directory,
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=0",
                "-jar",
                distribution.runner().toString());
    }
}
