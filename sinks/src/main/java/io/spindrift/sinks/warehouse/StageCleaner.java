package io.spindrift.sinks.warehouse;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes staged files that nobody needs any more:
 *
 * <ul>
 *   <li>older than the retention, and
 *   <li>either of an epoch before this one: its commits are in the ledger, or went with an attempt that failed, and only a savepoint older
 *       than the retention could still ask for them;
 *   <li>or of this epoch and named by a commit in the ledger. Others of this epoch wait for theirs.
 * </ul>
 *
 * Directories go whole, {@code <pipeline>/<epoch>/<checkpoint>/}: one statement each.
 */
final class StageCleaner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StageCleaner.class);

    private final String pipeline;
    private final Duration retention;
    private final SessionKeeper sessions;
    private final Clock clock;
    private final Pattern path;

    StageCleaner(String pipeline, Duration retention, SessionKeeper sessions, Clock clock) {
        this.pipeline = pipeline;
        this.retention = retention;
        this.sessions = sessions;
        this.clock = clock;
        this.path = Pattern.compile("(?:^|/)(" + Pattern.quote(pipeline) + "/(\\d+)/\\d+/)(.+)$");
    }

    /** A file of the stage; its name as LIST gives it begins with the stage's own. */
    private record Listed(String path, String directory, long epoch, Instant modified) {}

    /**
     * Only after every commit that this attempt was restored with is in the ledger.
     *
     * @param epoch this committer's
     * @return files removed
     */
    int clean(long epoch) throws IOException {
        return sessions.run("cleaning of the stage", session -> clean(session, epoch));
    }

    private int clean(Session session, long epoch) throws SQLException {
        Instant cutoff = clock.instant().minus(retention);
        List<Listed> files = list(session);
        boolean some = files.stream().anyMatch(file -> file.modified().isBefore(cutoff));
        if (!some) {
            return 0;
        }
        Set<String> committed = committed(session, epoch, cutoff);
        Map<String, List<Listed>> directories = new TreeMap<>();
        files.forEach(file -> directories
                .computeIfAbsent(file.directory(), directory -> new ArrayList<>())
                .add(file));
        int removed = 0;
        for (Map.Entry<String, List<Listed>> directory : directories.entrySet()) {
            boolean free = directory.getValue().stream()
                    .allMatch(file -> file.modified().isBefore(cutoff)
                            && (file.epoch() < epoch || file.epoch() == epoch && committed.contains(file.path())));
            if (free) {
                session.execute(Statements.remove(directory.getKey()));
                removed += directory.getValue().size();
            }
        }
        LOG.info(
                "pipeline {}: {} of {} staged files removed, those older than {}",
                pipeline,
                removed,
                files.size(),
                cutoff);
        return removed;
    }

    private List<Listed> list(Session session) throws SQLException {
        List<Listed> files = new ArrayList<>();
        session.query(
                        Statements.list(pipeline),
                        row -> Map.entry(row.getString("name"), row.getString("last_modified")))
                .forEach(row -> {
                    Matcher matcher = path.matcher(row.getKey());
                    if (matcher.find()) {
                        files.add(new Listed(
                                matcher.group(1) + matcher.group(3),
                                matcher.group(1),
                                Long.parseLong(matcher.group(2)),
                                DateTimeFormatter.RFC_1123_DATE_TIME.parse(row.getValue(), Instant::from)));
                    }
                });
        return files;
    }

    private Set<String> committed(Session session, long epoch, Instant cutoff) throws SQLException {
        return new HashSet<>(session.query(
                Statements.SELECT_COMMITTED_FILES, row -> row.getString(1), pipeline, epoch, UtcText.of(cutoff)));
    }

    @Override
    public void close() {
        sessions.close();
    }
}
