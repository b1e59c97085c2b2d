package io.spindrift.sinks.schema;

import io.spindrift.sinks.model.ColumnType;

/** What the change log adds to a row's own columns. Names are a public promise. */
public enum MetaColumn {
    /** Debezium's code of the operation: r, c, u, d, t. */
    CDC_OPERATION(new ColumnType.Text(1)),
    /** Commit time in the source; of a snapshot read, the time of reading. */
    CDC_TIMESTAMP(new ColumnType.TimestampTz(6)),
    CDC_LSN(new ColumnType.Number(20, 0)),
    CDC_TX_ID(new ColumnType.Number(19, 0)),
    KAFKA_TOPIC(new ColumnType.Text(255)),
    KAFKA_PARTITION(new ColumnType.Number(10, 0)),
    KAFKA_OFFSET(new ColumnType.Number(19, 0)),
    /** True for a change that came after a newer one of its row: logged, and not merged. */
    CDC_SUPERSEDED(new ColumnType.Bool()),
    /** Rises with each change of one row within a commit: the order in which the job applied them. */
    COMMIT_SEQUENCE(new ColumnType.Number(19, 0)),
    /** An array of the columns that the change leaves as they are: its own cells there are NULL. NULL itself where there is none. */
    CDC_UNCHANGED(new ColumnType.Variant()),
    COMMIT_ID(new ColumnType.Text(36)),
    /** The file in the stage that brought the row. */
    STAGED_FILE(new ColumnType.Text(1000)),
    INGESTION_TIMESTAMP(new ColumnType.TimestampTz(6));

    private final ColumnType type;

    MetaColumn(ColumnType type) {
        this.type = type;
    }

    public String columnName() {
        return "_" + name();
    }

    public ColumnType type() {
        return type;
    }

    /** The load knows it; all others stand in the file, in this order, behind the row's columns. */
    public boolean addedByLoad() {
        return this == COMMIT_ID || this == STAGED_FILE || this == INGESTION_TIMESTAMP;
    }

    /** Stands in the mirror too: where the row's current state came from, which guards it against older changes. */
    public boolean inMirror() {
        return switch (this) {
            case CDC_OPERATION,
                    CDC_TIMESTAMP,
                    CDC_LSN,
                    CDC_TX_ID,
                    KAFKA_TOPIC,
                    KAFKA_PARTITION,
                    KAFKA_OFFSET,
                    COMMIT_ID -> true;
            case CDC_SUPERSEDED, COMMIT_SEQUENCE, CDC_UNCHANGED, STAGED_FILE, INGESTION_TIMESTAMP -> false;
        };
    }
}
