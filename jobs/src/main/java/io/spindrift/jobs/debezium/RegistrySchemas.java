package io.spindrift.jobs.debezium;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.RestService;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.SchemaString;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;

/**
 * Writer schemas out of a registry with Confluent's API: Confluent's own, or Apicurio's under {@code /apis/ccompat/v7}.
 *
 * <p>A schema is asked for once and kept for ever: ids never change their meaning. An id that the registry does not know is asked for again
 * after a while, so that a registry which was restored is believed. Thread-safe; nothing survives a crash, and nothing needs to.
 */
public final class RegistrySchemas implements WriterSchemas {

    private static final int SCHEMA_NOT_FOUND = 40403;
    private static final int MAX_UNKNOWN = 10_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration UNKNOWN_FOR = Duration.ofSeconds(30);
    private static final List<Duration> PAUSES =
            List.of(Duration.ofMillis(200), Duration.ofSeconds(1), Duration.ofSeconds(3));

    private final String shownUrl;
    private final RestService rest;
    private final Waiting waiting;
    private final Map<Integer, String> schemas = new ConcurrentHashMap<>();
    private final Map<Integer, Long> unknownSinceNanos = new ConcurrentHashMap<>();

    /** The clock, and how to wait by it. */
    interface Waiting {
        long nanos();

        void pause(Duration pause) throws InterruptedException;
    }

    private static final class RealTime implements Waiting {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void pause(Duration pause) throws InterruptedException {
            Thread.sleep(pause.toMillis());
        }
    }

    /**
     * Opens no connection yet.
     *
     * @param url base URL, for example {@code http://registry:8081} or {@code http://apicurio:8080/apis/ccompat/v7}
     * @param configuration Confluent's client settings, for example {@code basic.auth.credentials.source},
     *     {@code basic.auth.user.info}, {@code bearer.auth.token}, {@code schema.registry.ssl.truststore.location}
     */
    public static RegistrySchemas open(String url, Map<String, String> configuration) {
        return new RegistrySchemas(url, configuration, TIMEOUT, new RealTime());
    }

    RegistrySchemas(String url, Map<String, String> configuration, Duration timeout, Waiting waiting) {
        this.waiting = waiting;
        shownUrl = url.replaceFirst("//[^/@]*@", "//");
        rest = new RestService(url);
        configure(rest, configuration);
        rest.setHttpConnectTimeoutMs(Math.toIntExact(timeout.toMillis()));
        rest.setHttpReadTimeoutMs(Math.toIntExact(timeout.toMillis()));
    }

    /** The caching client is made for what its constructor does to the service: credentials and TLS out of the settings. */
    @SuppressWarnings("CheckReturnValue")
    private static void configure(RestService rest, Map<String, String> configuration) {
        new CachedSchemaRegistryClient(rest, 1, configuration);
    }

    @Override
    public Optional<String> byId(int id) throws IOException {
        String known = schemas.get(id);
        if (known != null) {
            return Optional.of(known);
        }
        Long since = unknownSinceNanos.get(id);
        if (since != null && waiting.nanos() - since < UNKNOWN_FOR.toNanos()) {
            return Optional.empty();
        }
        Optional<String> fetched = fetch(id);
        fetched.ifPresentOrElse(text -> schemas.put(id, text), () -> rememberUnknown(id));
        return fetched;
    }

    private void rememberUnknown(int id) {
        // Damaged records may name any id.
        if (unknownSinceNanos.size() >= MAX_UNKNOWN) {
            unknownSinceNanos.clear();
        }
        unknownSinceNanos.put(id, waiting.nanos());
    }

    private Optional<String> fetch(int id) throws IOException {
        for (int attempt = 0; ; attempt++) {
            try {
                return Optional.of(schemaIn(rest.getId(id)));
            } catch (RestClientException e) {
                // Only this code means that the registry looked and has no such schema; a bare 404 is a wrong URL.
                if (e.getErrorCode() == SCHEMA_NOT_FOUND) {
                    return Optional.empty();
                }
                waitOrFail(id, attempt, "status " + e.getStatus() + ", code " + e.getErrorCode(), e);
            } catch (IOException e) {
                waitOrFail(id, attempt, e.getClass().getSimpleName(), e);
            }
        }
    }

    private static String schemaIn(SchemaString answer) throws IOException {
        String schema = answer.getSchemaString();
        if (schema == null) {
            throw new IOException("the answer has no schema");
        }
        return schema;
    }

    private void waitOrFail(int id, int attempt, String answer, Exception cause) throws IOException {
        if (attempt == PAUSES.size()) {
            throw new IOException(
                    "registry %s did not give schema %d in %d attempts; the last ended in %s. Check source.schema-registry.url and the credentials."
                            .formatted(shownUrl, id, attempt + 1, answer),
                    cause);
        }
        try {
            waiting.pause(PAUSES.get(attempt));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for registry " + shownUrl, e);
        }
    }
}
