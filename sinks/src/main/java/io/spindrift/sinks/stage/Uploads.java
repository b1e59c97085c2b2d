package io.spindrift.sinks.stage;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files on their way into the stage, while their owner goes on: a few threads, each with a session of its own. After the first failure
 * nothing more is uploaded, and every call of the owner fails with it. All methods are the owner's, one thread.
 */
final class Uploads implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);

    private final BlockingDeque<FileUploader> idle = new LinkedBlockingDeque<>();
    private final ExecutorService threads;
    private final Semaphore room;
    private final List<Future<Optional<StagedFile>>> submitted = new ArrayList<>();
    private volatile @Nullable Throwable failure;

    /** @param waiting uploads that may be submitted and not done */
    Uploads(StageOpener stage, int threads, int waiting) {
        for (int i = 0; i < threads; i++) {
            idle.add(stage.open());
        }
        this.threads = Executors.newFixedThreadPool(threads, work -> {
            Thread thread = new Thread(work, "spindrift-upload");
            thread.setDaemon(true);
            return thread;
        });
        this.room = new Semaphore(waiting);
    }

    /** Makes a staged file; runs in another thread. */
    interface Upload {
        StagedFile run(FileUploader uploader) throws IOException;
    }

    /** @throws IOException when an upload has failed */
    void failIfOneFailed() throws IOException {
        Throwable cause = failure;
        if (cause != null) {
            throw new IOException("an upload into the stage failed: " + cause.getMessage(), cause);
        }
    }

    /**
     * Waits for room, and returns when the upload is in the queue.
     *
     * @throws IOException when an upload has failed
     */
    void submit(Upload upload) throws IOException {
        try {
            room.acquire();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        failIfOneFailed();
        submitted.add(threads.submit(() -> run(upload)));
    }

    /** Empty when an earlier one has failed. */
    private Optional<StagedFile> run(Upload upload) throws InterruptedException {
        FileUploader uploader = idle.takeFirst();
        try {
            return failure == null ? Optional.of(upload.run(uploader)) : Optional.empty();
        } catch (Throwable e) {
            fail(e);
            return Optional.empty();
        } finally {
            idle.addFirst(uploader);
            room.release();
            if (threads.isShutdown()) {
                closeIdle();
            }
        }
    }

    /** The first failure is the reason of the others. */
    private synchronized void fail(Throwable e) {
        if (failure == null) {
            failure = e;
        }
    }

    /**
     * Waits for every upload.
     *
     * @return the staged files, in the order in which they were submitted
     * @throws IOException when an upload has failed
     */
    List<StagedFile> await() throws IOException {
        List<StagedFile> staged = new ArrayList<>();
        try {
            for (Future<Optional<StagedFile>> upload : submitted) {
                upload.get().ifPresent(staged::add);
            }
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException e) {
            throw new IOException("an upload was given up", e.getCause());
        }
        failIfOneFailed();
        submitted.clear();
        return staged;
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while files were being uploaded");
    }

    /** Gives up what is under way. */
    @Override
    public void close() {
        threads.shutdownNow();
        boolean ended = false;
        try {
            ended = threads.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ended) {
            LOG.warn("an upload goes on behind the end of its task; its file will belong to no commit");
        }
        closeIdle();
    }

    private void closeIdle() {
        for (FileUploader uploader = idle.poll(); uploader != null; uploader = idle.poll()) {
            try {
                uploader.close();
            } catch (IOException e) {
                LOG.warn("closing a session of the stage failed", e);
            }
        }
    }
}
