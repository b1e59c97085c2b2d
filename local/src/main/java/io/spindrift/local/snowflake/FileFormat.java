package io.spindrift.local.snowflake;

import com.github.luben.zstd.ZstdInputStream;
import io.spindrift.local.snowflake.OutsideRows.Reader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/** What a file of a stage looks like. Delimiters are bytes; {@link #NONE} stands for a character that is not used. */
record FileFormat(
        Type type,
        String compression,
        byte[] fieldDelimiter,
        byte[] recordDelimiter,
        int quote,
        int escape,
        int unenclosedEscape,
        List<byte[]> nulls,
        int skippedLines,
        Set<Rule> rules) {
    static final int NONE = -2;

    enum Type {
        CSV,
        JSON
    }

    /** What is on or off, by the name of its option. */
    enum Rule {
        EMPTY_FIELD_AS_NULL,
        TRIM_SPACE,
        SKIP_BLANK_LINES,
        ERROR_ON_COLUMN_COUNT_MISMATCH,
        STRIP_OUTER_ARRAY;

        private String otherwise() {
            return OPTIONS.getOrDefault(name(), Set.of("")).iterator().next();
        }
    }

    /** The options and their values, the default first; any value where there is none. */
    private static final Map<String, Set<String>> OPTIONS = options("""
            TYPE CSV JSON
            COMPRESSION AUTO NONE GZIP ZSTD
            FIELD_DELIMITER
            RECORD_DELIMITER
            FIELD_OPTIONALLY_ENCLOSED_BY
            NULL_IF
            SKIP_HEADER
            ESCAPE
            ESCAPE_UNENCLOSED_FIELD
            COMMENT
            EMPTY_FIELD_AS_NULL TRUE FALSE
            TRIM_SPACE FALSE TRUE
            SKIP_BLANK_LINES FALSE TRUE
            ERROR_ON_COLUMN_COUNT_MISMATCH TRUE FALSE
            STRIP_OUTER_ARRAY FALSE TRUE
            ENCODING UTF8 UTF-8
            BINARY_FORMAT HEX
            DATE_FORMAT AUTO
            TIME_FORMAT AUTO
            TIMESTAMP_FORMAT AUTO
            REPLACE_INVALID_CHARACTERS FALSE
            SKIP_BYTE_ORDER_MARK TRUE
            PARSE_HEADER FALSE
            MULTI_LINE TRUE
            ALLOW_DUPLICATE FALSE
            STRIP_NULL_VALUES FALSE
            ENABLE_OCTAL FALSE
            IGNORE_UTF8_ERRORS FALSE""");

    /** Option → values, from lines of words. */
    static Map<String, Set<String>> options(String lines) {
        Map<String, Set<String>> options = new LinkedHashMap<>();
        for (String line : lines.split("\n")) {
            Set<String> words = new LinkedHashSet<>(List.of(line.split(" ")));
            String option = words.iterator().next();
            words.remove(option);
            options.put(option, words);
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
        String text = request.catalog()
                .options(ObjectKind.FILE_FORMAT, name)
                .orElseThrow(() -> SnowflakeError.missing("File format", name.display()));
        return of(Options.parse(new Tokens(text)));
    }

    static FileFormat of(Options options) {
        options.requireOnly(OPTIONS);
        List<Rule> rules = List.of(Rule.values()).stream()
                .filter(rule -> options.upper(rule.name(), rule.otherwise()).equals("TRUE"))
                .toList();
        int escape = character(options, "ESCAPE", NONE);
        return new FileFormat(
                Type.valueOf(options.upper("TYPE", "CSV")),
                options.upper("COMPRESSION", "AUTO"),
                bytes(options, "FIELD_DELIMITER", ","),
                bytes(options, "RECORD_DELIMITER", "\n"),
                character(options, "FIELD_OPTIONALLY_ENCLOSED_BY", NONE),
                escape,
                escape != NONE ? escape : character(options, "ESCAPE_UNENCLOSED_FIELD", '\\'),
                options.texts("NULL_IF").orElse(List.of("\\N")).stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                Integer.parseInt(options.text("SKIP_HEADER").orElse("0")),
                Set.copyOf(rules));
    }

    private static byte[] bytes(Options options, String key, String otherwise) {
        if (options.upper(key, "").isEmpty() && options.has(key)
                || options.upper(key, "").equals("NONE")) {
            throw SnowflakeError.unsupported(
                    "the option " + key + " = " + options.text(key).orElse("(…)"));
        }
        return options.text(key).orElse(otherwise).getBytes(StandardCharsets.UTF_8);
    }

    private static int character(Options options, String key, int otherwise) {
        String text = options.text(key).orElse("");
        if (!options.has(key)) {
            return otherwise;
        }
        if (text.equalsIgnoreCase("NONE")) {
            return NONE;
        }
        if (text.length() != 1 || text.charAt(0) > 127) {
            throw SnowflakeError.unsupported("the option " + key + " = " + text);
        }
        return text.charAt(0);
    }

    boolean has(Rule rule) {
        return rules.contains(rule);
    }

    /**
     * Reads a file.
     *
     * @param fields how many fields a row must have, 0 for any number
     */
    Reader read(Path file, int columns, int fields) throws IOException {
        InputStream in = open(file);
        return switch (type) {
            case CSV -> new CsvReader(in, this, columns, fields);
            case JSON -> new JsonReader(in, has(Rule.STRIP_OUTER_ARRAY));
        };
    }

    private InputStream open(Path file) throws IOException {
        BufferedInputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        raw.mark(2);
        int magic = raw.read() | raw.read() << 8;
        raw.reset();
        String codec = !compression.equals("AUTO")
                ? compression
                : magic == 0xb528 ? "ZSTD" : magic == 0x8b1f ? "GZIP" : "NONE";
        return switch (codec) {
            case "ZSTD" -> new ZstdInputStream(raw);
            case "GZIP" -> new GZIPInputStream(raw, 1 << 16);
            default -> raw;
        };
    }
}
