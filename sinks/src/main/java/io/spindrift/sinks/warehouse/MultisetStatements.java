package io.spindrift.sinks.warehouse;

import static io.spindrift.sinks.warehouse.Identifier.literal;
import static io.spindrift.sinks.warehouse.Identifier.quoted;
import static java.util.stream.Collectors.joining;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Multiset;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.schema.MetaColumn;
import io.spindrift.sinks.schema.TableDdl;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What a commit sends for a table whose rows have no key. Its mirror has each row once, by the hash over its values, and how often it is there:
 * a read and an insert add one, a delete takes one away, an update does both. Sums do not ask for an order, so partitions may lag behind each other.
 * Three things may not be added up, and are told apart here:
 *
 * <ul>
 *   <li>a change that the connector has written again: it has its number in its transaction again;
 *   <li>rows of before a truncate, by their LSN, as it holds the table's exclusive lock. A truncate in the commit counts the mirror anew, from RAW;
 *   <li>a snapshot that was taken again. It counts in place of the earlier one where no change was committed before it, as when the first was
 *       broken off. Otherwise nobody can tell which of its rows were counted before: it is logged, and superseded.
 * </ul>
 */
final class MultisetStatements {

    private static final String READS =
            "s.\"_CDC_OPERATION\" = 'r' AND (s.\"_CDC_ORDER\" IS NULL OR s.\"_CDC_ORDER\" < 0)";

    private final Statements.Merged merged;
    private final CommitPlan plan;
    private final UUID commit;
    private final String raw;
    private final String mirror;

    MultisetStatements(Statements.Merged merged, CommitPlan plan) {
        this.merged = merged;
        this.plan = plan;
        commit = plan.commit().id();
        raw = quoted(Statements.RAW, merged.table());
        mirror = merged.mirror();
    }

    /**
     * Removes the changes just loaded that the log has from another place, or that came twice in the commit. A log that was restored may count its
     * transactions and LSNs again, and not its time.
     */
    String deleteRepeated() {
        return """
                DELETE FROM %1$s t USING %1$s o WHERE t."_COMMIT_ID" = '%2$s' AND t."_CDC_OPERATION" <> 't'
                  AND o."_CDC_LSN" = t."_CDC_LSN" AND o."_CDC_ORDER" = t."_CDC_ORDER" AND o."_CDC_OPERATION" = t."_CDC_OPERATION"
                  AND o."_CDC_TIMESTAMP" = t."_CDC_TIMESTAMP" AND NVL(o."_CDC_TX_ID", -1) = NVL(t."_CDC_TX_ID", -1)
                  AND (t."_CDC_OPERATION" <> 'r' OR (o."_KAFKA_TOPIC" = t."_KAFKA_TOPIC" AND o."_KAFKA_PARTITION" = t."_KAFKA_PARTITION"))
                  AND CASE WHEN o."_COMMIT_ID" <> '%2$s' THEN TRUE
                    WHEN o."_KAFKA_TOPIC" <> t."_KAFKA_TOPIC" THEN o."_KAFKA_TOPIC" < t."_KAFKA_TOPIC"
                    WHEN o."_KAFKA_PARTITION" <> t."_KAFKA_PARTITION" THEN o."_KAFKA_PARTITION" < t."_KAFKA_PARTITION"
                    ELSE o."_KAFKA_OFFSET" < t."_KAFKA_OFFSET" END""".formatted(raw, commit);
    }

    /** The commit's rows → the mirror. */
    String merge() {
        return merge(signed("s.\"_COMMIT_ID\" = '" + commit + "' AND " + counts()));
    }

    /** Where the commit has a truncate: the mirror's rows do not tell any more which changes they are the sum of. */
    List<String> recount() {
        return List.of("DELETE FROM " + mirror, merge(signed(counts())));
    }

    /**
     * Where the commit has reads. First what earlier commits have counted of another snapshot is taken back, then the log says which reads count.
     */
    List<String> admitReads() {
        return List.of(recountReads(), insertRepeatedSnapshot(), supersedeReads());
    }

    private String recountReads() {
        return merge("""
                SELECT s.*, s."_CDC_ROW" AS "row", IFF(s."_CDC_SUPERSEDED", 1, -1) AS "change", TRUE AS "whole"
                  FROM %1$s s WHERE s."_COMMIT_ID" <> '%2$s' AND %3$s AND s."_CDC_SUPERSEDED" = (s."_CDC_LSN" = (SELECT v."LSN" FROM (%4$s) v)) AND %5$s""".formatted(raw, commit, READS, admitted(), isBehindTruncate()));
    }

    private String supersedeReads() {
        return """
                UPDATE %1$s s SET "_CDC_SUPERSEDED" = NOT s."_CDC_SUPERSEDED"
                WHERE %2$s AND s."_CDC_SUPERSEDED" = (s."_CDC_LSN" = (SELECT v."LSN" FROM (%3$s) v))""".formatted(raw, READS, admitted());
    }

    private String insertRepeatedSnapshot() {
        return insertLetters(
                "a snapshot read %s again, whose rows have no key: its reads stand in RAW and are not counted in MIRROR, which goes on without them. If changes were lost in between, give the connector another topic.prefix, route the table to another name, and start with its snapshot.",
                """
                FROM %1$s s JOIN (%2$s) v ON s."_CDC_LSN" <> v."LSN" AND s."_CDC_TIMESTAMP" > v."AT"
                WHERE s."_COMMIT_ID" = '%3$s' AND %4$s""".formatted(raw, admitted(), commit, READS));
    }

    /** Where a snapshot was taken in the place of an earlier one, and a change comes late that was committed before it. */
    String insertCountedTwice() {
        return insertLetters(
                "a change of %s came behind a snapshot that was taken again, and was committed before it: MIRROR may count it twice, as the rows have no key. Give the connector another topic.prefix, route the table to another name, and start with its snapshot.",
                """
                FROM %1$s s WHERE s."_COMMIT_ID" = '%2$s' AND s."_CDC_OPERATION" IN ('c', 'u', 'd')
                  AND EXISTS (SELECT 1 FROM %1$s o WHERE o."_CDC_OPERATION" = 'r' AND o."_CDC_SUPERSEDED")
                  AND s."_CDC_TIMESTAMP" < (SELECT MIN(s."_CDC_TIMESTAMP") FROM %1$s s WHERE %3$s AND NOT s."_CDC_SUPERSEDED")""".formatted(raw, commit, READS));
    }

    /** → LSN and time of the snapshot that counts: the newest before which no change was committed, or else the first. */
    private String admitted() {
        return """
                SELECT r."LSN", r."AT"
                  FROM (SELECT s."_CDC_LSN" AS "LSN", MIN(s."_CDC_TIMESTAMP") AS "AT" FROM %1$s s WHERE %2$s GROUP BY 1) r
                  CROSS JOIN (SELECT MIN(s."_CDC_TIMESTAMP") AS "FIRST" FROM %1$s s WHERE s."_CDC_OPERATION" <> 'r') c
                  QUALIFY ROW_NUMBER() OVER (ORDER BY IFF(r."AT" > NVL(c."FIRST", r."AT"), 1, 0), IFF(r."AT" > NVL(c."FIRST", r."AT"), r."AT", NULL), r."AT" DESC) = 1""".formatted(raw, READS);
    }

    /** A letter for each partition, about the first such row in it; or an assertion that there is none. */
    private String insertLetters(String detail, String rows) {
        if (plan.isRefused(DeadLetter.Reason.REPEATED_SNAPSHOT, merged.table())) {
            return Statements.assertNoLetter(DeadLetter.Reason.REPEATED_SNAPSHOT, merged.table(), rows);
        }
        return """
                INSERT INTO %1$s ("PIPELINE", "TOPIC", "PARTITION", "OFFSET", "TIMESTAMP", "REASON", "DETAIL", "COMMIT_ID", "STAGED_FILE", "RECORDED_AT")
                SELECT %2$s, s."_KAFKA_TOPIC", s."_KAFKA_PARTITION", s."_KAFKA_OFFSET", s."_CDC_TIMESTAMP"::TIMESTAMP_TZ(3), '%6$s', %3$s, '%4$s', s."_STAGED_FILE", s."_INGESTION_TIMESTAMP"
                %5$s
                QUALIFY ROW_NUMBER() OVER (PARTITION BY s."_KAFKA_TOPIC", s."_KAFKA_PARTITION" ORDER BY s."_KAFKA_OFFSET") = 1""".formatted(
                        Statements.DEAD_LETTERS,
                        literal(plan.fence().pipeline()),
                        literal(detail.formatted(merged.table())),
                        commit,
                        rows,
                        DeadLetter.Reason.REPEATED_SNAPSHOT);
    }

    private String counts() {
        return "NOT s.\"_CDC_SUPERSEDED\" AND " + isBehindTruncate();
    }

    private String isBehindTruncate() {
        return "NVL(%s > %s, TRUE)".formatted(Statements.inLogs("s", "s.\"_CDC_LSN\"", merged.epochs()), truncate());
    }

    /** LSN of the last one, or NULL. Its row has no hash, which finds it without reading the log: Snowflake knows where a column has NULL. */
    private String truncate() {
        return "(SELECT MAX(%s) FROM %s x WHERE x.\"_CDC_ROW\" IS NULL AND x.\"_CDC_OPERATION\" = 't')"
                .formatted(Statements.inLogs("x", "x.\"_CDC_LSN\"", merged.epochs()), raw);
    }

    /** Rows of RAW → the row that each is about, one more or one less, and whether its values stand there. */
    private String signed(String rows) {
        return """
                SELECT s.*, s."_CDC_ROW" AS "row", IFF(s."_CDC_OPERATION" = 'd', -1, 1) AS "change", TRUE AS "whole"
                  FROM %1$s s WHERE %2$s AND s."_CDC_OPERATION" <> 't'
                  UNION ALL
                  SELECT s.*, s."_CDC_ROW_BEFORE", -1, FALSE FROM %1$s s WHERE %2$s AND s."_CDC_OPERATION" = 'u'""".formatted(raw, rows);
    }

    private String merge(String signed) {
        Set<String> own = own();
        List<String> meta = List.of(MetaColumn.values()).stream()
                .filter(column -> column.inMirror() && column != MetaColumn.COMMIT_ID)
                .map(column -> quoted(column.columnName()))
                .toList();
        // Of the commit that has changed the number last, whatever row it came with.
        String changed = quoted(MetaColumn.COMMIT_ID.columnName());
        String row = quoted(Multiset.ROW.name());
        String count = quoted(Multiset.COUNT.name());
        return """
                MERGE INTO %1$s t USING (
                  SELECT s.*, SUM(s."change") OVER (PARTITION BY s."row") AS "sum"
                  FROM (%2$s) s
                  QUALIFY SUM(s."change") OVER (PARTITION BY s."row") <> 0
                    AND ROW_NUMBER() OVER (PARTITION BY s."row" ORDER BY s."whole" DESC, s."_COMMIT_SEQUENCE" DESC) = 1
                ) s ON t.%3$s = s."row"
                WHEN MATCHED AND t.%4$s + s."sum" = 0 THEN DELETE
                WHEN MATCHED AND s."whole" THEN UPDATE SET t.%4$s = t.%4$s + s."sum", %5$s, %6$s, t.%11$s = '%12$s'
                WHEN MATCHED THEN UPDATE SET t.%4$s = t.%4$s + s."sum", t.%11$s = '%12$s'
                WHEN NOT MATCHED AND s."whole" THEN INSERT (%3$s, %4$s, %11$s, %7$s, %8$s) VALUES (s."row", s."sum", '%12$s', %9$s, %10$s)
                WHEN NOT MATCHED THEN INSERT (%3$s, %4$s, %11$s, %8$s) VALUES (s."row", s."sum", '%12$s', %10$s)""".formatted(
                        mirror,
                        signed,
                        row,
                        count,
                        each(own, "t.%1$s = s.%1$s"),
                        each(meta, "t.%1$s = s.%1$s"),
                        each(own, "%s"),
                        each(meta, "%s"),
                        each(own, "s.%s"),
                        each(meta, "s.%s"),
                        changed,
                        commit);
    }

    /** The rows' own columns, and raw ones that the mirror has beside them. */
    private Set<String> own() {
        Set<String> columns = new LinkedHashSet<>();
        for (TableShape shape : merged.shapes()) {
            for (Column column : TableDdl.mirrored(shape)) {
                if (!column.equals(Multiset.ROW) && !column.equals(Multiset.COUNT)) {
                    columns.add(quoted(column.name()));
                    String beside = Column.rawOf(column.name());
                    if (merged.raw().contains(beside)) {
                        columns.add(quoted(beside));
                    }
                }
            }
        }
        return columns;
    }

    private static String each(Collection<String> names, String pattern) {
        return names.stream().map(pattern::formatted).collect(joining(", "));
    }
}
