package io.spindrift.local.snowflake;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A CSV file format → DuckDB's {@code read_csv}, every field a text. An empty unquoted field is NULL, a quoted one is empty. */
record CsvFormat(
        String compression,
        String fieldDelimiter,
        String recordDelimiter,
        String quote,
        List<String> nulls,
        int skippedLines) {
    /** Longer than the longest value of Snowflake, quoted. */
    private static final long MAX_LINE = 2L * SnowflakeType.TEXT_MAX;
    /** Noncharacter-like private code points, which no text should hold: to read lines whole, and for "no NULL text". */
    private static final String NO_DELIMITER = "\uDBBF\uDFF0";

    private static final String NO_NULL = "\uDBBF\uDFF1";

    private static final Map<String, Set<String>> ALLOWED = Map.ofEntries(
            Map.entry("TYPE", Set.of("CSV")),
            Map.entry("FORMAT_NAME", Set.of()),
            Map.entry("COMPRESSION", Set.of("AUTO", "NONE", "GZIP", "ZSTD")),
            Map.entry("FIELD_DELIMITER", Set.of()),
            Map.entry("RECORD_DELIMITER", Set.of()),
            Map.entry("FIELD_OPTIONALLY_ENCLOSED_BY", Set.of()),
            Map.entry("EMPTY_FIELD_AS_NULL", Set.of("TRUE", "FALSE")),
            Map.entry("NULL_IF", Set.of()),
            Map.entry("SKIP_HEADER", Set.of()),
            Map.entry("ESCAPE", Set.of("NONE")),
            Map.entry("ESCAPE_UNENCLOSED_FIELD", Set.of("NONE")),
            Map.entry("TRIM_SPACE", Set.of("FALSE")),
            Map.entry("ERROR_ON_COLUMN_COUNT_MISMATCH", Set.of("TRUE")),
            Map.entry("ENCODING", Set.of("UTF8", "UTF-8")),
            Map.entry("BINARY_FORMAT", Set.of("HEX")),
            Map.entry("DATE_FORMAT", Set.of("AUTO")),
            Map.entry("TIME_FORMAT", Set.of("AUTO")),
            Map.entry("TIMESTAMP_FORMAT", Set.of("AUTO")),
            Map.entry("REPLACE_INVALID_CHARACTERS", Set.of("FALSE")),
            Map.entry("SKIP_BLANK_LINES", Set.of("FALSE")),
            Map.entry("PARSE_HEADER", Set.of("FALSE")),
            Map.entry("MULTI_LINE", Set.of("TRUE")),
            Map.entry("COMMENT", Set.of()));

    static CsvFormat of(Options options) {
        options.requireOnly(ALLOWED);
        String quote = options.upper("FIELD_OPTIONALLY_ENCLOSED_BY", "NONE").equals("NONE")
                ? ""
                : options.text("FIELD_OPTIONALLY_ENCLOSED_BY").orElse("");
        List<String> nulls = new ArrayList<>(options.texts("NULL_IF").orElse(List.of("\\N")));
        if (!options.upper("EMPTY_FIELD_AS_NULL", "TRUE").equals("FALSE")) {
            nulls.add("");
        }
        return new CsvFormat(
                options.upper("COMPRESSION", "AUTO"),
                options.text("FIELD_DELIMITER").orElse(","),
                options.text("RECORD_DELIMITER").orElse("\n"),
                quote,
                nulls,
                Integer.parseInt(options.text("SKIP_HEADER").orElse("0")));
    }

    /** The rows of a file, as columns {@code c1}, {@code c2}, …. */
    String rows(String file, int columns) {
        String names = IntStream.rangeClosed(1, columns)
                .mapToObj(i -> "'c" + i + "': 'VARCHAR'")
                .collect(Collectors.joining(", ", "{", "}"));
        String nullTexts = nulls.isEmpty()
                ? "[" + QualifiedName.literal(NO_NULL) + "]"
                : nulls.stream().map(QualifiedName::literal).collect(Collectors.joining(", ", "[", "]"));
        return "read_csv(" + QualifiedName.literal(file) + ", auto_detect = false, header = false, columns = " + names
                + ", delim = " + QualifiedName.literal(fieldDelimiter) + ", quote = " + QualifiedName.literal(quote)
                + ", escape = " + QualifiedName.literal(quote) + ", nullstr = " + nullTexts
                + ", allow_quoted_nulls = false, strict_mode = true" + common(file) + ", skip = " + skippedLines + ")";
    }

    /** The lines of a file, quotes and all. */
    private String lines(String file) {
        return "read_csv(" + QualifiedName.literal(file) + ", auto_detect = false, header = false,"
                + " columns = {'line': 'VARCHAR'}, delim = '" + NO_DELIMITER + "', quote = '', escape = '',"
                + " nullstr = '" + NO_NULL + "', strict_mode = false" + common(file) + ")";
    }

    /**
     * Asks whether the file ends inside a quoted field. DuckDB drops such a last row without a word, so a file cut short would
     * look like a shorter one.
     */
    String endsInsideQuotes(String file) {
        String quotes = "length(line) - length(replace(line, " + QualifiedName.literal(quote) + ", ''))";
        return "SELECT coalesce(sum(" + quotes + "), 0) % 2 = 1 FROM " + lines(file);
    }

    boolean quotes() {
        return !quote.isEmpty();
    }

    private String common(String file) {
        String newLine = recordDelimiter.replace("\r", "\\r").replace("\n", "\\n");
        return ", new_line = '" + newLine + "', parallel = false, compression = '" + codec(file) + "', max_line_size = "
                + MAX_LINE + ", buffer_size = " + (MAX_LINE + 1);
    }

    private String codec(String file) {
        return switch (compression) {
            case "ZSTD" -> "zstd";
            case "GZIP" -> "gzip";
            case "NONE" -> "none";
            default -> file.endsWith(".zst") ? "zstd" : file.endsWith(".gz") ? "gzip" : "none";
        };
    }
}
