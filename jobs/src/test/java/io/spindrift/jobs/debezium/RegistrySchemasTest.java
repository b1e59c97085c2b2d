package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a registry that speaks Confluent's API under Apicurio's path, and can fail. */
class RegistrySchemasTest {

    private static final String SCHEMA = "{\"schema\":\"{\\\"type\\\":\\\"string\\\"}\"}";
    private static final String UNKNOWN = "{\"error_code\":40403,\"message\":\"Schema not found\"}";

    private final List<String> requests = new ArrayList<>();
    private final List<Duration> pauses = new ArrayList<>();
    private long nanos;
    private int failures;
    private int status = 200;
    private String body = SCHEMA;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestURI().getPath() + " "
                + exchange.getRequestHeaders().getOrDefault("Authorization", List.of()));
        boolean fails = failures-- > 0;
        byte[] bytes = (fails ? "oh" : body).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/vnd.schemaregistry.v1+json");
        exchange.sendResponseHeaders(fails ? 503 : status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private RegistrySchemas schemas(Map<String, String> configuration) {
        return schemas("", configuration);
    }

    private RegistrySchemas schemas(String user, Map<String, String> configuration) {
        String url = "http://" + user + "127.0.0.1:" + server.getAddress().getPort() + "/apis/ccompat/v7";
        return new RegistrySchemas(url, configuration, Duration.ofSeconds(5), new RegistrySchemas.Waiting() {
            @Override
            public long nanos() {
                return nanos;
            }

            @Override
            public void pause(Duration pause) {
                pauses.add(pause);
            }
        });
    }

    @Test
    void aSchemaIsAskedForOnce() throws IOException {
        RegistrySchemas schemas = schemas(Map.of());
        assertThat(schemas.byId(7)).contains("{\"type\":\"string\"}");
        assertThat(schemas.byId(7)).contains("{\"type\":\"string\"}");
        assertThat(requests).singleElement().asString().startsWith("/apis/ccompat/v7/schemas/ids/7 ");
    }

    @Test
    void credentialsComeFromTheSettings() throws IOException {
        schemas(Map.of("basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "ann:pw"))
                .byId(7);
        schemas(Map.of("bearer.auth.credentials.source", "STATIC_TOKEN", "bearer.auth.token", "tok"))
                .byId(7);
        assertThat(requests.get(0)).endsWith("[Basic YW5uOnB3]");
        assertThat(requests.get(1)).endsWith("[Bearer tok]");
    }

    @Test
    void aFailureIsTriedAgain() throws IOException {
        failures = 2;
        assertThat(schemas(Map.of()).byId(7)).isPresent();
        assertThat(requests).hasSize(3);
        assertThat(pauses).hasSize(2);
    }

    @Test
    void aRegistryThatKeepsFailingFailsTheJob() {
        failures = 100;
        assertThatThrownBy(() -> schemas("", Map.of()).byId(7))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("did not give schema 7 in 4 attempts")
                .hasMessageContaining("status 503");
        assertThat(requests).hasSize(4);
    }

    @Test
    void anUnknownIdIsAnAnswerThatIsAskedForAgainLater() throws IOException {
        status = 404;
        body = UNKNOWN;
        RegistrySchemas schemas = schemas(Map.of());
        assertThat(schemas.byId(7)).isEmpty();
        assertThat(schemas.byId(7)).isEmpty();
        assertThat(requests).hasSize(1);
        nanos += Duration.ofMinutes(1).toNanos();
        status = 200;
        body = SCHEMA;
        assertThat(schemas.byId(7)).isPresent();
    }

    @Test
    void aWrongUrlIsNotAnUnknownId() {
        status = 404;
        body = "<html>not here</html>";
        assertThatThrownBy(() -> schemas(Map.of()).byId(7)).isInstanceOf(IOException.class);
        status = 200;
        body = "{}";
        assertThatThrownBy(() -> schemas(Map.of()).byId(7)).isInstanceOf(IOException.class);
    }

    @Test
    void anUnreachableRegistryIsAnIoExceptionThatShowsNoPassword() {
        RegistrySchemas schemas = schemas("ann:pw@", Map.of());
        server.stop(0);
        assertThatThrownBy(() -> schemas.byId(7))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("registry http://127.0.0.1:")
                .message()
                .doesNotContain("pw");
        assertThat(pauses).hasSize(3);
    }
}
