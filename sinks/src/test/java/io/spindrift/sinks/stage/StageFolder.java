package io.spindrift.sinks.stage;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** An internal stage in memory, open to several sessions: keeps each file's bytes under its path. Can fail, and can be held up. */
public final class StageFolder implements StageOpener {

    private static final long serialVersionUID = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final transient Map<String, byte[]> files = new LinkedHashMap<>();
    private int uploadsThatSucceed = Integer.MAX_VALUE;
    private boolean heldUp;
    private long epoch = 1;
    private int epochReads;
    private int uploadsBegun;
    private int openSessions;

    @Override
    public synchronized FileUploader open() {
        openSessions++;
        return new Session();
    }

    private final class Session implements FileUploader {
        private final AtomicBoolean inUse = new AtomicBoolean();

        @Override
        public long epoch() throws IOException {
            use();
            synchronized (StageFolder.this) {
                epochReads++;
                inUse.set(false);
                return epoch;
            }
        }

        @Override
        public void upload(Path file, String directory) throws IOException {
            use();
            try {
                store(file, directory);
            } finally {
                inUse.set(false);
            }
        }

        private void use() throws IOException {
            if (inUse.getAndSet(true)) {
                throw new IOException("two threads in one session");
            }
        }

        @Override
        public void close() throws IOException {
            use();
            synchronized (StageFolder.this) {
                openSessions--;
            }
        }
    }

    private synchronized void store(Path file, String directory) throws IOException {
        uploadsBegun++;
        notifyAll();
        await(() -> !heldUp);
        if (files.size() >= uploadsThatSucceed) {
            throw new IOException("the stage is gone");
        }
        if (files.put(directory + file.getFileName(), Files.readAllBytes(file)) != null) {
            throw new IOException("uploaded twice: " + directory + file.getFileName());
        }
        notifyAll();
    }

    private synchronized void await(BooleanSupplier condition) throws InterruptedIOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (left <= 0) {
                throw new AssertionError("the stage waited too long; it has " + files.keySet());
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new InterruptedIOException("interrupted in an upload");
            }
        }
    }

    /** Returns when so many files have arrived. */
    public void awaitFiles(int count) throws InterruptedIOException {
        await(() -> files.size() >= count);
    }

    /** Returns when so many uploads have begun, ended or not. */
    synchronized void awaitUploads(int count) throws InterruptedIOException {
        await(() -> uploadsBegun >= count);
    }

    synchronized int uploadsBegun() {
        return uploadsBegun;
    }

    /** The first of all uploads succeed, every later one fails. */
    public synchronized void failAfter(int uploads) {
        uploadsThatSucceed = uploads;
    }

    /** Uploads that have begun do not end. */
    synchronized void holdUp() {
        heldUp = true;
    }

    synchronized void letGo() {
        heldUp = false;
        notifyAll();
    }

    public synchronized void setEpoch(long raised) {
        epoch = raised;
    }

    public synchronized int epochReads() {
        return epochReads;
    }

    public synchronized int openSessions() {
        return openSessions;
    }

    public synchronized Map<String, byte[]> files() {
        return new LinkedHashMap<>(files);
    }

    byte[] bytes(String path) throws IOException {
        byte[] bytes = files().get(path);
        if (bytes == null) {
            throw new IOException("not in the stage: " + path + ", only " + files().keySet());
        }
        return bytes;
    }

    /** What a file holds, decompressed. */
    public String text(String path) throws IOException {
        InputStream bytes = new ByteArrayInputStream(bytes(path));
        try (ZstdInputStreamNoFinalizer in = new ZstdInputStreamNoFinalizer(bytes)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
