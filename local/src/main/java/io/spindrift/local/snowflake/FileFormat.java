package io.spindrift.local.snowflake;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/**
 * What a CSV file of a stage looks like.
 *
 * @param quote around fields, {@link #NONE} where there is none
 * @param escapes whether a backslash outside quotes stands for something
 * @param counts whether a row must have as many fields as it fills columns
 */
record FileFormat(
        String compression,
        int delimiter,
        int quote,
        boolean escapes,
        List<byte[]> nulls,
        int skippedLines,
        boolean trims,
        boolean counts) {
    static final int NONE = -2;

    /** The options and the values that each may have; any value where there is none. */
    private static final Map<String, Set<String>> OPTIONS = options("""
            TYPE CSV
            COMPRESSION AUTO NONE GZIP ZSTD
            FIELD_DELIMITER
            RECORD_DELIMITER \\n
            FIELD_OPTIONALLY_ENCLOSED_BY
            NULL_IF
            SKIP_HEADER
            COMMENT
            ESCAPE NONE
            ESCAPE_UNENCLOSED_FIELD NONE \\\\
            EMPTY_FIELD_AS_NULL TRUE
            TRIM_SPACE TRUE FALSE
            ERROR_ON_COLUMN_COUNT_MISMATCH TRUE FALSE
            ENCODING UTF8 UTF-8
            BINARY_FORMAT HEX
            REPLACE_INVALID_CHARACTERS FALSE""");

    /** Option → values, from lines of words with Java's escapes. */
    static Map<String, Set<String>> options(String lines) {
        Map<String, Set<String>> options = new LinkedHashMap<>();
        for (String line : lines.split("\n")) {
            List<String> words = Arrays.asList(line.split(" "));
            options.put(
                    words.get(0),
                    words.stream().skip(1).map(String::translateEscapes).collect(Collectors.toSet()));
        }
        return options;
    }

    /** Of a statement: the format that its FILE_FORMAT spells out or names, else the one of the stage; they do not add up. */
    static FileFormat of(Request request, Options statement, Options stage) {
        Options options = statement.has("FILE_FORMAT") ? statement : stage;
        Options inline = options.nested("FILE_FORMAT").orElse(new Options(Map.of()));
        Optional<String> named = inline.text("FORMAT_NAME").or(() -> options.text("FILE_FORMAT"));
        if (named.isEmpty()) {
            return of(inline);
        }
        if (inline.values().size() > 1) {
            throw SnowflakeError.unsupported("FORMAT_NAME beside other options of a file format");
        }
        QualifiedName name = request.names().resolve(new Tokens(named.get()).name());
        Optional<String> text = request.catalog().options(ObjectKind.FILE_FORMAT, name);
        return of(Options.parse(
                new Tokens(text.orElseThrow(() -> SnowflakeError.missing("File format", name.display())))));
    }

    static FileFormat of(Options options) {
        options.requireOnly(OPTIONS);
        List<String> nulls = options.texts("NULL_IF").orElse(List.of("\\N"));
        return new FileFormat(
                options.upper("COMPRESSION", "AUTO"),
                character(options, "FIELD_DELIMITER", ","),
                character(options, "FIELD_OPTIONALLY_ENCLOSED_BY", "NONE"),
                !options.upper("ESCAPE_UNENCLOSED_FIELD", "").equals("NONE"),
                nulls.stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                Integer.parseInt(options.text("SKIP_HEADER").orElse("0")),
                options.upper("TRIM_SPACE", "FALSE").equals("TRUE"),
                options.upper("ERROR_ON_COLUMN_COUNT_MISMATCH", "TRUE").equals("TRUE"));
    }

    private static int character(Options options, String key, String otherwise) {
        String text = options.has(key) ? options.text(key).orElse("(…)") : otherwise;
        if (key.equals("FIELD_OPTIONALLY_ENCLOSED_BY") && text.equalsIgnoreCase("NONE")) {
            return NONE;
        }
        if (text.length() != 1 || text.charAt(0) > 127) {
            throw SnowflakeError.unsupported("the option " + key + " = " + text);
        }
        return text.charAt(0);
    }

    /**
     * Reads a file.
     *
     * @param fields how many fields a row must have, 0 for any number
     */
    CsvReader read(Path file, int columns, int fields) throws IOException {
        BufferedInputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        raw.mark(2);
        int magic = raw.read() | raw.read() << 8;
        raw.reset();
        String detected = magic == 0xb528 ? "ZSTD" : magic == 0x8b1f ? "GZIP" : "NONE";
        InputStream in =
                switch (compression.equals("AUTO") ? detected : compression) {
                    case "ZSTD" -> new ZstdInputStream(raw);
                    case "GZIP" -> new GZIPInputStream(raw, 1 << 16);
                    default -> raw;
                };
        return new CsvReader(in, this, columns, fields);
    }
}
