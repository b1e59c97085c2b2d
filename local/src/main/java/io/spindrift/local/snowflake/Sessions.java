package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Who is logged in. A token lasts an hour and is renewed by the master token, which lasts four. */
final class Sessions implements AutoCloseable {
    static final Duration TOKEN = Duration.ofHours(1);
    static final Duration MASTER_TOKEN = Duration.ofHours(4);
    private final Engine engine;
    private final String user;
    private final String password;
    private final InstantSource clock;
    private final Set<Session> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong ids = new AtomicLong(System.currentTimeMillis());

    Sessions(Engine engine, String user, String password, InstantSource clock) {
        this.engine = engine;
        this.user = user;
        this.password = password;
        this.clock = clock;
    }

    /** @throws SnowflakeError 390100 for a wrong user or password, 390144 for a token that no key of the user has signed */
    Session login(JsonNode data, Map<String, String> url) {
        String name = authenticated(data);
        Session session = new Session(ids.incrementAndGet(), name, engine, clock.instant());
        try {
            context(session, url);
            data.path("SESSION_PARAMETERS")
                    .fields()
                    .forEachRemaining(field -> parameter(session, field.getKey(), field.getValue()));
        } catch (SnowflakeError e) {
            session.close();
            throw e;
        }
        open.add(session);
        return session;
    }

    private String authenticated(JsonNode data) {
        String name = data.path("LOGIN_NAME").asText().toUpperCase(Locale.ROOT);
        Map<String, String> properties = engine.catalog().user(name).orElse(Map.of());
        String authenticator = data.path("AUTHENTICATOR").asText("SNOWFLAKE").toUpperCase(Locale.ROOT);
        switch (authenticator) {
            case "SNOWFLAKE" -> {
                String expected = name.equals(user) ? password : properties.getOrDefault("PASSWORD", "");
                if (expected.isEmpty() || !same(expected, data.path("PASSWORD").asText())) {
                    throw new SnowflakeError("390100", "08001", "Incorrect username or password was specified.");
                }
            }
            case "SNOWFLAKE_JWT" -> KeyPair.verify(data.path("TOKEN").asText(), name, properties, clock.instant());
            default -> throw SnowflakeError.unsupported("the authenticator " + authenticator);
        }
        return name;
    }

    private static boolean same(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    /** A login may name a database or warehouse that does not exist: the session then has none. A role must exist. */
    private void context(Session session, Map<String, String> url) {
        String database = folded(url.getOrDefault("databaseName", ""));
        String schema = folded(url.getOrDefault("schemaName", ""));
        if (engine.catalog().hasDatabase(database)) {
            session.useDatabase(database);
            if (engine.catalog().hasSchema(database, schema)) {
                session.useSchema(List.of(database, schema));
            }
        }
        String warehouse = folded(url.getOrDefault("warehouse", ""));
        if (exists(ObjectKind.WAREHOUSE, warehouse)) {
            session.useWarehouse(warehouse);
        }
        String role = folded(url.getOrDefault("roleName", ""));
        if (exists(ObjectKind.ROLE, role)) {
            session.useRole(role);
        } else if (!role.isEmpty()) {
            throw new SnowflakeError(
                    "390189",
                    "08001",
                    "Role '" + role + "' specified in the connect string is not granted to this user.");
        }
    }

    private boolean exists(ObjectKind kind, String name) {
        return engine.catalog().find(kind, QualifiedName.ofAccount(name)).isPresent();
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

    /** @throws SnowflakeError 390111 when there is no such session any more, 390112 when its token has to be renewed */
    Session ofToken(String token) {
        Session session = find(each -> each.token().equals(token));
        if (session.tokenExpired(clock.instant())) {
            throw new SnowflakeError("390112", "08001", "Your session has expired. Please login again.");
        }
        return session;
    }

    /** @throws SnowflakeError 390114 when the master token has expired: only a new login helps */
    Session renewed(String masterToken) {
        Session session = find(each -> each.masterToken().equals(masterToken));
        if (session.masterTokenExpired(clock.instant())) {
            close(session);
            throw new SnowflakeError(
                    "390114", "08001", "Authentication token has expired.  The user must authenticate again.");
        }
        session.renewToken(clock.instant());
        return session;
    }

    private Session find(Predicate<Session> wanted) {
        return open.stream().filter(wanted).findFirst().orElseThrow(() -> gone());
    }

    static SnowflakeError gone() {
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
