package io.spindrift.sinks.model;

import java.util.List;

/** What Flink's createInstance must return; never seen in a stream. */
final class EmptyValues {

    static final TableName TABLE = new TableName("NONE");
    static final RowKey ROW_KEY = new RowKey(TABLE, new byte[0]);
    static final Position POSITION = new Position("none", 0, 0, Position.NONE, Position.NONE, 0, false);
    static final TableShape SHAPE = new TableShape(TABLE, List.of(new Column("NONE", new ColumnType.Bool(), true)));
    static final DeadLetter DEAD_LETTER =
            new DeadLetter("none", 0, 0, 0, DeadLetter.Reason.UNDECODABLE, "", null, null, List.of());

    private EmptyValues() {}
}
