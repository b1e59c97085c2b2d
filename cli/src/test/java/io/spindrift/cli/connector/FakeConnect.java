package io.spindrift.cli.connector;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Connect's REST API with one connector, whose states are told in advance. */
final class FakeConnect implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final List<String> requests = new ArrayList<>();
    private final Deque<String> states = new ArrayDeque<>();
    private Map<String, String> config = Map.of();
    private String validationErrors = "[]";
    private String trace = "";
    private int conflicts;
    private int looksUntilGone;
    private boolean deleted;

    FakeConnect() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The states of task 0, one for each look, the last one for ever; the connector runs, or has the task's state if that is no task's. */
    FakeConnect states(String... all) {
        states.addAll(List.of(all));
        return this;
    }

    FakeConnect trace(String text) {
        trace = text;
        return this;
    }

    FakeConnect deployed(Map<String, String> settings) {
        config = settings;
        return this;
    }

    FakeConnect validationErrors(String json) {
        validationErrors = json;
        return this;
    }

    /** So many requests that change something meet a worker that is busy with others. */
    FakeConnect conflicts(int number) {
        conflicts = number;
        return this;
    }

    FakeConnect looksUntilGone(int number) {
        looksUntilGone = number;
        return this;
    }

    synchronized List<String> changes() {
        return requests.stream()
                .filter(request -> !request.startsWith("GET") && !request.contains("validate"))
                .toList();
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        byte[] sent = exchange.getRequestBody().readAllBytes();
        requests.add(request);
        if (!request.startsWith("GET") && !request.contains("validate") && conflicts > 0) {
            conflicts--;
            answer(exchange, 409, "{\"message\":\"a rebalance is in process\"}");
        } else if (request.endsWith("/validate")) {
            answer(
                    exchange,
                    200,
                    "{\"error_count\":0,\"configs\":[{\"value\":{\"name\":\"database.hostname\",\"errors\":%s}}]}"
                            .formatted(validationErrors));
        } else if (request.equals("PUT /connectors/shop/config")) {
            config = new TreeMap<>();
            JSON.readTree(sent)
                    .fields()
                    .forEachRemaining(
                            field -> config.put(field.getKey(), field.getValue().asText()));
            answer(exchange, 201, "{}");
        } else if (request.startsWith("GET")) {
            look(exchange, request);
        } else {
            deleted |= request.equals("DELETE /connectors/shop");
            answer(exchange, 202, "{}");
        }
    }

    private void look(HttpExchange exchange, String request) throws IOException {
        boolean gone = deleted && looksUntilGone-- <= 0 || config.isEmpty();
        if (gone) {
            answer(exchange, 404, "{\"message\":\"Connector shop not found\"}");
        } else if (request.endsWith("/config")) {
            answer(exchange, 200, JSON.writeValueAsString(config));
        } else {
            String state = states.size() > 1 ? states.remove() : states.element();
            String connector = state.equals("FAILED") ? "RUNNING" : state;
            String tasks = state.equals("STOPPED")
                    ? "[]"
                    : "[{\"id\":0,\"state\":\"%s\",\"trace\":%s}]"
                            .formatted(state, JSON.writeValueAsString(state.equals("FAILED") ? trace : ""));
            answer(exchange, 200, "{\"connector\":{\"state\":\"%s\"},\"tasks\":%s}".formatted(connector, tasks));
        }
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
