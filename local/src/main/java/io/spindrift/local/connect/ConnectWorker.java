package io.spindrift.local.connect;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.local.kafka.KafkaBroker;
import io.spindrift.local.kafka.KafkaExit;
import io.spindrift.local.process.Deadline;
import io.spindrift.local.process.LocalStackException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.cli.ConnectDistributed;
import org.apache.kafka.connect.runtime.Connect;
import org.apache.kafka.connect.runtime.distributed.DistributedHerder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka Connect worker in this JVM, in distributed mode (the one people run), its REST API on a free port of
 * 127.0.0.1. Connectors and converters come from the class path: Debezium for PostgreSQL and Apicurio's Avro.
 */
public final class ConnectWorker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectWorker.class);
    private static final Duration READY = Duration.ofMinutes(2);
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int FIRST_ERROR = 400;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Connect<DistributedHerder> connect;
    private final String url;
    private final HttpClient http = HttpClient.newHttpClient();

    private ConnectWorker(Connect<DistributedHerder> connect, String url) {
        this.connect = connect;
        this.url = url;
    }

    /** Starts a worker that keeps its state in topics of the broker. Returns once its REST API serves requests. */
    public static ConnectWorker start(KafkaBroker broker) {
        KafkaExit.disarm();
        Connect<DistributedHerder> connect = new ConnectDistributed().startConnect(settings(broker));
        String url = connect.rest().advertisedUrl().toString().replaceAll("/$", "");
        ConnectWorker worker = new ConnectWorker(connect, url);
        try {
            // Answers only after the worker has joined its group and read its topics.
            Deadline.in(READY)
                    .await(
                            "Kafka Connect to serve " + url,
                            () -> worker.get("/connectors").statusCode() < FIRST_ERROR);
        } catch (LocalStackException e) {
            worker.close();
            throw e;
        }
        LOG.info("Kafka Connect is up on {}", url);
        return worker;
    }

    public String url() {
        return url;
    }

    /** Creates or changes a connector and waits until it and its tasks run; fails with Connect's trace if they fail. */
    public void deploy(String name, Map<String, String> config) {
        Deadline deadline = Deadline.in(READY);
        deadline.await("Connect to accept the connector " + name, () -> {
            HttpResponse<String> response = put("/connectors/" + name + "/config", JSON.writeValueAsString(config));
            return settled(response, "connector " + name);
        });
        deadline.await("the connector " + name + " to run", () -> {
            Optional<ConnectorStatus> status = status(name);
            if (status.isPresent() && status.get().failed()) {
                throw new LocalStackException("the connector %s failed:%n%s"
                        .formatted(name, status.get().failure()));
            }
            return status.isPresent() && status.get().running();
        });
    }

    /** Empty if there is no such connector. */
    public Optional<ConnectorStatus> status(String name) {
        try {
            HttpResponse<String> response = get("/connectors/" + name + "/status");
            if (response.statusCode() == NOT_FOUND || response.statusCode() == CONFLICT) {
                return Optional.empty();
            }
            return Optional.of(ConnectorStatus.of(JSON.readTree(response.body())));
        } catch (IOException e) {
            throw new LocalStackException("Connect does not tell the status of " + name, e);
        }
    }

    /** Removes a connector and waits until it is gone; it is no error if there is none. */
    public void delete(String name) {
        Deadline deadline = Deadline.in(READY);
        deadline.await("Connect to remove the connector " + name, () -> {
            HttpResponse<String> response = send(request("/connectors/" + name).DELETE());
            return response.statusCode() == NOT_FOUND || settled(response, "removal of " + name);
        });
        deadline.await(
                "the connector " + name + " to be gone",
                () -> get("/connectors/" + name).statusCode() == NOT_FOUND);
    }

    @Override
    public void close() {
        connect.stop();
        connect.awaitStop();
    }

    /** False while the worker rebalances; an exception for what will not get better. */
    private static boolean settled(HttpResponse<String> response, String what) {
        if (response.statusCode() == CONFLICT || response.statusCode() >= 500) {
            return false;
        }
        if (response.statusCode() >= FIRST_ERROR) {
            throw new LocalStackException(
                    "Connect refuses the %s with %d: %s".formatted(what, response.statusCode(), response.body()));
        }
        return true;
    }

    private HttpResponse<String> get(String path) throws IOException {
        return send(request(path));
    }

    private HttpResponse<String> put(String path, String body) throws IOException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path)).timeout(READY);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while asking Connect", e);
        }
    }

    private static Map<String, String> settings(KafkaBroker broker) {
        Map<String, String> settings = new HashMap<>();
        settings.put("bootstrap.servers", broker.bootstrapServers());
        settings.put("group.id", "spindrift-connect");
        settings.put("listeners", "http://127.0.0.1:0");
        for (String store : List.of("config", "offset", "status")) {
            settings.put(store + ".storage.topic", "connect-" + store);
            settings.put(store + ".storage.replication.factor", "1");
        }
        settings.put("offset.storage.partitions", "1");
        settings.put("status.storage.partitions", "1");
        settings.put("key.converter", "org.apache.kafka.connect.json.JsonConverter");
        settings.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
        // As people's workers have them: connectors name their secrets, ${file:/path:key} or ${env:NAME}.
        settings.put("config.providers", "file,env");
        settings.put("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider");
        settings.put("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider");
        // Reading the service files instead of every class of the class path saves ten seconds.
        settings.put("plugin.discovery", "service_load");
        settings.put("scheduled.rebalance.max.delay.ms", "0");
        settings.put("offset.flush.interval.ms", "5000");
        return settings;
    }
}
