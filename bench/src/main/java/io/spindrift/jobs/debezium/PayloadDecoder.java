package io.spindrift.jobs.debezium;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.TableName;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The decoder's way over a payload without its schema, which is known beforehand: what a benchmark sets against the whole record. */
public final class PayloadDecoder {

    private final Envelope envelope;
    private final KeySchema key;
    private final TableName table;
    private final EventHeader header = new EventHeader();
    private final CellBuffer cells = new CellBuffer();
    private final CellBuffer keyCells = new CellBuffer();
    private final CellCursor cursor = new CellCursor();

    /** @param withSchema a record of the same table with its schemas */
    public PayloadDecoder(RawRecord withSchema, TableName table) throws IOException {
        this.table = table;
        JsonValues values = new JsonValues();
        try {
            envelope = (Envelope) new JsonSchemas<>(schema -> JsonEnvelope.compile(schema, values))
                    .locate(withSchema.topic(), bytes(withSchema.value()))
                    .schema();
            key = new JsonSchemas<>(KeySchema::of)
                    .locate(withSchema.topic(), bytes(withSchema.key()))
                    .schema();
        } catch (Refused refused) {
            throw new IOException(refused);
        }
    }

    /** The row's change; the Kafka key is not looked at. */
    public RowChange decode(RawRecord record) throws IOException {
        byte[] value = bytes(record.value());
        try {
            header.clear();
            envelope.reader().readHeader(value, 0, value.length, header);
            RowPlan plan = envelope.table(header, source -> Optional.of(table)).plan(key);
            Position position = header.position(record);
            Operation operation = Operation.ofCode(header.operation());
            cells.clear();
            envelope.reader()
                    .readRow(
                            value,
                            header.after,
                            value.length,
                            operation == Operation.UPDATE ? plan.updating() : plan.whole(),
                            cells);
            byte[] row = cells.toBytes();
            RowKey rowKey = plan.key(row, cursor, keyCells);
            return new RowChange(rowKey, plan.fingerprint(), operation, position, row, false);
        } catch (Refused refused) {
            throw new IOException(refused);
        }
    }

    private static byte[] bytes(byte @Nullable [] bytes) {
        if (bytes == null) {
            throw new IllegalArgumentException("a tombstone");
        }
        return bytes;
    }
}
