package io.spindrift.sinks.stage;

import static io.spindrift.sinks.model.Require.require;

import io.spindrift.sinks.model.TableShape;

/**
 * A writer's few rows of one shape, too few for a file of their own: the aggregator joins them with other writers'.
 *
 * @param csv whole lines, uncompressed. Not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere: parts are joined, not told apart
public record CsvPart(TableShape shape, RowSummary rows, byte[] csv) {

    public CsvPart {
        require(csv.length > 0, "a part of %s without bytes", shape.table());
    }
}
