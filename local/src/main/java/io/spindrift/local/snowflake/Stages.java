package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spindrift.local.snowflake.Result.ResultColumn;
import io.spindrift.local.snowflake.Token.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Named internal stages as directories: PUT, GET, LIST, REMOVE. A path in a stage is a prefix, as in object storage. */
final class Stages {
    /** The driver uploads large batches of bound values to it; each session has it without asking. */
    static final String BIND_STAGE = "SYSTEM$BIND";

    private static final Pattern REFERENCE = Pattern.compile("@((?:\"[^\"]*\"|[^/\"])+)(?:/(.*))?", Pattern.DOTALL);
    private static final String FILE = "file://";
    private final Path root;
    private final StageTransport transport;
    private final StageHttp http;

    Stages(Path root, StageTransport transport, StageHttp http) {
        this.root = root;
        this.transport = transport;
        this.http = http;
    }

    /** {@code @stage/path}, and the options of the stage. */
    record Location(String name, Path directory, String path, Options options) {
        Location {
            if (!directory.resolve(path).normalize().startsWith(directory)) {
                throw SnowflakeError.unsupported("a path that leaves its stage: " + path);
            }
        }

        Path file(String file) {
            String folder = path.isEmpty() || path.endsWith("/") ? path : path + "/";
            return directory.resolve(new Location(name, directory, folder + file, options).path);
        }

        String relative(Path file) {
            return directory.relativize(file).toString();
        }

        /** The files whose path in the stage begins with this one's and then matches the pattern, in order. */
        List<Path> files(Optional<String> pattern) {
            Path folder = directory.resolve(path.substring(0, path.lastIndexOf('/') + 1));
            if (!Files.isDirectory(folder)) {
                return List.of();
            }
            Pattern wanted = Pattern.compile(Pattern.quote(path) + "/?"
                    + pattern.map(it -> "(" + it + ")").orElse("(?s:.*)"));
            try (Stream<Path> walk = io(() -> Files.walk(folder))) {
                return walk.filter(Files::isRegularFile)
                        .filter(file -> wanted.matcher(relative(file)).matches())
                        .sorted()
                        .toList();
            }
        }

        /** As LIST names it. */
        private String listed(Path file) {
            return directory.getFileName().toString().toLowerCase(Locale.ROOT) + "/" + relative(file);
        }
    }

    Result run(Request request) {
        return switch (request.tokens().next().upper()) {
            case "PUT" -> put(request);
            case "GET" -> get(request);
            case "LIST", "LS" ->
                rows(request, Result.LIST, "name #size md5 last_modified", (location, file) -> {
                    String size = String.valueOf(file.toFile().length());
                    return Arrays.asList(location.listed(file), size, md5(file), rfc1123(file));
                });
            default ->
                rows(request, Result.REMOVE, "name result", (location, file) -> {
                    delete(file);
                    return Arrays.asList(location.listed(file), "removed");
                });
        };
    }

    /** A stage reference, bare or in single quotes. */
    Location location(Request request) {
        Token token = request.tokens().next();
        Matcher reference = REFERENCE.matcher(token.text());
        if (token.kind() != Kind.STAGE && token.kind() != Kind.STRING || !reference.matches()) {
            throw SnowflakeError.syntax(token.start(), token.text());
        }
        String name = reference.group(1);
        String path = Optional.ofNullable(reference.group(2)).orElse("");
        if (name.equalsIgnoreCase(BIND_STAGE)) {
            return bindStage(path);
        }
        if (name.matches("~.*|(.*[.])?%.*")) {
            throw SnowflakeError.unsupported("the stage of a user or of a table: @" + name);
        }
        QualifiedName stage = request.names().resolve(new Tokens(name).name());
        Path directory = stage.directory(root)
                .orElseThrow(() -> SnowflakeError.unsupported("a stage of this name: " + stage.display()));
        Optional<String> options = request.catalog().options(ObjectKind.STAGE, stage);
        String written = options.orElseThrow(() -> SnowflakeError.missing("Stage", stage.display()));
        return new Location(stage.display(), directory, path, Options.parse(new Tokens(written)));
    }

    private Location bindStage(String path) {
        return new Location(BIND_STAGE, root.resolve(BIND_STAGE), path, new Options(Map.of()));
    }

    /** {@code CREATE TEMPORARY STAGE IF NOT EXISTS SYSTEM$BIND …}, as the driver says it; also within a transaction, which goes on. */
    static boolean isBindStage(Tokens in) {
        return in.peek(1).isWord("TEMPORARY")
                && in.peek(2).isWord("STAGE")
                && in.peek(6).isWord(BIND_STAGE);
    }

    /** The files of a batch of bound values, in the order of their numbers. */
    List<Path> bound(String stagePath) {
        String path = stagePath.substring(stagePath.indexOf('/') + 1) + "/";
        Comparator<Path> byNumber = Comparator.comparingInt(
                file -> Integer.parseInt(file.getFileName().toString().replaceFirst("\\..*", "")));
        return bindStage(path).files(Optional.empty()).stream().sorted(byNumber).toList();
    }

    private static String local(Tokens in) {
        String path = in.string();
        if (!path.startsWith(FILE)) {
            throw SnowflakeError.unsupported("PUT or GET of " + path);
        }
        return path.substring(FILE.length());
    }

    /** The rest of the statement. */
    private static Options options(Tokens in, String allowed) {
        Options options = Options.parse(in);
        in.expectEnd();
        options.requireOnly(FileFormat.options(allowed));
        return options;
    }

    private Result put(Request request) {
        String source = local(request.tokens());
        Location location = location(request);
        Options options = options(request.tokens(), """
                AUTO_COMPRESS TRUE FALSE
                SOURCE_COMPRESSION AUTO_DETECT GZIP ZSTD NONE
                OVERWRITE TRUE FALSE
                PARALLEL""");
        String compression = options.upper("SOURCE_COMPRESSION", "AUTO_DETECT").toLowerCase(Locale.ROOT);
        ObjectNode answer = Answers.JSON
                .createObjectNode()
                .put("command", "UPLOAD")
                .put("autoCompress", options.upper("AUTO_COMPRESS", "TRUE").equals("TRUE"))
                .put("overwrite", options.upper("OVERWRITE", "FALSE").equals("TRUE"))
                .put("sourceCompression", compression);
        answer.putArray("src_locations").add(source);
        return transfer(request, Result.PUT, options, location.directory().resolve(location.path()), answer);
    }

    private Result get(Request request) {
        Location location = location(request);
        String target = local(request.tokens());
        Options options = options(request.tokens(), "PARALLEL\nPATTERN");
        ObjectNode answer = Answers.JSON.createObjectNode();
        ArrayNode files =
                answer.put("command", "DOWNLOAD").put("localLocation", target).putArray("src_locations");
        location.files(options.text("PATTERN")).forEach(file -> files.add(location.relative(file)));
        return transfer(request, Result.GET, options, location.directory(), answer);
    }

    private Result transfer(Request request, int type, Options options, Path directory, ObjectNode answer) {
        answer.put("parallel", Integer.parseInt(options.text("PARALLEL").orElse("4")));
        answer.put("threshold", 209_715_200).putNull("encryptionMaterial");
        ObjectNode info = answer.putObject("stageInfo").put("isClientSideEncrypted", false);
        switch (transport) {
            case LOCAL_FS -> {
                String location = io(() -> Files.createDirectories(directory)).toString();
                info.put("locationType", "LOCAL_FS").put("location", location).putObject("creds");
            }
            case HTTP -> http.describe(directory, request.session().address(), info);
        }
        return new Result.Transfer(type, answer);
    }

    /** A row of an answer. */
    private interface Row {
        List<@Nullable String> of(Location location, Path file);
    }

    private Result rows(Request request, int type, String columns, Row row) {
        Location location = location(request);
        List<Path> files = location.files(options(request.tokens(), "PATTERN").text("PATTERN"));
        return new Result.Rows(
                type,
                ResultColumn.of(columns),
                files.stream().map(file -> row.of(location, file)).toList());
    }

    /** Work on files. */
    interface Io<T> {
        T run() throws IOException;
    }

    static <T> T io(Io<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path file) {
        io(() -> Files.deleteIfExists(file));
    }

    /** Deletes a directory with all that is in it, if it is there. */
    static void deleteAll(Path directory) {
        if (Files.exists(directory)) {
            try (Stream<Path> walk = io(() -> Files.walk(directory))) {
                walk.sorted(Comparator.reverseOrder()).forEach(Stages::delete);
            }
        }
    }

    static String rfc1123(Path file) {
        Instant modified = io(() -> Files.getLastModifiedTime(file)).toInstant();
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(modified.atOffset(ZoneOffset.UTC));
    }

    static String md5(Path file) {
        return HexFormat.of().formatHex(digest("MD5", file));
    }

    static byte[] digest(String algorithm, Path file) {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance(algorithm))) {
            digest.transferTo(OutputStream.nullOutputStream());
            return digest.getMessageDigest().digest();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
