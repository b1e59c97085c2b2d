package io.spindrift.local.snowflake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The admin endpoint: {@code /admin/faults} (GET, POST a {@link Fault}, DELETE all; {@code /admin/faults/3}: DELETE one) and {@code
 * /admin/latency} (GET, PUT a {@link Latency}), as JSON, under the server's user and password.
 */
final class Admin implements HttpHandler {
    static final String PATH = "/admin";
    private static final ObjectMapper JSON = Answers.JSON;
    private static final Pattern ONE_FAULT = Pattern.compile("DELETE /admin/faults/(\\d{1,9})");
    private final Misbehaviour misbehaviour;

    Admin(Misbehaviour misbehaviour) {
        this.misbehaviour = misbehaviour;
    }

    static BasicAuthenticator authenticator(String user, String password) {
        return new BasicAuthenticator("local Snowflake") {
            @Override
            public boolean checkCredentials(String name, String secret) {
                return name.equalsIgnoreCase(user)
                        && MessageDigest.isEqual(
                                secret.getBytes(StandardCharsets.UTF_8), password.getBytes(StandardCharsets.UTF_8));
            }
        };
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        int status = 200;
        Object answer;
        try {
            answer = answer(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath(), body);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            status = 400;
            answer = Map.of("error", String.valueOf(e.getMessage()));
        }
        byte[] bytes = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(answer);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    private Object answer(String request, byte[] body) throws IOException {
        Faults faults = misbehaviour.faults();
        Matcher one = ONE_FAULT.matcher(request);
        if (one.matches()) {
            faults.remove(Integer.parseInt(one.group(1)));
            return listed(faults);
        }
        switch (request) {
            case "GET /admin/faults" -> {}
            case "POST /admin/faults" -> faults.add(JSON.readValue(body, Fault.class));
            case "DELETE /admin/faults" -> faults.clear();
            case "GET /admin/latency" -> {
                return misbehaviour.latency();
            }
            case "PUT /admin/latency" -> {
                misbehaviour.latency(JSON.readValue(body, Latency.class));
                return misbehaviour.latency();
            }
            default ->
                throw new IllegalArgumentException("there is no " + request
                        + ": GET, POST or DELETE /admin/faults; DELETE /admin/faults/<id>; GET or PUT /admin/latency");
        }
        return listed(faults);
    }

    private static List<Map<String, Object>> listed(Faults faults) {
        return faults.list().stream().map(Admin::listed).toList();
    }

    private static Map<String, Object> listed(Faults.Armed armed) {
        return Map.of("id", armed.id(), "fault", armed.fault(), "fired", armed.fired());
    }
}
