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
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Internal named stages, as directories: PUT, LIST, REMOVE. A path in a stage is a prefix, as in object storage. */
final class Stages {
    private static final Map<String, Set<String>> PUT_OPTIONS = Map.of(
            "AUTO_COMPRESS", Set.of("TRUE", "FALSE"),
            "SOURCE_COMPRESSION", Set.of(),
            "OVERWRITE", Set.of("TRUE", "FALSE"),
            "PARALLEL", Set.of());
    private final Path root;

    Stages(Path root) {
        this.root = root;
    }

    /** {@code @stage/path}. */
    record Location(QualifiedName stage, Path directory, String path) {
        Location {
            if (!directory.resolve(path).normalize().startsWith(directory)) {
                throw SnowflakeError.unsupported("a path that leaves its stage: " + path);
            }
        }

        Path file(String name) {
            String folder = path.isEmpty() || path.endsWith("/") ? path : path + "/";
            return new Location(stage, directory, folder + name).directory.resolve(folder + name);
        }

        String relative(Path file) {
            return directory.relativize(file).toString();
        }

        /** The files whose path in the stage begins with this one's, in order. */
        List<Path> files() {
            Path folder = directory.resolve(path.substring(0, path.lastIndexOf('/') + 1));
            if (!Files.isDirectory(folder)) {
                return List.of();
            }
            try (Stream<Path> walk = Files.walk(folder)) {
                return walk.filter(Files::isRegularFile)
                        .filter(file -> relative(file).startsWith(path))
                        .sorted()
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    Result run(Request request) {
        Tokens in = request.tokens();
        return switch (in.next().upper()) {
            case "PUT" -> put(request);
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
        String name = text.substring(0, end);
        if (name.equals("~") || name.startsWith("%") || name.contains(".%")) {
            throw SnowflakeError.unsupported("user and table stages: @" + text);
        }
        QualifiedName stage = request.names().resolve(new Tokens(name).name());
        if (request.catalog().options(ObjectKind.STAGE, stage).isEmpty()) {
            throw SnowflakeError.missing("Stage", stage.display());
        }
        Path directory = root.resolve(stage.database()).resolve(stage.schema()).resolve(stage.name());
        return new Location(stage, directory, end < text.length() ? text.substring(end + 1) : "");
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

    private Result put(Request request) {
        Tokens in = request.tokens();
        String source = in.string();
        if (!source.startsWith("file://")) {
            throw SnowflakeError.unsupported("PUT from " + source);
        }
        Location location = location(request);
        Options options = Options.parse(in);
        options.requireOnly(PUT_OPTIONS);
        try {
            Path directory = Files.createDirectories(location.directory().resolve(location.path()));
            return new Result.Upload(
                    source.substring("file://".length()),
                    directory.toString(),
                    options.upper("SOURCE_COMPRESSION", "AUTO_DETECT").toLowerCase(Locale.ROOT),
                    Result.Flag.of(options.upper("AUTO_COMPRESS", "TRUE")),
                    Result.Flag.of(options.upper("OVERWRITE", "FALSE")),
                    Integer.parseInt(options.text("PARALLEL").orElse("4")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Result list(Request request) {
        Location location = location(request);
        request.tokens().expectEnd();
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (Path file : location.files()) {
            rows.add(listed(location, file));
        }
        return new Result.Rows(
                Result.LIST,
                List.of(
                        ResultColumn.text("name"),
                        ResultColumn.number("size"),
                        ResultColumn.text("md5"),
                        ResultColumn.text("last_modified")),
                rows);
    }

    private static List<@Nullable String> listed(Location location, Path file) {
        try {
            Instant modified = Files.getLastModifiedTime(file).toInstant();
            List<@Nullable String> row = new ArrayList<>();
            row.add(location.stage().name().toLowerCase(Locale.ROOT) + "/" + location.relative(file));
            row.add(String.valueOf(Files.size(file)));
            row.add(md5(file));
            row.add(DateTimeFormatter.RFC_1123_DATE_TIME.format(modified.atOffset(ZoneOffset.UTC)));
            return row;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Result remove(Request request) {
        Location location = location(request);
        request.tokens().expectEnd();
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (Path file : location.files()) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            List<@Nullable String> row = new ArrayList<>();
            row.add(location.stage().name().toLowerCase(Locale.ROOT) + "/" + location.relative(file));
            row.add("removed");
            rows.add(row);
        }
        return new Result.Rows(Result.REMOVE, List.of(ResultColumn.text("name"), ResultColumn.text("result")), rows);
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
