package io.spindrift.cli.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.spindrift.cli.connector.ConnectApi;
import io.spindrift.jobs.config.PipelineConfig.Upstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server with Connect's answers. */
class ConnectReaderTest {

    private static final String POSTGRES = "io.debezium.connector.postgresql.PostgresConnector";

    /** A busy machine is no Connect that does not answer. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Map<String, String> answers = new HashMap<>();
    private final HttpServer server;

    ConnectReaderTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeEach
    void start() {
        server.createContext("/", exchange -> {
            String answer = answers.get(exchange.getRequestURI().getRawPath());
            byte[] body = String.valueOf(answer).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer == null ? 404 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        answers.put("/", "{\"version\":\"4.3.1\",\"kafka_cluster_id\":\"k1\"}");
        answers.put("/connectors", "[\"shop\",\"crm eu\",\"files\"]");
        connector("shop", POSTGRES, "shop");
        connector("crm%20eu", POSTGRES, "crm");
        connector("files", "org.apache.kafka.connect.file.FileStreamSourceConnector", "shop");
        answers.put("/connector-plugins", "[{\"class\":\"%s\",\"version\":\"3.6.3.Final\"}]".formatted(POSTGRES));
        answers.put(
                "/connector-plugins/" + POSTGRES + "/config",
                "[{\"name\":\"skipped.operations\",\"default_value\":\"t\"},{\"name\":\"slot.name\",\"default_value\":null}]");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void connector(String name, String type, String prefix) {
        answers.put(
                "/connectors/" + name + "/config",
                "{\"connector.class\":\"%s\",\"topic.prefix\":\"%s\",\"database.password\":\"hunter2\"}"
                        .formatted(type, prefix));
        answers.put(
                "/connectors/" + name + "/status",
                "{\"connector\":{\"state\":\"RUNNING\"},\"tasks\":[{\"id\":0,\"state\":\"FAILED\",\"trace\":\"row 4711\"}]}");
    }

    private Connector read(Optional<String> name, String topic) throws NotChecked {
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        return new ConnectReader(new Upstream.Connect(url, name), new ConnectApi(url, PATIENCE))
                .read(topic::startsWith);
    }

    @Test
    void theConnectorIsTheOneWhoseTopicsAreRead() throws NotChecked {
        Connector connector = read(Optional.empty(), "crm.public.users");
        assertThat(connector.name()).isEqualTo("crm eu");
        assertThat(connector.version()).contains("3.6.3.Final");
        assertThat(connector.kafkaClusterId()).contains("k1");
        assertThat(connector.states()).isEqualTo(Map.of("the connector", "RUNNING", "task 0", "FAILED"));
        assertThat(connector.setting("skipped.operations")).isEqualTo("t");
        assertThat(connector.setting("slot.name")).isEqualTo("debezium");
        assertThat(connector.config().toString()).doesNotContain("hunter2");
    }

    @Test
    void aWorkerThatTellsNoDefaultsLeavesTheDocumentedOnes() throws NotChecked {
        answers.remove("/connector-plugins/" + POSTGRES + "/config");
        Connector connector = read(Optional.of("shop"), "");
        assertThat(connector.shown("skipped.operations")).isEqualTo("skipped.operations=t (the default)");
        assertThat(connector.setting("event.converting.failure.handling.mode")).isEqualTo("warn");
    }

    @Test
    void orTheOneThatIsNamed() throws NotChecked {
        assertThat(read(Optional.of("shop"), "crm.public.users").name()).isEqualTo("shop");
        assertThatThrownBy(() -> read(Optional.of("files"), ""))
                .isInstanceOf(NotChecked.class)
                .hasMessageContaining("connector files")
                .hasMessageContaining("is a org.apache.kafka.connect.file.FileStreamSourceConnector");
        assertThatThrownBy(() -> read(Optional.of("gone"), ""))
                .isInstanceOf(NotChecked.class)
                .hasMessageEndingWith("answers 404 to GET /connectors/gone/config");
    }

    @Test
    void severalAreNotGuessedAmong() {
        assertThatThrownBy(() -> read(Optional.empty(), "other.public.users"))
                .isInstanceOf(NotChecked.class)
                .hasMessageEndingWith("has several connectors [shop, crm eu]: name one with source.connect.connector");
    }

    @Test
    void aConnectThatIsNotThereIsSaid() {
        server.stop(0);
        assertThatThrownBy(() -> read(Optional.of("shop"), ""))
                .isInstanceOf(NotChecked.class)
                .hasMessageContaining("cannot be reached");
    }
}
