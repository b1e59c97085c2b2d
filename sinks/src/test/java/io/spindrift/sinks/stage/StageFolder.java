package io.spindrift.sinks.stage;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** An internal stage in memory: keeps each file's bytes under its path. */
final class StageFolder implements FileUploader {

    final Map<String, byte[]> files = new LinkedHashMap<>();

    /** The first of these uploads succeed, every later one fails. */
    int uploadsThatSucceed = Integer.MAX_VALUE;

    boolean closed;

    @Override
    public void upload(Path file, String directory) throws IOException {
        if (files.size() >= uploadsThatSucceed) {
            throw new IOException("the stage is gone");
        }
        if (files.put(directory + file.getFileName(), Files.readAllBytes(file)) != null) {
            throw new IOException("uploaded twice: " + directory + file.getFileName());
        }
    }

    String text(String path) throws IOException {
        byte[] bytes = files.get(path);
        if (bytes == null) {
            throw new IOException("not in the stage: " + path + ", only " + files.keySet());
        }
        return decompressed(bytes);
    }

    static String decompressed(byte[] zstd) throws IOException {
        try (ZstdInputStreamNoFinalizer in = new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(zstd))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
