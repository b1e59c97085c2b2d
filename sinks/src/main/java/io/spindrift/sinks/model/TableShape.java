package io.spindrift.sinks.model;

import static io.spindrift.sinks.model.Require.require;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The ordered columns of one version of a table. Rows name their shape by its fingerprint; their cells stand in the order of its columns.
 * Equal shapes have equal fingerprints in every JVM and every build.
 */
public record TableShape(TableName table, List<Column> columns) {

    public TableShape {
        columns = List.copyOf(columns);
        require(!columns.isEmpty(), "table %s has no columns", table);
        Set<String> seen = new HashSet<>();
        for (Column column : columns) {
            require(
                    seen.add(column.name().toUpperCase(Locale.ROOT)),
                    "table %s has two columns that differ only in case: '%s'",
                    table,
                    column.name());
        }
    }

    /** Rows of a shape without a key are logged, and not mirrored. */
    public boolean hasKey() {
        return columns.stream().anyMatch(Column::key);
    }

    /** Rows without a key that are mirrored by their values: see {@link Multiset}. */
    public boolean isMultiset() {
        return columns.containsAll(Multiset.COLUMNS);
    }

    public List<Column> key() {
        return columns.stream().filter(Column::key).toList();
    }

    /** The first 64 bits of SHA-256 over the shape's binary form. */
    public long fingerprint() {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ModelFormat.writeShape(this, new DataOutputStream(bytes));
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());
            return ByteBuffer.wrap(digest).getLong();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
