package io.spindrift.local.snowflake;

import java.io.IOException;
import java.nio.file.Path;
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
    private static final long SMALLEST_LINE = 1 << 16;
    private static final long LARGEST_BUFFER = 1 << 25;
    /** Stands in no UTF-8 text. */
    private static final byte NO_QUOTE = (byte) 0xff;

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

    /** The rows of files of one codec, as columns {@code c1}, {@code c2}, …. */
    String rows(List<CsvScan> scans, int columns) {
        String names = IntStream.rangeClosed(1, columns)
                .mapToObj(i -> "'c" + i + "': 'VARCHAR'")
                .collect(Collectors.joining(", ", "{", "}"));
        String nullTexts = nulls.isEmpty()
                ? "[" + QualifiedName.literal(NO_NULL) + "]"
                : nulls.stream().map(QualifiedName::literal).collect(Collectors.joining(", ", "[", "]"));
        String files = scans.stream()
                .map(scan -> QualifiedName.literal(scan.file().toString()))
                .collect(Collectors.joining(", ", "[", "]"));
        return "read_csv(" + files
                + ", auto_detect = false, header = false, columns = " + names
                + ", delim = " + QualifiedName.literal(fieldDelimiter) + ", quote = " + QualifiedName.literal(quote)
                + ", escape = " + QualifiedName.literal(quote) + ", nullstr = " + nullTexts
                + ", allow_quoted_nulls = false, strict_mode = true" + common(scans) + ", skip = " + skippedLines + ")";
    }

    /** Fails on a file that ends inside a quoted field. */
    CsvScan scan(Path file) {
        CsvScan scan;
        try {
            scan = CsvScan.of(file, codec(file), quote.isEmpty() ? NO_QUOTE : (byte) quote.charAt(0));
        } catch (IOException e) {
            throw new SnowflakeError(
                    "100080", "22000", "File '" + file.getFileName() + "' cannot be read: " + e.getMessage());
        }
        if (scan.endsInsideQuotes()) {
            throw new SnowflakeError(
                    "100132", "22000", "Found end of file inside a quoted field\n  File '" + file.getFileName() + "'");
        }
        return scan;
    }

    /** Buffers as the files need them: DuckDB allocates and clears them whole for each file. */
    private String common(List<CsvScan> scans) {
        long longest = scans.stream().mapToLong(CsvScan::longestRow).max().orElse(0);
        long largest = scans.stream().mapToLong(CsvScan::bytes).max().orElse(0);
        long line = Math.max(SMALLEST_LINE, longest + 1);
        long buffer = Math.max(line + 1, Math.min(LARGEST_BUFFER, largest + 1));
        String newLine = recordDelimiter.replace("\r", "\\r").replace("\n", "\\n");
        return ", new_line = '" + newLine + "', parallel = false, compression = '"
                + scans.get(0).codec() + "', max_line_size = " + line + ", buffer_size = " + buffer;
    }

    private String codec(Path file) {
        return switch (compression) {
            case "ZSTD" -> "zstd";
            case "GZIP" -> "gzip";
            case "NONE" -> "none";
            default ->
                file.toString().endsWith(".zst") ? "zstd" : file.toString().endsWith(".gz") ? "gzip" : "none";
        };
    }
}
