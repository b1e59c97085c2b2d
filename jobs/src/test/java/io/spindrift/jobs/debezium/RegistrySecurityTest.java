package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A registry that asks who is there, over TLS with a certificate of a private authority. Settings as in source.schema-registry.properties. */
class RegistrySecurityTest {

    private static final String PASSWORD = "store-s3cret";
    private static final Map<String, String> BASIC =
            Map.of("basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "ann:s3cret");
    private static final Map<String, String> BEARER =
            Map.of("bearer.auth.credentials.source", "STATIC_TOKEN", "bearer.auth.token", "tok-s3cret");

    @TempDir
    static Path directory = Path.of("unset");

    private final AtomicReference<String> wanted = new AtomicReference<>("");
    private final List<HttpServer> servers = new ArrayList<>();

    /** One authority, and a server's and a client's key under it. */
    @BeforeAll
    static void makeKeys() throws Exception {
        keytool("ca", "-ext", "bc:c");
        keytool("server", "-signer", "ca", "-ext", "san=ip:127.0.0.1");
        keytool("client", "-signer", "ca");
        KeyStore all = load(directory.resolve("all.p12"));
        for (String alias : List.of("server", "client")) {
            KeyStore store = empty();
            PrivateKey key = (PrivateKey) all.getKey(alias, PASSWORD.toCharArray());
            store.setKeyEntry(alias, key, PASSWORD.toCharArray(), all.getCertificateChain(alias));
            save(store, alias + ".p12");
        }
        KeyStore trust = empty();
        trust.setCertificateEntry("ca", all.getCertificate("ca"));
        save(trust, "trust.p12");
        Files.writeString(directory.resolve("ca.pem"), pem(all.getCertificate("ca")));
    }

    private static void keytool(String alias, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-dname",
                "CN=" + alias,
                "-keyalg",
                "EC",
                "-keystore",
                directory.resolve("all.p12").toString(),
                "-storepass",
                PASSWORD));
        command.addAll(Arrays.asList(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private static KeyStore empty() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static KeyStore load(Path file) throws Exception {
        return KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    }

    private static void save(KeyStore store, String name) throws Exception {
        try (OutputStream out = Files.newOutputStream(directory.resolve(name))) {
            store.store(out, PASSWORD.toCharArray());
        }
    }

    private static String pem(Certificate certificate) throws Exception {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
        return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
    }

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
    }

    private HttpServer started(HttpServer server) {
        server.createContext("/", this::answer);
        server.start();
        servers.add(server);
        return server;
    }

    private String plain() throws IOException {
        HttpServer server = started(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private String tls(String clients) throws Exception {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(load(directory.resolve("server.p12")), PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(load(directory.resolve("trust.p12")));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters ssl = getSSLContext().getDefaultSSLParameters();
                ssl.setNeedClientAuth(clients.equals("with certificates"));
                parameters.setSSLParameters(ssl);
            }
        });
        started(server);
        return "https://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String given = String.join(",", exchange.getRequestHeaders().getOrDefault("Authorization", List.of()));
        boolean welcome = given.equals(wanted.get());
        String body = welcome
                ? "{\"schema\":\"{\\\"type\\\":\\\"string\\\"}\"}"
                : "{\"error_code\":401,\"message\":\"Unauthorized\"}";
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/vnd.schemaregistry.v1+json");
        exchange.sendResponseHeaders(welcome ? 200 : 401, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static RegistrySchemas schemas(String url, Map<String, String> properties) {
        return new RegistrySchemas(url, properties, Duration.ofSeconds(30), new RegistrySchemas.Waiting() {
            @Override
            public long nanos() {
                return 0;
            }

            @Override
            public void pause(Duration pause) {}
        });
    }

    private static Map<String, String> store(String kind, String file, String type) {
        Map<String, String> properties = new HashMap<>();
        properties.put(
                "schema.registry.ssl." + kind + ".location",
                directory.resolve(file).toString());
        properties.put("schema.registry.ssl." + kind + ".type", type);
        if (!type.equals("PEM")) {
            properties.put("schema.registry.ssl." + kind + ".password", PASSWORD);
        }
        return properties;
    }

    private static Map<String, String> all(List<Map<String, String>> parts) {
        Map<String, String> all = new HashMap<>();
        parts.forEach(all::putAll);
        return all;
    }

    @Test
    void basicAndBearerCredentialsOpenTheRegistry() throws Exception {
        String url = plain();
        wanted.set("Basic " + Base64.getEncoder().encodeToString("ann:s3cret".getBytes(StandardCharsets.UTF_8)));
        assertThat(schemas(url, BASIC).byId(1)).isPresent();
        assertRefused(url, BEARER, "status 401");
        assertRefused(url, Map.of(), "status 401");
        wanted.set("Bearer tok-s3cret");
        assertThat(schemas(url, BEARER).byId(1)).isPresent();
        assertRefused(url, BASIC, "status 401");
    }

    @ParameterizedTest
    @CsvSource({"trust.p12, PKCS12", "ca.pem, PEM"})
    void aPrivateAuthorityIsTrustedWhenItIsGiven(String file, String type) throws Exception {
        String url = tls("without certificates");
        assertThat(schemas(url, store("truststore", file, type)).byId(1)).isPresent();
        assertRefused(url, Map.of(), "SSLHandshakeException");
    }

    @Test
    void credentialsGoOverTls() throws Exception {
        String url = tls("without certificates");
        wanted.set("Bearer tok-s3cret");
        Map<String, String> trust = store("truststore", "trust.p12", "PKCS12");
        assertThat(schemas(url, all(List.of(trust, BEARER))).byId(1)).isPresent();
        assertRefused(url, trust, "status 401");
    }

    @Test
    void aClientShowsItsCertificateWhereTheRegistryAsksForOne() throws Exception {
        String url = tls("with certificates");
        Map<String, String> trust = store("truststore", "trust.p12", "PKCS12");
        Map<String, String> keys = store("keystore", "client.p12", "PKCS12");
        Map<String, String> keyPassword = Map.of("schema.registry.ssl.key.password", PASSWORD);
        assertThat(schemas(url, all(List.of(trust, keys, keyPassword))).byId(1)).isPresent();
        assertRefused(url, trust, "the last ended in");
    }

    @Test
    void aStoreThatCannotBeReadFailsAtOnceAndTellsNoPassword() {
        Map<String, String> trust = store("truststore", "trust.p12", "PKCS12");
        trust.put("schema.registry.ssl.truststore.password", "wr0ng-s3cret");
        assertThatThrownBy(() -> schemas("https://127.0.0.1:1", trust))
                .hasStackTraceContaining("trust.p12")
                .satisfies(RegistrySecurityTest::tellsNoSecret);
    }

    /** No fault of a record: the job fails, and reads it again. */
    private static void assertRefused(String url, Map<String, String> properties, String why) {
        RegistrySchemas schemas = schemas(url, properties);
        assertThatThrownBy(() -> schemas.byId(1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why)
                .satisfies(RegistrySecurityTest::tellsNoSecret);
    }

    private static void tellsNoSecret(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            assertThat(cause.toString()).doesNotContain("s3cret");
        }
    }
}
