package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import io.spindrift.local.snowflake.Fault.Point;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.zip.GZIPInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's endpoints. Any number of HTTP threads come in; statements of one session run one at a time. A request that comes
 * again under the same id is answered from memory, because the driver repeats requests whose answer it lost.
 */
final class Protocol {
    private static final Logger LOG = LoggerFactory.getLogger(Protocol.class);
    private final Sessions sessions;
    private final Statements statements;
    private final Misbehaviour misbehaviour;

    /** The driver gets no answer of ours. */
    private static final class NoAnswer extends RuntimeException {
        private final Fault.OfRequest why;

        private NoAnswer(Fault.OfRequest why) {
            super(why.toString());
            this.why = why;
        }
    }

    Protocol(Sessions sessions, Statements statements, Misbehaviour misbehaviour) {
        this.sessions = sessions;
        this.statements = statements;
        this.misbehaviour = misbehaviour;
    }

    void handle(HttpExchange exchange) throws IOException {
        byte[] answer;
        try (exchange) {
            try {
                answer = answer(exchange);
            } catch (NoAnswer e) {
                if (e.why instanceof Fault.Unavailable) {
                    exchange.sendResponseHeaders(503, -1);
                }
                return;
            } catch (SnowflakeError e) {
                answer = Answers.error(e, "");
            } catch (RuntimeException e) {
                LOG.warn("request {} failed", exchange.getRequestURI().getPath(), e);
                answer = Answers.error(SnowflakeError.internal(e), "");
            }
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private byte[] answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        JsonNode body = body(exchange);
        pause(Duration.ofMillis(misbehaviour.latency().requestMillis()));
        return switch (path) {
            case "/session/v1/login-request" -> Answers.login(sessions.login(body.path("data"), parameters(exchange)));
            case "/session/token-request" -> Answers.renewed(sessions.renewed(token(exchange)));
            case "/session/heartbeat" -> {
                session(exchange);
                yield Answers.empty();
            }
            case "/session" -> {
                sessions.close(session(exchange));
                yield Answers.empty();
            }
            case "/queries/v1/query-request" -> query(exchange, body);
            case "/queries/v1/abort-request" -> {
                session(exchange).cancel(body.path("requestId").asText());
                yield Answers.empty();
            }
            case "/telemetry/send" -> Answers.empty();
            default -> stored(exchange, path);
        };
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw SnowflakeError.canceled();
        }
    }

    private static JsonNode body(HttpExchange exchange) throws IOException {
        String encoding = exchange.getRequestHeaders().getFirst("Content-Encoding");
        try (InputStream raw = exchange.getRequestBody()) {
            boolean gzip = encoding != null && encoding.toLowerCase(Locale.ROOT).contains("gzip");
            byte[] bytes = (gzip ? new GZIPInputStream(raw) : raw).readAllBytes();
            return bytes.length == 0 ? Answers.JSON.createObjectNode() : Answers.JSON.readTree(bytes);
        }
    }

    private static Map<String, String> parameters(HttpExchange exchange) {
        Map<String, String> parameters = new HashMap<>();
        String query = exchange.getRequestURI().getRawQuery();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                String value = URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
                parameters.put(pair.substring(0, equals), value);
            }
        }
        return parameters;
    }

    private static String token(HttpExchange exchange) {
        String header = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization"))
                .orElse("");
        int open = header.indexOf('"');
        int close = header.lastIndexOf('"');
        return close > open && open >= 0 ? header.substring(open + 1, close) : "";
    }

    private Session session(HttpExchange exchange) {
        return sessions.ofToken(token(exchange));
    }

    private byte[] query(HttpExchange exchange, JsonNode body) {
        Session session = session(exchange);
        session.reachedAt(exchange.getLocalAddress());
        List<Tokens> texts = Tokens.split(body.path("sqlText").asText());
        disturb(Point.BEFORE, session, texts);
        String requestId =
                parameters(exchange).getOrDefault("requestId", UUID.randomUUID().toString());
        FutureTask<byte[]> mine = new FutureTask<>(() -> execute(session, requestId, body));
        Future<byte[]> answer = session.answer(requestId, mine);
        if (answer == mine) {
            mine.run();
        }
        try {
            byte[] found = answer.get();
            disturb(Point.AFTER, session, texts);
            return found;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw SnowflakeError.canceled();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private void disturb(Point point, Session session, List<Tokens> texts) {
        Fault.OfRequest effect = misbehaviour.faults().ofRequest(point, texts).orElse(null);
        if (effect instanceof Fault.Drop || effect instanceof Fault.Unavailable) {
            throw new NoAnswer(effect);
        }
        if (effect instanceof Fault.ExpireToken) {
            session.expireToken();
        } else if (effect instanceof Fault.ExpireSession) {
            sessions.close(session);
        }
        if (effect != null && point == Point.BEFORE) {
            sessions.ofToken(session.token());
        }
    }

    private byte[] execute(Session session, String requestId, JsonNode body) {
        String queryId = UUID.randomUUID().toString();
        session.turn.lock();
        try {
            session.started(requestId);
            return run(session, queryId, body);
        } catch (SnowflakeError e) {
            LOG.debug("query {} failed: {} {}", queryId, e.code(), e.getMessage());
            return Answers.error(e, queryId);
        } catch (RuntimeException e) {
            LOG.warn("query {} failed", queryId, e);
            return Answers.error(SnowflakeError.internal(e), queryId);
        } finally {
            session.finished();
            session.turn.unlock();
        }
    }

    private byte[] run(Session session, String queryId, JsonNode body) {
        String sql = body.path("sqlText").asText();
        Binds binds = statements.binds(body);
        if (body.path("describeOnly").asBoolean(false)) {
            return Answers.result(statements.describe(session, sql), session, queryId, binds(sql));
        }
        int count = body.path("parameters").path("MULTI_STATEMENT_COUNT").asInt(1);
        List<Result> results = statements.run(session, sql, binds, count);
        if (results.size() == 1) {
            return Answers.result(results.get(0), session, queryId, binds(sql));
        }
        List<String> queryIds = new ArrayList<>();
        for (Result result : results) {
            String id = UUID.randomUUID().toString();
            queryIds.add(id);
            session.store(id, Answers.result(result, session, id, 0));
        }
        return Answers.multiple(queryIds, results, session, queryId);
    }

    private static int binds(String sql) {
        return (int) Lexer.lex(sql).stream()
                .filter(token -> token.kind() == Token.Kind.BIND)
                .count();
    }

    /** {@code /queries/<id>/result}: one statement's result of several. */
    private byte[] stored(HttpExchange exchange, String path) {
        String[] parts = path.split("/");
        if (parts.length == 4 && parts[1].equals("monitoring")) {
            session(exchange);
            return Answers.finished(parts[3]);
        }
        if (parts.length == 4 && parts[1].equals("queries") && parts[3].equals("result")) {
            return session(exchange).stored(parts[2]);
        }
        throw SnowflakeError.unsupported("the request " + path);
    }
}
