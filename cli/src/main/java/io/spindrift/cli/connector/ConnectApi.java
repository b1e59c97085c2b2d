package io.spindrift.cli.connector;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Kafka Connect's REST API: paths → JSON. */
public final class ConnectApi {

    static final int NOT_FOUND = 404;
    private static final int FIRST_ERROR = 400;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String url;
    private final Duration timeout;
    private final HttpClient http;

    public ConnectApi(String url) {
        this(url, TIMEOUT);
    }

    /** @param timeout of each request */
    public ConnectApi(String url, Duration timeout) {
        this.url = url.replaceAll("/+$", "");
        this.timeout = timeout;
        http = HttpClient.newBuilder().connectTimeout(timeout).build();
    }

    /** Connect has answered, and not with what was asked for. */
    public static final class Refusal extends IOException {

        private static final long serialVersionUID = 1;

        private final int status;

        Refusal(String message, int status) {
            super(message);
            this.status = status;
        }

        public int status() {
            return status;
        }
    }

    public String url() {
        return url;
    }

    /** A name as part of a path. */
    public static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    public JsonNode get(String path) throws IOException {
        return send("GET", path, BodyPublishers.noBody());
    }

    JsonNode put(String path, Object body) throws IOException {
        return send("PUT", path, BodyPublishers.ofString(JSON.writeValueAsString(body)));
    }

    JsonNode put(String path) throws IOException {
        return send("PUT", path, BodyPublishers.noBody());
    }

    JsonNode post(String path) throws IOException {
        return send("POST", path, BodyPublishers.noBody());
    }

    JsonNode delete(String path) throws IOException {
        return send("DELETE", path, BodyPublishers.noBody());
    }

    /** @throws Refusal for a status from 400 on, with the first line of Connect's reason */
    private JsonNode send(String method, String path, BodyPublisher body) throws IOException {
        HttpResponse<String> response = exchange(HttpRequest.newBuilder(URI.create(url + path))
                .timeout(timeout)
                .header("Accept", "application/json")
                .header("Content-Type", "application/json")
                .method(method, body)
                .build());
        if (response.statusCode() >= FIRST_ERROR) {
            String reason = reason(response.body());
            throw new Refusal(
                    "Connect at %s answers %d to %s %s%s"
                            .formatted(url, response.statusCode(), method, path, reason.isEmpty() ? "" : ": " + reason),
                    response.statusCode());
        }
        return JSON.readTree(response.body());
    }

    private HttpResponse<String> exchange(HttpRequest request) throws IOException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IOException("Connect at %s cannot be reached: %s".formatted(url, e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking Connect", e);
        }
    }

    private static String reason(String body) {
        try {
            return Traces.firstLine(JSON.readTree(body).path("message").asText());
        } catch (IOException e) {
            // No JSON: a proxy's page.
            return "";
        }
    }
}
