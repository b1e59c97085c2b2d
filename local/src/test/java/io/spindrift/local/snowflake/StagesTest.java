package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Base64;
import java.util.Random;
import net.snowflake.client.api.connection.DownloadStreamConfig;
import net.snowflake.client.api.connection.SnowflakeConnection;
import net.snowflake.client.api.connection.UploadStreamConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files into stages and out of them, and the protocol that carries them over http. */
final class StagesTest {
    private Path directory;

    @BeforeEach
    void in(@TempDir Path temporary) {
        directory = temporary;
    }

    @ParameterizedTest
    @EnumSource(StageTransport.class)
    void filesComeBackAsTheyWent(StageTransport transport) throws Exception {
        Path out = Files.createDirectories(directory.resolve("out"));
        byte[] large = new byte[20 << 20];
        new Random(1).nextBytes(large);
        Files.write(directory.resolve("a1.bin"), large);
        Files.writeString(directory.resolve("a2.bin"), "x");
        Files.writeString(directory.resolve("a 3+%41é.bin"), "y");
        try (Warehouse warehouse = Warehouse.in(directory.resolve("data"), transport);
                Connection connection = warehouse.connect()) {
            Warehouse.execute(connection, "CREATE STAGE S");
            Warehouse.execute(connection, "PUT 'file://" + directory + "/a2.bin' @S/zip");
            assertThat(Warehouse.rows(connection, "PUT 'file://" + directory + "/a2.bin' @S/zip"))
                    .allMatch(row -> row.contains("|SKIPPED|"));
            Warehouse.execute(connection, "REMOVE @S/zip");
            String put = "PUT 'file://" + directory + "/a*.bin' @S/in AUTO_COMPRESS = FALSE PARALLEL = 2";
            assertThat(Warehouse.rows(connection, put)).allMatch(row -> row.contains("|UPLOADED|"));
            assertThat(Warehouse.rows(connection, put)).hasSize(3).allMatch(row -> row.contains("|SKIPPED|"));
            assertThat(Warehouse.rows(connection, "LIST @S"))
                    .hasSize(3)
                    .anyMatch(row -> row.startsWith("s/in/a1.bin|" + large.length + "|"));
            String get = "GET @S/in 'file://" + out + "/' PATTERN = '.*bin'";
            assertThat(Warehouse.rows(connection, get)).hasSize(3).allMatch(row -> row.contains("|DOWNLOADED|"));
            assertThat(Files.readAllBytes(out.resolve("a1.bin"))).isEqualTo(large);
            assertThat(out.resolve("a2.bin")).hasContent("x");
            assertThat(out.resolve("a 3+%41é.bin")).hasContent("y");
        }
    }

    @Test
    void streamsGoBothWaysOverHttp() throws Exception {
        byte[] text = "1,ä\n".repeat(10_000).getBytes(StandardCharsets.UTF_8);
        try (Warehouse warehouse = Warehouse.in(directory.resolve("data"), StageTransport.HTTP);
                Connection connection = warehouse.connect()) {
            Warehouse.execute(connection, "CREATE STAGE S");
            SnowflakeConnection snowflake = connection.unwrap(SnowflakeConnection.class);
            UploadStreamConfig up = UploadStreamConfig.builder()
                    .setDestPrefix("in")
                    .setCompressData(true)
                    .build();
            snowflake.uploadStream("S", "x.csv", new ByteArrayInputStream(text), up);
            DownloadStreamConfig down =
                    DownloadStreamConfig.builder().setDecompress(true).build();
            try (InputStream in = snowflake.downloadStream("S", "in/x.csv.gz", down)) {
                assertThat(in.readAllBytes()).isEqualTo(text);
            }
        }
    }

    /** What a client without the driver sees. */
    @Test
    void objectsFollowTheProtocol() throws Exception {
        Path root = Files.createDirectories(directory.resolve("stages"));
        StageHttp http = new StageHttp(root);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/" + StageHttp.BUCKET, http::handle);
        server.start();
        try {
            ObjectNode info = Answers.JSON.createObjectNode();
            http.describe(root.resolve("d"), "127.0.0.1:" + server.getAddress().getPort(), info);
            String base =
                    info.path("endPoint").asText() + "/" + info.path("location").asText();
            String key = info.path("creds").path("AWS_KEY_ID").asText();
            Client client = new Client(base, key);
            assertThat(client.send("PUT", "a&b.csv", "0123456789").statusCode()).isEqualTo(200);
            assertThat(root.resolve("d/a&b.csv")).hasContent("0123456789");
            HttpResponse<String> head = client.send("HEAD", "a&b.csv", "");
            assertThat(head.headers().firstValue("x-amz-meta-sfc-digest"))
                    .contains("hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=");
            assertThat(head.headers().firstValue("Content-Length")).contains("10");
            for (String header : new String[] {"Range", "x-amz-meta-more", "Content-MD5"}) {
                assertThat(client.send("GET", "a&b.csv", "", header, "x").statusCode())
                        .isEqualTo(501);
            }
            assertThat(client.send("GET", "none", "").body()).contains("<Code>NoSuchKey</Code>");
            assertThat(client.send("GET", "../../password", "").statusCode()).isEqualTo(403);
            assertThat(new Client(base, "other").send("GET", "a&b.csv", "").body())
                    .contains("InvalidAccessKeyId");
            assertThat(client.send("PUT", "bad", "x", "x-amz-checksum-crc32", "AAAA")
                            .body())
                    .contains("BadDigest");
            assertThat(root.resolve("d/bad")).doesNotExist();
            chunksAreDecoded(client, root);
            partsAreJoined(client, root);
            keysAreListed(client);
            assertThat(client.send("DELETE", "a&b.csv", "").statusCode()).isEqualTo(204);
            assertThat(root.resolve("d/a&b.csv")).doesNotExist();
        } finally {
            server.stop(0);
        }
    }

    private static void chunksAreDecoded(Client client, Path root) throws Exception {
        String crc = Base64.getEncoder().encodeToString(new byte[] {(byte) 0x35, 0x2a, (byte) 0x54, (byte) 0x41});
        String body = "3;chunk-signature=1\r\nabc\r\n2;chunk-signature=2\r\nde\r\n0;chunk-signature=3\r\n";
        String[] headers = {
            "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "x-amz-decoded-content-length", "5"
        };
        assertThat(client.send("PUT", "chunked", body + "\r\n", headers).statusCode())
                .isEqualTo(200);
        assertThat(root.resolve("d/chunked")).hasContent("abcde");
        String trailer = body + "x-amz-checksum-crc32:" + crc + "\r\n\r\n";
        assertThat(client.send("PUT", "crc", trailer, headers).body()).contains("BadDigest");
        headers[3] = "6";
        assertThat(client.send("PUT", "short", body + "\r\n", headers).body()).contains("IncompleteBody");
        assertThat(client.send("PUT", "cut", "3\r\nab", headers).body()).contains("IncompleteBody");
        assertThat(root.resolve("d/short")).doesNotExist();
    }

    private static void partsAreJoined(Client client, Path root) throws Exception {
        String begun = client.send("POST", "parts?uploads", "").body();
        String id = begun.replaceAll(".*<UploadId>(.*)</UploadId>.*", "$1");
        client.send("PUT", "parts?partNumber=2&uploadId=" + id, "two");
        client.send("PUT", "parts?partNumber=1&uploadId=" + id, "one");
        String parts = "<Part><PartNumber>1</PartNumber></Part><Part><PartNumber>2</PartNumber></Part>";
        assertThat(client.send("POST", "parts?uploadId=" + id, parts).statusCode())
                .isEqualTo(200);
        assertThat(root.resolve("d/parts")).hasContent("onetwo");
        assertThat(client.send("DELETE", "parts?uploadId=" + id, "").body()).contains("NoSuchUpload");
    }

    private static void keysAreListed(Client client) throws Exception {
        assertThat(client.send("GET", "../?prefix=d/a", "").body())
                .contains("<Key>d/a&amp;b.csv</Key>", "<IsTruncated>false<")
                .doesNotContain("chunked");
        assertThat(client.send("GET", "../?list-type=2&prefix=d/", "").body()).contains("NotImplemented");
    }

    private record Client(String base, String key) {
        private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(
                            path.startsWith("../?") ? base.replaceFirst("d/$", "") + path.substring(3) : base + path))
                    .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                    .header(
                            "Authorization",
                            "AWS4-HMAC-SHA256 Credential=" + key + "/20261121/us-east-1/s3/aws4_request");
            if (headers.length > 0) {
                request.headers(headers);
            }
            return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
        }
    }

    @Test
    void moreThanAThousandFilesCannotBeNamed() throws Exception {
        try (Warehouse warehouse = Warehouse.in(directory.resolve("data"));
                Connection connection = warehouse.connect()) {
            Warehouse.execute(connection, "CREATE STAGE S");
            Warehouse.execute(connection, "CREATE TABLE T (A NUMBER(38,0))");
            String files = "'a',".repeat(1000) + "'a'";
            assertThatThrownBy(() -> Warehouse.execute(connection, "COPY INTO T FROM @S FILES = (" + files + ")"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("more than 1000");
        }
    }
}
