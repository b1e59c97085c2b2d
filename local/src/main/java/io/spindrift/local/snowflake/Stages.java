package io.spindrift.local.snowflake;

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
            try (Stream<Path> walk = Files.walk(folder)) {
                return walk.filter(Files::isRegularFile)
                        .filter(file -> relative(file).startsWith(path))
                        .filter(file -> pattern.isEmpty() || matches(relative(file), pattern.get()))
                        .sorted()
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
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
            Path directory = root.resolve("~").resolve(request.session().user());
            return new Location("~", "", directory, path, none);
        }
        if (name.equalsIgnoreCase(BIND_STAGE)) {
            return new Location(name, "", root.resolve(BIND_STAGE), path, none);
        }
        boolean ofTable = name.startsWith("%") || name.contains(".%");
        QualifiedName stage = request.names().resolve(new Tokens(ofTable ? name.replaceFirst("%", "") : name).name());
        Path directory =
                root.resolve(stage.database()).resolve(stage.schema()).resolve((ofTable ? "%" : "") + stage.name());
        if (!directory.normalize().equals(directory) || stage.display().contains("/")) {
            throw SnowflakeError.unsupported("a stage of this name: " + stage.display());
        }
        if (ofTable) {
            request.catalog().require(stage);
            return new Location("%" + stage.display(), "", directory, path, none);
        }
        String options = request.catalog()
                .options(Catalog.Named.STAGE, stage)
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
        String compression = options.upper("SOURCE_COMPRESSION", "AUTO_DETECT").toLowerCase(Locale.ROOT);
        boolean compresses = options.upper("AUTO_COMPRESS", "TRUE").equals("TRUE");
        boolean overwrites = options.upper("OVERWRITE", "FALSE").equals("TRUE");
        return transfer(
                request,
                Result.PUT,
                options,
                location,
                location.path(),
                Map.of(
                        "command", "UPLOAD",
                        "src_locations", List.of(source),
                        "autoCompress", compresses,
                        "overwrite", overwrites,
                        "sourceCompression", compression));
    }

    private Result get(Request request) {
        Location location = location(request);
        String target = local(request.tokens());
        Options options = options(request.tokens(), "PARALLEL", "PATTERN");
        List<String> files = location.files(options.text("PATTERN")).stream()
                .map(location::relative)
                .toList();
        return transfer(
                request,
                Result.GET,
                options,
                location,
                "",
                Map.of(
                        "command", "DOWNLOAD",
                        "src_locations", files,
                        "localLocation", target));
    }

    private Result transfer(
            Request request, int type, Options options, Location location, String path, Map<String, Object> command) {
        Map<String, Object> answer = new java.util.HashMap<>(command);
        answer.put("parallel", Integer.parseInt(options.text("PARALLEL").orElse("4")));
        answer.put("threshold", 209_715_200);
        Path directory = location.directory().resolve(path);
        answer.put(
                "stageInfo",
                switch (transport) {
                    case LOCAL_FS -> {
                        create(directory);
                        yield Map.of(
                                "locationType",
                                "LOCAL_FS",
                                "location",
                                directory.toString(),
                                "isClientSideEncrypted",
                                false,
                                "creds",
                                Map.of());
                    }
                    case HTTP -> http.stageInfo(directory, request.session().address());
                });
        return new Result.Transfer(type, answer);
    }

    private static void create(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Result list(Request request) {
        Location location = location(request);
        List<ResultColumn> columns = List.of(
                ResultColumn.text("name"),
                ResultColumn.number("size"),
                ResultColumn.text("md5"),
                ResultColumn.text("last_modified"));
        return rows(
                request,
                location,
                Result.LIST,
                columns,
                file -> Arrays.asList(
                        location.listed(file),
                        String.valueOf(file.toFile().length()),
                        md5(file),
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                modified(file).atOffset(ZoneOffset.UTC))));
    }

    private Result remove(Request request) {
        Location location = location(request);
        List<ResultColumn> columns = List.of(ResultColumn.text("name"), ResultColumn.text("result"));
        return rows(request, location, Result.REMOVE, columns, file -> {
            delete(file);
            return Arrays.asList(location.listed(file), "removed");
        });
    }

    private static Result rows(
            Request request,
            Location location,
            int type,
            List<ResultColumn> columns,
            Function<Path, List<@Nullable String>> row) {
        Options options = options(request.tokens(), "PATTERN");
        return new Result.Rows(
                type,
                columns,
                location.files(options.text("PATTERN")).stream().map(row).toList());
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static LocalDateTime modified(Path file) {
        try {
            return LocalDateTime.ofInstant(Files.getLastModifiedTime(file).toInstant(), ZoneOffset.UTC);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String md5(Path file) {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance("MD5"))) {
            digest.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
