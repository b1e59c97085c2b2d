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
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stages as a bucket, for as much of S3's protocol as the driver speaks: objects are the very files of {@link Stages}. An object
 * appears whole, once its length and checksums are right, or not at all. A request must name the access key, which is new with every
 * start; its signature is not verified.
 */
final class StageHttp {
    static final String BUCKET = "stages";
    private static final Logger LOG = LoggerFactory.getLogger(StageHttp.class);
    private static final Pattern CREDENTIAL = Pattern.compile("Credential=([^/]+)/");
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");
    private static final Pattern PART = Pattern.compile("<PartNumber>(\\d+)</PartNumber>");
    private static final String META = "x-amz-meta-";
    private final String keyId = UUID.randomUUID().toString().replace("-", "");
    private final Path root;
    /** Objects on their way, and below it the headers of the finished ones. */
    private final Path work;

    private final Map<String, Upload> uploads = new ConcurrentHashMap<>();

    /** An upload in parts. */
    private record Upload(Path target, Properties metadata) {}

    /** An error in S3's words. */
    private static final class Refusal extends RuntimeException {
        private final int status;
        private final String code;

        private Refusal(int status, String code) {
            super(code);
            this.status = status;
            this.code = code;
        }
    }

    StageHttp(Path root) {
        this.root = root;
        this.work = root.resolveSibling("stage-uploads");
    }

    /** What the driver must know to reach a directory of a stage. */
    void describe(Path directory, String address, ObjectNode info) {
        info.put("locationType", "S3")
                .put("location", BUCKET + "/" + root.relativize(directory) + "/")
                .put("region", "us-east-1")
                .put("endPoint", "http://" + address);
        info.putObject("creds")
                .put("AWS_KEY_ID", keyId)
                .put("AWS_SECRET_KEY", keyId)
                .put("AWS_TOKEN", keyId);
    }

    void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                answer(exchange);
            } catch (Refusal e) {
                LOG.debug("{} {}: {}", exchange.getRequestMethod(), exchange.getRequestURI(), e.code);
                xml(exchange, e.status, "Error", element("Code", e.code) + element("Message", e.code));
            }
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        Map<String, String> headers = new HashMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
        Matcher credential = CREDENTIAL.matcher(headers.getOrDefault("authorization", ""));
        if (!credential.find() || !credential.group(1).equals(keyId)) {
            throw new Refusal(403, "InvalidAccessKeyId");
        }
        Map<String, String> query = query(exchange);
        String key = exchange.getRequestURI().getPath().replaceFirst("^/" + BUCKET + "/?", "");
        Path file = root.resolve(key).normalize();
        if (!file.startsWith(root)) {
            throw new Refusal(403, "AccessDenied");
        }
        String kind = query.containsKey("uploadId") ? " part" : query.containsKey("uploads") ? " parts" : "";
        switch (exchange.getRequestMethod() + (key.isEmpty() ? " keys" : kind)) {
            case "GET keys" -> list(exchange, query);
            case "PUT" -> {
                Path arriving =
                        Files.createDirectories(work).resolve(UUID.randomUUID().toString());
                receive(exchange, headers, arriving);
                keep(arriving, file, metadata(headers));
            }
            case "POST parts" -> begin(exchange, new Upload(file, metadata(headers)));
            case "PUT part" ->
                receive(
                        exchange,
                        headers,
                        part(query, query.getOrDefault("partNumber", "").replaceAll("\\D", "")));
            case "POST part" -> complete(exchange, query);
            case "DELETE part" -> discard(part(query, "."));
            case "DELETE" -> Stages.delete(file);
            case "GET", "HEAD" -> send(exchange, file, RANGE.matcher(headers.getOrDefault("range", "")));
            default -> throw new Refusal(405, "MethodNotAllowed");
        }
        if (exchange.getResponseCode() < 0) {
            exchange.sendResponseHeaders(exchange.getRequestMethod().equals("DELETE") ? 204 : 200, -1);
        }
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            String[] parts = (pair + "=").split("=", 3);
            query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return query;
    }

    // Into a stage.

    /** The body, checked against what the headers and trailers say of it. */
    private static void receive(HttpExchange exchange, Map<String, String> headers, Path to) throws IOException {
        MessageDigest md5 = Stages.md5();
        CRC32 crc = new CRC32();
        try (InputStream in = new BufferedInputStream(exchange.getRequestBody(), 1 << 16);
                OutputStream file = new CheckedOutputStream(Files.newOutputStream(to), crc);
                OutputStream out = new DigestOutputStream(file, md5)) {
            if (headers.getOrDefault("x-amz-content-sha256", "").startsWith("STREAMING-")) {
                chunks(in, out, headers);
            } else {
                in.transferTo(out);
            }
        }
        byte[] digest = md5.digest();
        String length = headers.getOrDefault("x-amz-decoded-content-length", headers.get("content-length"));
        check(length, String.valueOf(Files.size(to)), "IncompleteBody", to);
        check(headers.get("content-md5"), base64(digest), "BadDigest", to);
        byte[] sum = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
        check(headers.get("x-amz-checksum-crc32"), base64(sum), "BadDigest", to);
        exchange.getResponseHeaders().set("ETag", '"' + HexFormat.of().formatHex(digest) + '"');
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static void check(@Nullable String said, String found, String otherwise, Path file) {
        if (said != null && !said.equals(found)) {
            Stages.delete(file);
            throw new Refusal(400, otherwise);
        }
    }

    /** aws-chunked: {@code size[;signature]\r\n data \r\n} …, a last one of size 0, and trailers. */
    private static void chunks(InputStream in, OutputStream out, Map<String, String> headers) throws IOException {
        byte[] chunk;
        do {
            int size = HexFormat.fromHexDigits("0" + line(in).split(";")[0]);
            chunk = in.readNBytes(size);
            out.write(chunk);
        } while (chunk.length > 0 && line(in).isEmpty());
        for (String trailer = line(in); trailer.contains(":"); trailer = line(in)) {
            String[] parts = trailer.split(":", 2);
            headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip());
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            line.append((char) b);
        }
        return line.toString().strip();
    }

    private static Properties metadata(Map<String, String> headers) {
        Properties metadata = new Properties();
        headers.keySet().stream()
                .filter(name -> name.startsWith(META))
                .forEach(name -> metadata.put(name, headers.get(name)));
        return metadata;
    }

    /** The file first: headers count only with the very file that they came with. */
    private void keep(Path arrived, Path file, Properties metadata) throws IOException {
        Files.createDirectories(file.getParent());
        Files.move(arrived, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path beside = metadataOf(file);
        Files.createDirectories(beside.getParent());
        metadata.setProperty("modified", Files.getLastModifiedTime(file).toString());
        try (OutputStream out = Files.newOutputStream(beside)) {
            metadata.store(out, null);
        }
    }

    private Path metadataOf(Path file) {
        return work.resolve("metadata").resolve(root.relativize(file));
    }

    private void begin(HttpExchange exchange, Upload upload) throws IOException {
        String id = UUID.randomUUID().toString();
        Files.createDirectories(work.resolve(id));
        uploads.put(id, upload);
        xml(exchange, 200, "InitiateMultipartUploadResult", element("UploadId", id));
    }

    /** A file of an upload in parts. */
    private Path part(Map<String, String> query, String name) {
        String id = query.getOrDefault("uploadId", "");
        if (!uploads.containsKey(id)) {
            throw new Refusal(404, "NoSuchUpload");
        }
        return work.resolve(id).resolve(name).normalize();
    }

    private void complete(HttpExchange exchange, Map<String, String> query) throws IOException {
        Path whole = part(query, "whole");
        String parts = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(whole)) {
            for (Matcher part = PART.matcher(parts); part.find(); ) {
                Files.copy(part(query, part.group(1)), out);
            }
        }
        Upload upload = Objects.requireNonNull(uploads.get(query.get("uploadId")));
        keep(whole, upload.target(), upload.metadata());
        discard(part(query, "."));
        xml(exchange, 200, "CompleteMultipartUploadResult", element("ETag", String.valueOf(query.get("uploadId"))));
    }

    private void discard(Path upload) throws IOException {
        uploads.remove(upload.getFileName().toString());
        try (Stream<Path> parts = Files.list(upload)) {
            parts.forEach(Stages::delete);
        }
        Files.delete(upload);
    }

    // Out of a stage.

    private void send(HttpExchange exchange, Path file, Matcher range) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new Refusal(404, "NoSuchKey");
        }
        Headers headers = exchange.getResponseHeaders();
        headers.set("ETag", '"' + Stages.md5(file) + '"');
        headers.set("Last-Modified", Stages.rfc1123(file));
        Properties metadata = new Properties();
        if (Files.exists(metadataOf(file))) {
            try (InputStream in = Files.newInputStream(metadataOf(file))) {
                metadata.load(in);
            }
        }
        if (Files.getLastModifiedTime(file).toString().equals(metadata.remove("modified"))) {
            metadata.forEach((name, value) -> headers.set((String) name, (String) value));
        }
        long size = Files.size(file);
        boolean part = range.matches();
        long from = part ? Long.parseLong(range.group(1)) : 0;
        long to = part && !range.group(2).isEmpty() ? Math.min(size, Long.parseLong(range.group(2)) + 1) : size;
        if (part && from >= size) {
            throw new Refusal(416, "InvalidRange");
        }
        headers.set("Content-Length", String.valueOf(to - from));
        if (part) {
            headers.set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + size);
        }
        boolean empty = exchange.getRequestMethod().equals("HEAD") || from == to;
        exchange.sendResponseHeaders(part ? 206 : 200, empty ? -1 : to - from);
        if (!empty) {
            try (FileChannel in = FileChannel.open(file);
                    WritableByteChannel out = Channels.newChannel(exchange.getResponseBody())) {
                for (long at = from; at < to; at += in.transferTo(at, to - at, out)) {
                    continue;
                }
            }
        }
    }

    /** ListObjects, in its first version and its second: a page of keys in order, and where the next one begins. */
    private void list(HttpExchange exchange, Map<String, String> query) throws IOException {
        boolean second = query.getOrDefault("list-type", "").equals("2");
        String prefix = query.getOrDefault("prefix", "");
        String after =
                query.getOrDefault(second ? "continuation-token" : "marker", query.getOrDefault("start-after", ""));
        int most = Integer.parseInt(query.getOrDefault("max-keys", "1000"));
        List<String> keys;
        try (Stream<Path> files = Files.walk(root)) {
            keys = files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(key -> key.startsWith(prefix) && key.compareTo(after) > 0)
                    .sorted()
                    .limit(most + 1L)
                    .toList();
        }
        boolean more = keys.size() > most;
        StringBuilder xml = new StringBuilder(element("Name", BUCKET) + element("Prefix", prefix));
        xml.append(element("IsTruncated", String.valueOf(more)));
        for (String key : more ? keys.subList(0, most) : keys) {
            Path file = root.resolve(key);
            xml.append("<Contents>")
                    .append(element("Key", key))
                    .append(element("LastModified", Stages.modified(file) + "Z"))
                    .append(element("ETag", '"' + Stages.md5(file) + '"'))
                    .append(element("Size", String.valueOf(Files.size(file))))
                    .append("</Contents>");
        }
        if (more) {
            xml.append(element(second ? "NextContinuationToken" : "NextMarker", keys.get(most - 1)));
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
