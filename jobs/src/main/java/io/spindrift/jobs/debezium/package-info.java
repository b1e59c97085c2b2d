/**
 * Kafka records of a Debezium PostgreSQL connector become change events. A reader is compiled once per writer schema and walks the bytes
 * straight into cells.
 *
 * <pre>
 * RawRecord.value -> ValueSchema (by registry id, or by the inline schema's bytes)
 *                      Envelope -> EventHeader: op, source, where before and after stand
 *                               -> TableBinding (source.schema, source.table -> route)
 * RawRecord.key   -> KeySchema  -> RowPlan (columns, encoders, shape) -> cells
 * </pre>
 */
@NullMarked
package io.spindrift.jobs.debezium;

import org.jspecify.annotations.NullMarked;
