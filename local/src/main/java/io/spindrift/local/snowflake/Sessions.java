package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Who is logged in. */
final class Sessions implements AutoCloseable {
    private final Engine engine;
    private final String user;
    private final String password;
    private final Set<Session> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong ids = new AtomicLong(System.currentTimeMillis());

    Sessions(Engine engine, String user, String password) {
        this.engine = engine;
        this.user = user;
        this.password = password;
    }

    /** @throws SnowflakeError 390100 for a wrong user or password */
    Session login(String name, String secret, Map<String, String> url, JsonNode parameters) {
        boolean right = MessageDigest.isEqual(
                secret.getBytes(StandardCharsets.UTF_8), password.getBytes(StandardCharsets.UTF_8));
        if (!name.equalsIgnoreCase(user) || !right) {
            throw new SnowflakeError("390100", "08001", "Incorrect username or password was specified.");
        }
        Session session = new Session(ids.incrementAndGet(), user, engine);
        try {
            context(session, url);
            parameters.fields().forEachRemaining(field -> parameter(session, field.getKey(), field.getValue()));
        } catch (SnowflakeError e) {
            session.close();
            throw e;
        }
        open.add(session);
        return session;
    }

    /** A login may name a database that does not exist: the session then has none. */
    private void context(Session session, Map<String, String> url) {
        String database = folded(url.getOrDefault("databaseName", ""));
        String schema = folded(url.getOrDefault("schemaName", ""));
        if (engine.catalog().hasDatabase(database)) {
            session.useDatabase(database);
            if (engine.catalog().hasSchema(database, schema)) {
                session.useSchema(List.of(database, schema));
            }
        }
        if (url.containsKey("warehouse")) {
            session.useWarehouse(folded(url.getOrDefault("warehouse", "")));
        }
        if (url.containsKey("roleName")) {
            session.useRole(folded(url.getOrDefault("roleName", "")));
        }
    }

    private static String folded(String name) {
        return name.length() > 1 && name.startsWith("\"") && name.endsWith("\"")
                ? name.substring(1, name.length() - 1)
                : name.toUpperCase(Locale.ROOT);
    }

    /** The driver sends its client's settings along; what is not a session parameter here has no effect in Snowflake either. */
    private static void parameter(Session session, String name, JsonNode value) {
        if (SessionStatements.isKnown(name)) {
            SessionStatements.set(session, name, value.asText());
        }
    }

    /** @throws SnowflakeError 390111 when there is no such session any more */
    Session ofToken(String token) {
        return open.stream()
                .filter(session -> session.token().equals(token))
                .findFirst()
                .orElseThrow(Sessions::gone);
    }

    Session ofMasterToken(String token) {
        return open.stream()
                .filter(session -> session.masterToken().equals(token))
                .findFirst()
                .orElseThrow(Sessions::gone);
    }

    private static SnowflakeError gone() {
        return new SnowflakeError(
                "390111", "08001", "Session no longer exists.  New login required to access the service.");
    }

    void close(Session session) {
        if (open.remove(session)) {
            session.close();
        }
    }

    @Override
    public void close() {
        open.forEach(this::close);
    }
}
