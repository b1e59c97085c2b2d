package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stages as a bucket, for as much of S3's protocol as the driver speaks: objects are the very files of {@link Stages}, and all that
 * is said of them comes from the file. An object appears whole, once its length and checksum are right, or not at all. A request must
 * name the access key, which is new with every start; its signature is not verified.
 */
final class StageHttp {
    static final String BUCKET = "stages";
    private static final Logger LOG = LoggerFactory.getLogger(StageHttp.class);
    private static final Pattern CREDENTIAL = Pattern.compile("Credential=([^/]+)/");
    private static final Pattern PART = Pattern.compile("<PartNumber>(\\d+)</PartNumber>");
    private static final Set<String> PARAMETERS = Set.of("prefix", "uploads", "uploadId", "partNumber");
    private static final Pattern NOT_SERVED =
            Pattern.compile("(?i)range|content-md5|x-amz-copy-source|x-amz-meta-(?!sfc-digest).*");
    private static final String CRC = "x-amz-checksum-crc32";
    /** By it the driver sees whether it has uploaded a file before: of the content, SHA-256 in Base64. */
    private static final String DIGEST = "x-amz-meta-sfc-digest";

    private final String keyId = UUID.randomUUID().toString().replace("-", "");
    private final Path root;
    /** Objects on their way: files, and a directory for each that comes in parts. */
    private final Path work;

    /** An error in S3's words. */
    private static final class Refusal extends RuntimeException {
        private final int status;

        private Refusal(int status, String code) {
            super(code);
            this.status = status;
        }
    }

    StageHttp(Path root) {
        this.root = root;
        this.work = root.resolveSibling("stage-uploads");
    }

    /** What the driver must know to reach a directory of a stage. */
    void describe(Path directory, String address, ObjectNode info) {
        info.put("locationType", "S3").put("location", BUCKET + "/" + root.relativize(directory) + "/");
        info.put("region", "us-east-1").put("endPoint", "http://" + address);
        ObjectNode keys = info.putObject("creds");
        List.of("AWS_KEY_ID", "AWS_SECRET_KEY", "AWS_TOKEN").forEach(name -> keys.put(name, keyId));
    }

    void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                answer(exchange);
            } catch (Refusal e) {
                String code = String.valueOf(e.getMessage());
                LOG.debug("{} {}: {}", exchange.getRequestMethod(), exchange.getRequestURI(), code);
                xml(exchange, e.status, "Error", element("Code", code) + element("Message", code));
            }
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        Map<String, String> query = query(exchange);
        Path file = file(exchange, query);
        String kind = query.containsKey("uploadId") ? " part" : query.containsKey("uploads") ? " parts" : "";
        switch (exchange.getRequestMethod() + (file.equals(root) ? " keys" : kind)) {
            case "GET keys" -> list(exchange, query.getOrDefault("prefix", ""));
            case "PUT" -> {
                Path arriving =
                        Files.createDirectories(work).resolve(UUID.randomUUID().toString());
                receive(exchange, arriving);
                keep(arriving, file);
            }
            case "POST parts" -> {
                String id = UUID.randomUUID().toString();
                Files.createDirectories(work.resolve(id));
                xml(exchange, 200, "InitiateMultipartUploadResult", element("UploadId", id));
            }
            case "PUT part" -> receive(exchange, part(upload(query), query.getOrDefault("partNumber", "")));
            case "POST part" -> complete(exchange, upload(query), file);
            case "DELETE part" -> discard(upload(query));
            case "DELETE" -> Stages.delete(file);
            case "GET", "HEAD" -> send(exchange, file, query.getOrDefault("partNumber", "1"));
            default -> throw new Refusal(405, "MethodNotAllowed");
        }
        if (exchange.getResponseCode() < 0) {
            exchange.sendResponseHeaders(exchange.getRequestMethod().equals("DELETE") ? 204 : 200, -1);
        }
    }

    /** The object that is asked for, once the request is known to ask for nothing that is not served. */
    private Path file(HttpExchange exchange, Map<String, String> query) {
        Matcher credential =
                CREDENTIAL.matcher(header(exchange, "Authorization").orElse(""));
        if (!credential.find() || !credential.group(1).equals(keyId)) {
            throw new Refusal(403, "InvalidAccessKeyId");
        }
        String key = exchange.getRequestURI().getPath().replaceFirst("^/" + BUCKET + "/?", "");
        Path file = root.resolve(key).normalize();
        if (!file.startsWith(root)) {
            throw new Refusal(403, "AccessDenied");
        }
        boolean asks = exchange.getRequestHeaders().keySet().stream()
                .anyMatch(name -> NOT_SERVED.matcher(name).matches());
        if (asks || !PARAMETERS.containsAll(query.keySet())) {
            throw new Refusal(501, "NotImplemented");
        }
        return file;
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
        for (Matcher pair = Pattern.compile("([^&=]+)=?([^&]*)").matcher(raw); pair.find(); ) {
            query.put(pair.group(1), URLDecoder.decode(pair.group(2), StandardCharsets.UTF_8));
        }
        return query;
    }

    private static Optional<String> header(HttpExchange exchange, String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
    }

    // Into a stage.

    /** The body, checked against what the headers and trailers say of it. */
    private static void receive(HttpExchange exchange, Path to) throws IOException {
        Map<String, String> said = new HashMap<>();
        header(exchange, CRC).ifPresent(sum -> said.put(CRC, sum));
        CRC32 crc = new CRC32();
        try (InputStream in = new BufferedInputStream(exchange.getRequestBody(), 1 << 16);
                OutputStream out = new CheckedOutputStream(Files.newOutputStream(to), crc)) {
            if (header(exchange, "x-amz-content-sha256").orElse("").startsWith("STREAMING-")) {
                said.putAll(chunks(in, out));
            } else {
                in.transferTo(out);
            }
        }
        String size = String.valueOf(Files.size(to));
        Optional<String> length = header(exchange, "x-amz-decoded-content-length");
        boolean whole =
                size.equals(length.or(() -> header(exchange, "Content-Length")).orElse(size));
        String sum = base64(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
        if (!whole || !said.getOrDefault(CRC, sum).equals(sum)) {
            Stages.delete(to);
            throw new Refusal(400, whole ? "BadDigest" : "IncompleteBody");
        }
        exchange.getResponseHeaders().set("ETag", '"' + Stages.md5(to) + '"');
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** aws-chunked: {@code size[;signature]\r\n data \r\n} …, a last one of size 0, and the trailers that are returned. */
    private static Map<String, String> chunks(InputStream in, OutputStream out) throws IOException {
        byte[] chunk;
        do {
            chunk = in.readNBytes(HexFormat.fromHexDigits("0" + line(in).split(";")[0]));
            out.write(chunk);
        } while (chunk.length > 0 && line(in).isEmpty());
        Map<String, String> trailers = new HashMap<>();
        for (String trailer = line(in); trailer.contains(":"); trailer = line(in)) {
            String[] parts = trailer.split(":", 2);
            trailers.put(parts[0], parts[1].strip());
        }
        return trailers;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            line.append((char) b);
        }
        return line.toString().strip();
    }

    private static void keep(Path arrived, Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.move(arrived, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The directory of an upload in parts. */
    private Path upload(Map<String, String> query) {
        Path upload = work.resolve(query.getOrDefault("uploadId", "")).normalize();
        if (!work.equals(upload.getParent()) || !Files.isDirectory(upload)) {
            throw new Refusal(404, "NoSuchUpload");
        }
        return upload;
    }

    private static Path part(Path upload, String number) {
        if (!number.matches("\\d{1,5}")) {
            throw new Refusal(400, "InvalidArgument");
        }
        return upload.resolve(number);
    }

    private static void complete(HttpExchange exchange, Path upload, Path file) throws IOException {
        Path whole = upload.resolve("whole");
        String parts = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(whole)) {
            for (Matcher part = PART.matcher(parts); part.find(); ) {
                Files.copy(part(upload, part.group(1)), out);
            }
        }
        keep(whole, file);
        discard(upload);
        xml(exchange, 200, "CompleteMultipartUploadResult", element("ETag", '"' + Stages.md5(file) + '"'));
    }

    private static void discard(Path upload) throws IOException {
        try (Stream<Path> parts = Files.list(upload)) {
            parts.forEach(Stages::delete);
        }
        Files.delete(upload);
    }

    // Out of a stage.

    /** Every object is one part. */
    private static void send(HttpExchange exchange, Path file, String part) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new Refusal(404, "NoSuchKey");
        }
        if (!part.equals("1")) {
            throw new Refusal(416, "InvalidPartNumber");
        }
        long size = Files.size(file);
        Headers headers = exchange.getResponseHeaders();
        headers.set("ETag", '"' + Stages.md5(file) + '"');
        headers.set("Last-Modified", Stages.rfc1123(file));
        headers.set(DIGEST, base64(Stages.digest("SHA-256", file)));
        headers.set("Content-Length", String.valueOf(size));
        boolean empty = exchange.getRequestMethod().equals("HEAD") || size == 0;
        exchange.sendResponseHeaders(200, empty ? -1 : size);
        if (!empty) {
            Files.copy(file, exchange.getResponseBody());
        }
    }

    /** ListObjects, all keys on one page. */
    private void list(HttpExchange exchange, String prefix) throws IOException {
        StringBuilder xml = new StringBuilder(element("Name", BUCKET) + element("Prefix", prefix));
        xml.append(element("IsTruncated", "false"));
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String key = root.relativize(file).toString();
                if (key.startsWith(prefix)) {
                    String said = element("Key", key)
                            + element(
                                    "LastModified",
                                    Files.getLastModifiedTime(file).toString())
                            + element("ETag", '"' + Stages.md5(file) + '"')
                            + element("Size", String.valueOf(Files.size(file)));
                    xml.append("<Contents>").append(said).append("</Contents>");
                }
            }
        }
        xml(exchange, 200, "ListBucketResult", xml.toString());
    }

    private static String element(String name, String text) {
        return "<" + name + ">" + text.replace("&", "&amp;").replace("<", "&lt;") + "</" + name + ">";
    }

    private static void xml(HttpExchange exchange, int status, String root, String inner) throws IOException {
        byte[] bytes = ("<" + root + ">" + inner + "</" + root + ">").getBytes(StandardCharsets.UTF_8);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
        if (!head) {
            exchange.getResponseBody().write(bytes);
        }
    }
}
