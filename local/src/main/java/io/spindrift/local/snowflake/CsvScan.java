package io.spindrift.local.snowflake;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * What must be known of a CSV file before DuckDB reads it: DuckDB drops a last row that ends inside a quoted field without a word, and
 * wants buffers for the longest row in advance.
 *
 * @param codec zstd, gzip or none
 * @param longestRow in bytes, decompressed
 */
record CsvScan(Path file, String codec, boolean endsInsideQuotes, long rows, long longestRow, long bytes) {

    static CsvScan of(Path file, String codec, byte quote) throws IOException {
        try (InputStream in = open(file, codec)) {
            byte[] buffer = new byte[1 << 16];
            boolean quoted = false;
            long longest = 0;
            long row = 0;
            long rows = 0;
            long bytes = 0;
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    row++;
                    if (buffer[i] == quote) {
                        quoted = !quoted;
                    } else if (buffer[i] == '\n' && !quoted) {
                        longest = Math.max(longest, row);
                        row = 0;
                        rows++;
                    }
                }
                bytes += read;
            }
            return new CsvScan(file, codec, quoted, row > 0 ? rows + 1 : rows, Math.max(longest, row), bytes);
        }
    }

    private static InputStream open(Path file, String codec) throws IOException {
        InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        return switch (codec) {
            case "zstd" -> new ZstdInputStream(raw);
            case "gzip" -> new GZIPInputStream(raw);
            default -> raw;
        };
    }
}
