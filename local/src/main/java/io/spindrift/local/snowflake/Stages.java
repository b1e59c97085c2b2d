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
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Internal stages, named ones and those of users and tables, as directories: PUT, GET, LIST, REMOVE. A path in a stage is a prefix, as
 * in object storage.
 */
final class Stages {
    /** The driver uploads large batches of bound values to it; each session has it without asking. */
    static final String BIND_STAGE = "SYSTEM$BIND";

    private static final Map<String, Set<String>> OPTIONS = FileFormat.options("""
            AUTO_COMPRESS TRUE FALSE
            SOURCE_COMPRESSION AUTO_DETECT GZIP BZ2 BROTLI ZSTD DEFLATE RAW_DEFLATE NONE
            OVERWRITE TRUE FALSE
            PARALLEL
            PATTERN""");
    private static final String FILE = "file://";
    private final Path root;
    private final StageTransport transport;
    private final StageHttp http;

    Stages(Path root, StageTransport transport, StageHttp http) {
        this.root = root;
        this.transport = transport;
        this.http = http;
    }

    /**
     * {@code @stage/path}.
     *
     * @param listedAs what LIST puts before the path
     * @param options of the stage
     */
    record Location(String name, String listedAs, Path directory, String path, Options options) {
        Location {
            if (!directory.resolve(path).normalize().startsWith(directory)) {
                throw SnowflakeError.unsupported("a path that leaves its stage: " + path);
            }
        }

        private String folder() {
            return path.isEmpty() || path.endsWith("/") ? path : path + "/";
        }

        Path file(String file) {
            return directory.resolve(new Location(name, listedAs, directory, folder() + file, options).path);
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
            try (Stream<Path> walk = io(() -> Files.walk(folder))) {
                return walk.filter(Files::isRegularFile)
                        .filter(file -> relative(file).startsWith(path))
                        .filter(file -> pattern.isEmpty() || matches(relative(file), pattern.get()))
                        .sorted()
                        .toList();
            }
        }

        private boolean matches(String file, String pattern) {
            String rest = file.substring(path.length());
            return (rest.startsWith("/") ? rest.substring(1) : rest).matches(pattern);
        }

        private String listed(Path file) {
            return listedAs + relative(file);
        }
    }

    Result run(Request request) {
        Tokens in = request.tokens();
        return switch (in.next().upper()) {
            case "PUT" -> put(request);
            case "GET" -> get(request);
            case "LIST", "LS" -> list(request);
            default -> remove(request);
        };
    }

    /** A stage reference, bare or in single quotes. */
    Location location(Request request) {
        Token token = request.tokens().next();
        if (token.kind() != Kind.STAGE
                && !(token.kind() == Kind.STRING && token.text().startsWith("@"))) {
            throw SnowflakeError.syntax(token.start(), token.text());
        }
        String text = token.text().substring(1);
        int end = endOfName(text);
        return stage(request, text.substring(0, end), end < text.length() ? text.substring(end + 1) : "");
    }

    private Location stage(Request request, String name, String path) {
        Options none = new Options(Map.of());
        if (name.equals("~")) {
            Path directory = root.resolve("_USERS").resolve(request.session().user());
            return new Location("~", "", directory, path, none);
        }
        if (name.equalsIgnoreCase(BIND_STAGE)) {
            return new Location(name, "", root.resolve(BIND_STAGE), path, none);
        }
        boolean ofTable = name.startsWith("%") || name.contains(".%");
        QualifiedName stage = request.names().resolve(new Tokens(ofTable ? name.replaceFirst("%", "") : name).name());
        Path directory = (ofTable ? stage.ofTable() : stage)
                .directory(root)
                .orElseThrow(() -> SnowflakeError.unsupported("a stage of this name: " + stage.display()));
        if (ofTable) {
            request.catalog().require(stage);
            return new Location("%" + stage.display(), "", directory, path, none);
        }
        String options = request.catalog()
                .options(ObjectKind.STAGE, stage)
                .orElseThrow(() -> SnowflakeError.missing("Stage", stage.display()));
        String listedAs = stage.name().toLowerCase(Locale.ROOT) + "/";
        return new Location(stage.display(), listedAs, directory, path, Options.parse(new Tokens(options)));
    }

    private static int endOfName(String text) {
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            quoted ^= c == '"';
            if (c == '/' && !quoted) {
                return i;
            }
        }
        return text.length();
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
        Location location = new Location(BIND_STAGE, "", root.resolve(BIND_STAGE), path, new Options(Map.of()));
        return location.files(Optional.empty()).stream()
                .sorted((one, other) -> Integer.compare(number(one), number(other)))
                .toList();
    }

    private static int number(Path file) {
        return Integer.parseInt(file.getFileName().toString().replaceFirst("\\..*", ""));
    }

    private static String local(Tokens in) {
        String path = in.string();
        if (!path.startsWith(FILE)) {
            throw SnowflakeError.unsupported("PUT or GET of " + path);
        }
        return path.substring(FILE.length());
    }

    private static Options options(Tokens in, String... allowed) {
        Options options = Options.parse(in);
        in.expectEnd();
        options.requireOnly(OPTIONS);
        options.values().keySet().stream()
                .filter(key -> !List.of(allowed).contains(key))
                .forEach(key -> {
                    throw SnowflakeError.unsupported("the option " + key + " in " + in.sql());
                });
        return options;
    }

    private Result put(Request request) {
        String source = local(request.tokens());
        Location location = location(request);
        Options options = options(request.tokens(), "AUTO_COMPRESS", "SOURCE_COMPRESSION", "OVERWRITE", "PARALLEL");
        ObjectNode answer = Answers.JSON
                .createObjectNode()
                .put("command", "UPLOAD")
                .put("autoCompress", options.upper("AUTO_COMPRESS", "TRUE").equals("TRUE"))
                .put("overwrite", options.upper("OVERWRITE", "FALSE").equals("TRUE"))
                .put(
                        "sourceCompression",
                        options.upper("SOURCE_COMPRESSION", "AUTO_DETECT").toLowerCase(Locale.ROOT));
        answer.putArray("src_locations").add(source);
        return transfer(request, Result.PUT, options, location.directory().resolve(location.path()), answer);
    }

    private Result get(Request request) {
        Location location = location(request);
        String target = local(request.tokens());
        Options options = options(request.tokens(), "PARALLEL", "PATTERN");
        ObjectNode answer =
                Answers.JSON.createObjectNode().put("command", "DOWNLOAD").put("localLocation", target);
        ArrayNode files = answer.putArray("src_locations");
        location.files(options.text("PATTERN")).forEach(file -> files.add(location.relative(file)));
        return transfer(request, Result.GET, options, location.directory(), answer);
    }

    private Result transfer(Request request, int type, Options options, Path directory, ObjectNode answer) {
        answer.put("parallel", Integer.parseInt(options.text("PARALLEL").orElse("4")));
        answer.put("threshold", 209_715_200).putNull("encryptionMaterial");
        ObjectNode info = answer.putObject("stageInfo").put("isClientSideEncrypted", false);
        switch (transport) {
            case LOCAL_FS -> {
                io(() -> Files.createDirectories(directory));
                info.put("locationType", "LOCAL_FS")
                        .put("location", directory.toString())
                        .putObject("creds");
            }
            case HTTP -> http.describe(directory, request.session().address(), info);
        }
        return new Result.Transfer(type, answer);
    }

    private Result list(Request request) {
        Location location = location(request);
        return rows(
                request,
                location,
                Result.LIST,
                "name #size md5 last_modified",
                file -> Arrays.asList(
                        location.listed(file), String.valueOf(file.toFile().length()), md5(file), rfc1123(file)));
    }

    private Result remove(Request request) {
        Location location = location(request);
        return rows(request, location, Result.REMOVE, "name result", file -> {
            delete(file);
            return Arrays.asList(location.listed(file), "removed");
        });
    }

    private static Result rows(
            Request request, Location location, int type, String columns, Function<Path, List<@Nullable String>> row) {
        Options options = options(request.tokens(), "PATTERN");
        List<Path> files = location.files(options.text("PATTERN"));
        return new Result.Rows(
                type, ResultColumn.of(columns), files.stream().map(row).toList());
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

    static LocalDateTime modified(Path file) {
        return LocalDateTime.ofInstant(io(() -> Files.getLastModifiedTime(file)).toInstant(), ZoneOffset.UTC);
    }

    static String rfc1123(Path file) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(modified(file).atOffset(ZoneOffset.UTC));
    }

    static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String md5(Path file) {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digest = new DigestInputStream(in, md5())) {
            digest.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
