package io.spindrift.local.snowflake;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
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
    private static final String CRC = "x-amz-checksum-crc32";
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
    Map<String, Object> stageInfo(Path directory, String address) {
        return Map.of(
                "locationType",
                "S3",
                "location",
                BUCKET + "/" + root.relativize(directory) + "/",
                "region",
                "us-east-1",
                "endPoint",
                "http://" + address,
                "useS3RegionalUrl",
                false,
                "isClientSideEncrypted",
                false,
                "creds",
                Map.of("AWS_KEY_ID", keyId, "AWS_SECRET_KEY", keyId, "AWS_TOKEN", keyId));
    }

    void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                answer(exchange);
            } catch (Refusal e) {
                LOG.debug("{} {}: {}", exchange.getRequestMethod(), exchange.getRequestURI(), e.getMessage());
                xml(
                        exchange,
                        e.status,
                        "<Error><Code>" + e.getMessage() + "</Code><Message>" + e.getMessage() + "</Message></Error>");
            }
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        Headers headers = exchange.getRequestHeaders();
        Matcher credential = CREDENTIAL.matcher(header(headers, "Authorization"));
        if (!credential.find() || !credential.group(1).equals(keyId)) {
            throw new Refusal(403, "InvalidAccessKeyId");
        }
        Map<String, String> query = query(exchange);
        String key = exchange.getRequestURI()
                .getPath()
                .substring(BUCKET.length() + 1)
                .replaceFirst("^/", "");
        Path file = root.resolve(key).normalize();
        if (!file.startsWith(root)) {
            throw new Refusal(403, "AccessDenied");
        }
        String method = exchange.getRequestMethod();
        if (key.isEmpty() && method.equals("GET")) {
            list(exchange, query);
        } else if (query.containsKey("uploads") || query.containsKey("uploadId")) {
            multipart(exchange, query, file);
        } else {
            object(exchange, method, file);
        }
    }

    private void object(HttpExchange exchange, String method, Path file) throws IOException {
        switch (method) {
            case "PUT" -> {
                Path arriving =
                        Files.createDirectories(work).resolve(UUID.randomUUID().toString());
                String md5 = receive(exchange, arriving);
                keep(arriving, file, metadata(exchange.getRequestHeaders()));
                exchange.getResponseHeaders().set("ETag", '"' + md5 + '"');
                exchange.sendResponseHeaders(200, -1);
            }
            case "GET", "HEAD" -> send(exchange, file);
            case "DELETE" -> {
                Files.deleteIfExists(file);
                exchange.sendResponseHeaders(204, -1);
            }
            default -> throw new Refusal(405, "MethodNotAllowed");
        }
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            String[] parts = pair.split("=", 2);
            query.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return query;
    }

    private static String header(Headers headers, String name) {
        String value = headers.getFirst(name);
        return value == null ? "" : value;
    }

    // Into a stage.

    /** The body, checked against what the headers and trailers say of it; its MD5. */
    private static String receive(HttpExchange exchange, Path to) throws IOException {
        Headers headers = exchange.getRequestHeaders();
        Map<String, String> said = new HashMap<>();
        headers.forEach((name, values) -> said.put(name.toLowerCase(Locale.ROOT), values.get(0)));
        MessageDigest md5 = md5();
        CRC32 crc = new CRC32();
        try (InputStream in = new BufferedInputStream(exchange.getRequestBody(), 1 << 16);
                OutputStream file = new CheckedOutputStream(Files.newOutputStream(to), crc);
                OutputStream out = new DigestOutputStream(file, md5)) {
            if (header(headers, "x-amz-content-sha256").startsWith("STREAMING-")) {
                chunks(in, out, said);
            } else {
                in.transferTo(out);
            }
        }
        byte[] digest = md5.digest();
        String length = said.getOrDefault("x-amz-decoded-content-length", said.getOrDefault("content-length", ""));
        check(said.getOrDefault("content-md5", ""), digest, to);
        check(
                said.getOrDefault(CRC, ""),
                ByteBuffer.allocate(4).putInt((int) crc.getValue()).array(),
                to);
        if (!length.isEmpty() && Long.parseLong(length) != Files.size(to)) {
            Files.delete(to);
            throw new Refusal(400, "IncompleteBody");
        }
        return HexFormat.of().formatHex(digest);
    }

    private static void check(String said, byte[] computed, Path file) throws IOException {
        if (!said.isEmpty() && !said.equals(Base64.getEncoder().encodeToString(computed))) {
            Files.delete(file);
            throw new Refusal(400, "BadDigest");
        }
    }

    /** aws-chunked: {@code size[;signature]\r\n data \r\n} …, a last one of size 0, and trailers. */
    private static void chunks(InputStream in, OutputStream out, Map<String, String> said) throws IOException {
        for (long size = size(in); size > 0; size = size(in)) {
            for (long left = size; left > 0; ) {
                byte[] bytes = in.readNBytes((int) Math.min(left, 1 << 16));
                if (bytes.length == 0) {
                    throw new Refusal(400, "IncompleteBody");
                }
                out.write(bytes);
                left -= bytes.length;
            }
            line(in);
        }
        for (String trailer = line(in); !trailer.isEmpty(); trailer = line(in)) {
            int colon = trailer.indexOf(':');
            said.put(
                    trailer.substring(0, Math.max(0, colon)).toLowerCase(Locale.ROOT),
                    trailer.substring(colon + 1).strip());
        }
    }

    private static long size(InputStream in) throws IOException {
        String line = line(in);
        if (line.isEmpty()) {
            throw new Refusal(400, "IncompleteBody");
        }
        return Long.parseLong(line.split(";")[0], 16);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8).strip();
    }

    private static Properties metadata(Headers headers) {
        Properties metadata = new Properties();
        headers.forEach((name, values) -> {
            if (name.toLowerCase(Locale.ROOT).startsWith(META)) {
                metadata.setProperty(name.toLowerCase(Locale.ROOT), values.get(0));
            }
        });
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

    private void multipart(HttpExchange exchange, Map<String, String> query, Path file) throws IOException {
        String method = exchange.getRequestMethod();
        String id = query.getOrDefault("uploadId", "");
        if (query.containsKey("uploads")) {
            String begun = UUID.randomUUID().toString();
            Files.createDirectories(work.resolve(begun));
            uploads.put(begun, new Upload(file, metadata(exchange.getRequestHeaders())));
            xml(
                    exchange,
                    200,
                    "<InitiateMultipartUploadResult><UploadId>" + begun
                            + "</UploadId></InitiateMultipartUploadResult>");
            return;
        }
        Upload upload = uploads.get(id);
        if (upload == null) {
            throw new Refusal(404, "NoSuchUpload");
        }
        if (method.equals("PUT")) {
            int number = Integer.parseInt(query.getOrDefault("partNumber", ""));
            String md5 = receive(exchange, work.resolve(id).resolve(String.valueOf(number)));
            exchange.getResponseHeaders().set("ETag", '"' + md5 + '"');
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        if (method.equals("POST")) {
            String parts = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            keep(joined(id, parts), upload.target(), upload.metadata());
        }
        discard(id);
        if (method.equals("POST")) {
            xml(
                    exchange,
                    200,
                    "<CompleteMultipartUploadResult><ETag>\"" + id + "\"</ETag></CompleteMultipartUploadResult>");
        } else {
            exchange.sendResponseHeaders(204, -1);
        }
    }

    private Path joined(String id, String parts) throws IOException {
        Path whole = work.resolve(id).resolve("whole");
        try (OutputStream out = Files.newOutputStream(whole)) {
            for (Matcher part = PART.matcher(parts); part.find(); ) {
                Files.copy(work.resolve(id).resolve(part.group(1)), out);
            }
        }
        return whole;
    }

    private void discard(String id) throws IOException {
        uploads.remove(id);
        try (Stream<Path> parts = Files.list(work.resolve(id))) {
            parts.forEach(Stages::delete);
        }
        Files.delete(work.resolve(id));
    }

    // Out of a stage.

    private void send(HttpExchange exchange, Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new Refusal(404, "NoSuchKey");
        }
        Headers headers = exchange.getResponseHeaders();
        headers.set("ETag", '"' + Stages.md5(file) + '"');
        headers.set(
                "Last-Modified",
                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        Stages.modified(file).atOffset(ZoneOffset.UTC)));
        headers.set("Accept-Ranges", "bytes");
        Properties metadata = new Properties();
        if (Files.exists(metadataOf(file))) {
            try (InputStream in = Files.newInputStream(metadataOf(file))) {
                metadata.load(in);
            }
        }
        if (Files.getLastModifiedTime(file).toString().equals(metadata.remove("modified"))) {
            metadata.forEach((name, value) -> headers.set((String) name, (String) value));
        }
        body(exchange, file);
    }

    private static void body(HttpExchange exchange, Path file) throws IOException {
        long size = Files.size(file);
        Matcher range = RANGE.matcher(header(exchange.getRequestHeaders(), "Range"));
        boolean part = range.matches();
        long from = part ? Long.parseLong(range.group(1)) : 0;
        long to = part && !range.group(2).isEmpty() ? Math.min(size, Long.parseLong(range.group(2)) + 1) : size;
        if (part && from >= size) {
            throw new Refusal(416, "InvalidRange");
        }
        if (part) {
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + size);
        }
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.getResponseHeaders().set("Content-Length", String.valueOf(to - from));
        exchange.sendResponseHeaders(part ? 206 : 200, head || to == from ? -1 : to - from);
        if (!head && to > from) {
            try (InputStream in = Files.newInputStream(file);
                    OutputStream out = exchange.getResponseBody()) {
                in.skipNBytes(from);
                byte[] bytes = new byte[1 << 16];
                for (long left = to - from; left > 0; ) {
                    int read = in.readNBytes(bytes, 0, (int) Math.min(left, bytes.length));
                    out.write(bytes, 0, read);
                    left -= read;
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
        StringBuilder xml = new StringBuilder("<ListBucketResult><Name>" + BUCKET + "</Name>"
                + element("Prefix", prefix) + "<MaxKeys>" + most + "</MaxKeys><IsTruncated>" + more + "</IsTruncated>");
        for (String key : more ? keys.subList(0, most) : keys) {
            Path file = root.resolve(key);
            xml.append(
                    "<Contents>" + element("Key", key) + "<LastModified>" + Stages.modified(file) + "Z</LastModified>"
                            + "<ETag>&quot;" + Stages.md5(file) + "&quot;</ETag><Size>" + Files.size(file)
                            + "</Size><StorageClass>STANDARD</StorageClass></Contents>");
        }
        if (more) {
            xml.append(element(second ? "NextContinuationToken" : "NextMarker", keys.get(most - 1)));
        }
        xml(exchange, 200, xml.append("</ListBucketResult>").toString());
    }

    private static String element(String name, String text) {
        return "<" + name + ">" + text.replace("&", "&amp;").replace("<", "&lt;") + "</" + name + ">";
    }

    private static void xml(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + text).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
        if (!head) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
