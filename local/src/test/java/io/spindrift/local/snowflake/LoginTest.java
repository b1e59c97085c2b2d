package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By password, and by a key pair whose public half ALTER USER has set. */
final class LoginTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static Warehouse warehouse;
    private static Connection admin;
    private static KeyPair one;
    private static KeyPair two;
    private static Path directory;

    @BeforeAll
    static void start(@TempDir Path data) throws Exception {
        directory = data;
        warehouse = Warehouse.in(data.resolve("data"));
        admin = warehouse.connect();
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        one = generator.generateKeyPair();
        two = generator.generateKeyPair();
    }

    @AfterAll
    static void stop() throws SQLException {
        admin.close();
        warehouse.close();
    }

    @Test
    void aWrongPasswordIsRefused() throws Exception {
        String password = warehouse.snowflake().password();
        assertRefused(390100, () -> warehouse.connect("SPINDRIFT", "wrong"));
        assertThat(codeOf(Map.of("LOGIN_NAME", "SPINDRIFT", "PASSWORD", ""))).isEqualTo("390100");
        assertRefused(390100, () -> warehouse.connect("NOBODY", password));
    }

    @Test
    void aUserLogsInByItsOwnPassword() throws Exception {
        Warehouse.execute(admin, "CREATE USER ann PASSWORD = 'secret-of-ann'");
        try (Connection connection = warehouse.connect("ann", "secret-of-ann")) {
            assertThat(Warehouse.rows(connection, "SELECT CURRENT_USER()")).containsExactly("ANN");
        }
        Warehouse.execute(admin, "ALTER USER ann SET PASSWORD = 'another'");
        assertRefused(390100, () -> warehouse.connect("ann", "secret-of-ann"));
        Warehouse.execute(admin, "ALTER USER ann UNSET PASSWORD");
        assertThat(codeOf(Map.of("LOGIN_NAME", "ANN", "PASSWORD", ""))).isEqualTo("390100");
    }

    @Test
    void aLoginNamesARoleThatThereIs() throws Exception {
        String url = warehouse.snowflake().jdbcUrl().replace("warehouse=LOCAL", "warehouse=nowhere");
        String password = warehouse.snowflake().password();
        try (Connection connection = DriverManager.getConnection(url + "&role=sysadmin", "SPINDRIFT", password)) {
            assertThat(Warehouse.rows(connection, "SELECT CURRENT_WAREHOUSE(), CURRENT_ROLE()"))
                    .containsExactly("NULL|SYSADMIN");
            assertThatThrownBy(() -> Warehouse.rows(connection, "SELECT * FROM INFORMATION_SCHEMA.TABLES"))
                    .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getErrorCode())
                            .isEqualTo(606));
            Warehouse.execute(connection, "USE WAREHOUSE local");
            assertThat(Warehouse.rows(connection, "SELECT COUNT(*) FROM INFORMATION_SCHEMA.DATABASES"))
                    .containsExactly("1");
        }
        assertRefused(390189, () -> DriverManager.getConnection(url + "&role=nobody", "SPINDRIFT", password));
    }

    @Test
    void keysAreRotated() throws Exception {
        Warehouse.execute(admin, "CREATE USER bob TYPE = SERVICE");
        assertRefused(390144, () -> connect("BOB", one));
        Warehouse.execute(admin, "ALTER USER bob SET RSA_PUBLIC_KEY = '" + pem(one.getPublic()) + "'");
        try (Connection connection = connect("BOB", one)) {
            assertThat(Warehouse.rows(connection, "SELECT CURRENT_USER()")).containsExactly("BOB");
        }
        assertRefused(390144, () -> connect("BOB", two));
        Warehouse.execute(admin, "ALTER USER bob SET RSA_PUBLIC_KEY_2 = '" + pem(two.getPublic()) + "'");
        connect("BOB", one).close();
        connect("BOB", two).close();
        Warehouse.execute(admin, "ALTER USER bob UNSET RSA_PUBLIC_KEY");
        assertRefused(390144, () -> connect("BOB", one));
        connect("BOB", two).close();
    }

    /** Each claim, and the signature, wrong by itself. */
    @Test
    void aTokenThatIsNotTheUsersIsRefused() throws Exception {
        Warehouse.execute(
                admin,
                "CREATE USER cid RSA_PUBLIC_KEY = '" + pem(one.getPublic()).replace("\n", "") + "'");
        Warehouse.execute(
                admin,
                "CREATE USER dan RSA_PUBLIC_KEY = '" + pem(two.getPublic()).replace("\n", "") + "'");
        Warehouse.execute(
                admin,
                "CREATE USER eve RSA_PUBLIC_KEY = '" + pem(one.getPublic()).replace("\n", "") + "'");
        long now = Instant.now().getEpochSecond();
        String issuer = issuer("LOCAL.CID", one.getPublic());
        assertThat(codeOf("CID", token("RS256", issuer, "LOCAL.CID", now + 60, one.getPrivate())))
                .isEmpty();
        for (String wrong : new String[] {
            token("RS256", issuer, "LOCAL.CID", now + 60, two.getPrivate()),
            token("RS256", issuer, "LOCAL.CID", now - 1, one.getPrivate()),
            token("RS256", issuer, "LOCAL.DAN", now + 60, one.getPrivate()),
            token("RS256", issuer("LOCAL.CID", two.getPublic()), "LOCAL.CID", now + 60, one.getPrivate()),
            token("none", issuer, "LOCAL.CID", now + 60, one.getPrivate()),
            issuer,
            ""
        }) {
            assertThat(codeOf("CID", wrong)).as(wrong).isEqualTo("390144");
        }
        // The same key, and a token for another.
        assertThat(codeOf("EVE", token("RS256", issuer, "LOCAL.CID", now + 60, one.getPrivate())))
                .isEqualTo("390144");
        assertThat(codeOf("DAN", token("RS256", issuer, "LOCAL.CID", now + 60, one.getPrivate())))
                .isEqualTo("390144");
    }

    private static String codeOf(String user, String token) throws Exception {
        return codeOf(Map.of("LOGIN_NAME", user, "AUTHENTICATOR", "SNOWFLAKE_JWT", "TOKEN", token));
    }

    private static String codeOf(Map<String, String> data) throws Exception {
        JsonNode answer =
                SessionTest.send(warehouse.snowflake().port(), "/session/v1/login-request", "", Map.of("data", data));
        return answer.path("code").asText("").replace("null", "");
    }

    private static String token(String algorithm, String issuer, String subject, long expires, PrivateKey key)
            throws Exception {
        long now = Instant.now().getEpochSecond();
        String head = base64(JSON.writeValueAsBytes(Map.of("alg", algorithm)))
                + "."
                + base64(JSON.writeValueAsBytes(Map.of("iss", issuer, "sub", subject, "iat", now - 2, "exp", expires)));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update(head.getBytes(StandardCharsets.US_ASCII));
        return head + "." + base64(signature.sign());
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String issuer(String subject, PublicKey key) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
        return subject + ".SHA256:" + Base64.getEncoder().encodeToString(digest);
    }

    private static String pem(PublicKey key) {
        return Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    }

    private static Connection connect(String user, KeyPair keys) throws Exception {
        Path file = Files.createTempFile(directory, "key", ".p8");
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(keys.getPrivate().getEncoded());
        Files.writeString(file, "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n");
        Properties login = new Properties();
        login.setProperty("user", user);
        login.setProperty("private_key_file", file.toString());
        return DriverManager.getConnection(warehouse.snowflake().jdbcUrl(), login);
    }

    private interface Login {
        Connection connect() throws Exception;
    }

    private static void assertRefused(int code, Login login) {
        assertThatThrownBy(() -> login.connect().close()).isInstanceOfSatisfying(SQLException.class, e -> {
            assertThat(e.getErrorCode()).isEqualTo(code);
            assertThat(e.getSQLState()).isEqualTo("08001");
        });
    }
}
