package io.spindrift.sinks.model;

import static io.spindrift.sinks.model.Require.require;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads the few names that every row repeats (table, topic) without making a new String each time. Not thread-safe. */
final class NameCache {

    private static final int SLOTS = 256;
    private static final int MAX_BYTES = 0xffff;

    private final @Nullable Entry[] entries = new Entry[SLOTS];
    private byte[] scratch = new byte[256];

    private record Entry(byte[] utf8, String name, TableName table) {
        boolean is(byte[] bytes, int length) {
            return Arrays.equals(utf8, 0, utf8.length, bytes, 0, length);
        }
    }

    static void write(String name, DataOutput out) throws IOException {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        require(utf8.length <= MAX_BYTES, "a name of %d bytes, at most %d can be written", utf8.length, MAX_BYTES);
        out.writeShort(utf8.length);
        out.write(utf8);
    }

    String readName(DataInput in) throws IOException {
        return read(in).name;
    }

    TableName readTable(DataInput in) throws IOException {
        return read(in).table;
    }

    private Entry read(DataInput in) throws IOException {
        int length = in.readUnsignedShort();
        if (scratch.length < length) {
            scratch = new byte[length];
        }
        in.readFully(scratch, 0, length);
        int hash = 0;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + scratch[i];
        }
        int slot = hash & (SLOTS - 1);
        Entry entry = entries[slot];
        if (entry == null || !entry.is(scratch, length)) {
            byte[] utf8 = Arrays.copyOf(scratch, length);
            String name = new String(utf8, StandardCharsets.UTF_8);
            entry = new Entry(utf8, name, new TableName(name));
            entries[slot] = entry;
        }
        return entry;
    }
}
