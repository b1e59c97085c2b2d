package io.spindrift.jobs.debezium;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.debezium.ColumnSettings.Choice;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnrepresentableValue;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnsupportedType;
import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every line of the captures of every type, cell by cell, against tables that were written by hand ({@link ExpectedRows}). */
class WholeCaptureTest {

    /** The array of two dimensions, which Debezium loses, is not what these rows are about; columns of unsupported types are left out. */
    private static final ColumnSettings SETTINGS = new ColumnSettings(
            Map.of("public.all_types.c_int_arr2", Choice.EXCLUDE, "public.all_types_full.c_int_arr2", Choice.EXCLUDE),
            OnUnsupportedType.EXCLUDE_COLUMN,
            OnUnrepresentableValue.RAW_COLUMN);

    private static DebeziumDecoder decoder(ColumnSettings settings) {
        return new DebeziumDecoder(
                RecordFormat.AUTO,
                RecordFormat.AUTO,
                DeclaredTables.NONE,
                Captured.registryOfWhole(),
                Decoded::toUpperCase,
                settings);
    }

    @ParameterizedTest
    @CsvSource({
        "envelope-json-schema, false, 6, 147",
        "envelope-avro, false, 6, 145",
        "envelope-avro-strings, true, 4, 145"
    })
    void everyLineIsWhatStoodInPostgres(String capture, boolean strings, int columnsLeftOut, int lines) {
        DebeziumDecoder decoder = decoder(SETTINGS);
        ExpectedRows expected = new ExpectedRows(strings);
        Map<Long, TableShape> shapes = new HashMap<>();
        List<RawRecord> records = Captured.whole(capture);
        assertThat(records).hasSize(lines);
        Map<String, Integer> sideTopics = new TreeMap<>();
        for (RawRecord record : records) {
            String place = record.topic() + "@" + record.offset();
            List<ChangeEvent> events = new ArrayList<>();
            for (ChangeEvent event : Decoded.events(decoder, List.of(record))) {
                if (event instanceof ShapeAnnounced announced) {
                    shapes.put(announced.shape().fingerprint(), announced.shape());
                } else {
                    events.add(event);
                }
            }
            int dot = record.topic().lastIndexOf(".public.");
            if (dot < 0) {
                assertThat(events).as(place).isEmpty();
                sideTopics.merge(record.topic().replaceAll("\\b(js|av|as)\\b", ""), 1, Integer::sum);
            } else {
                String table = record.topic().substring(dot + ".public.".length());
                assertThat(events.stream().map(event -> text(event, shapes)).toList())
                        .as(place)
                        .isEqualTo(expected.take(table, record.offset(), events));
            }
        }
        expected.assertAllTaken();
        assertThat(decoder.columnsLeftOut()).isEqualTo(columnsLeftOut);
        assertThat(decoder.rawValues()).isEqualTo(2 * 3 * 3);
        assertThat(decoder.ignored(Ignored.TRANSACTION)).isEqualTo(lines - 69);
        assertThat(decoder.ignored(Ignored.HEARTBEAT)).isEqualTo(2);
        assertThat(decoder.ignored(Ignored.MESSAGE)).isOne();
        assertThat(decoder.ignored(Ignored.TOMBSTONE)).isEqualTo(7);
        assertThat(sideTopics).containsOnlyKeys(".transaction", "__debezium-heartbeat.", ".message");
    }

    /** The records have NULL where the decoder is in doubt whether a value was left out. */
    private static String cell(CellCursor cursor, RowChange row, Column column) {
        boolean isInDoubt = row.leftOut().stream()
                .anyMatch(leftOut -> leftOut.isInDoubt() && leftOut.column().equals(column.name()));
        return String.valueOf(cursor.isNull() || isInDoubt ? "∅" : cursor.isUnchanged() ? "…" : cursor.text());
    }

    /** Of the tables of every type a line a column, of others as it is. */
    private static String text(ChangeEvent event, Map<Long, TableShape> shapes) {
        if (!(event instanceof RowChange row) || !row.key().table().value().startsWith("ALL_TYPES")) {
            return Decoded.text(event);
        }
        Map<String, String> cells = new LinkedHashMap<>();
        CellCursor cursor = new CellCursor().on(row.cells());
        for (Column column : requireNonNull(shapes.get(row.shape())).columns()) {
            assertThat(cursor.next()).isTrue();
            String cell = cell(cursor, row, column);
            if (!column.name().endsWith("__RAW") || !cell.equals("∅")) {
                String type = column.type().sql().replace("(134217728)", "").replace("(67108864)", "");
                cells.put(column.name().toLowerCase(Locale.ROOT), type + "=" + cell);
            }
        }
        assertThat(cursor.next()).isFalse();
        return ExpectedRows.text(row.operation().code(), Decoded.cells(row.key().cells()), cells);
    }

    /** Without a word in the pipeline file nothing of such a table gets lost, or into the warehouse. */
    @ParameterizedTest
    @ValueSource(strings = {"envelope-json-schema", "envelope-avro"})
    void byDefaultATableWithUnsupportedTypesIsDeadLettersThatNameThem(String capture) {
        List<RawRecord> records = Captured.of(Captured.whole(capture), "public.all_types");
        List<String> texts = Decoded.texts(decoder(ColumnSettings.DEFAULT), records);
        assertThat(texts).hasSize(16).allSatisfy(text -> assertThat(text)
                .startsWith("dead UNSUPPORTED_TYPE: public.all_types.c_interval: no column type for int64 io.debezium")
                .contains("; public.all_types.c_bit: no column type")
                .contains("; public.all_types.c_varbit: no column type")
                .endsWith("(columns.public.all_types.c_varbit.exclude: true)"));
    }

    /** {{1,2},{3,4}}: both rows are lost in it. */
    @ParameterizedTest
    @ValueSource(strings = {"envelope-json-schema", "envelope-avro", "envelope-avro-strings"})
    void anArrayOfArraysIsRefusedWithItsColumn(String capture) {
        ColumnSettings settings =
                new ColumnSettings(Map.of(), OnUnsupportedType.EXCLUDE_COLUMN, OnUnrepresentableValue.RAW_COLUMN);
        List<RawRecord> records = Captured.of(Captured.whole(capture), "public.all_types");
        assertThat(Decoded.texts(decoder(settings), records.subList(0, 1)))
                .singleElement()
                .asString()
                .startsWith(
                        "dead UNREPRESENTABLE_VALUE: public.all_types.c_int_arr2: the array has nothing but 2 nulls:"
                                + " so Debezium sends arrays of more than one dimension");
    }
}
