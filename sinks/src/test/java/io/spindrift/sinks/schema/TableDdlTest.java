package io.spindrift.sinks.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.schema.TableDdl.Changes;
import io.spindrift.sinks.schema.TableDdl.ColumnDefinition;
import io.spindrift.sinks.schema.TableDdl.SchemaConflictException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TableDdlTest {

    private static final ColumnType ID = new ColumnType.Number(10, 0);

    private static TableShape shape(ColumnType type) {
        return new TableShape(new TableName("T"), List.of(new Column("ID", ID, true), new Column("C", type, false)));
    }

    /** The changes that a table needs whose column C has a type, for a source whose column C has another. */
    private static Changes changes(ColumnType has, ColumnType needs) {
        Map<String, ColumnType> existing = new HashMap<>();
        TableDdl.rawColumns(shape(has)).forEach(column -> existing.put(column.name(), ID));
        existing.put("C", has);
        return TableDdl.changes("RAW.T", existing, TableDdl.rawColumns(shape(needs)), shape(needs));
    }

    static Stream<Arguments> widened() {
        return Stream.of(
                Arguments.of(new ColumnType.Number(10, 2), new ColumnType.Number(12, 2)),
                Arguments.of(new ColumnType.Text(10), new ColumnType.Text(11)),
                Arguments.of(new ColumnType.Binary(10), new ColumnType.Binary(11)));
    }

    @ParameterizedTest
    @MethodSource("widened")
    void aColumnIsWidenedInPlaceAndNeverNarrowed(ColumnType narrow, ColumnType wide) {
        assertThat(changes(narrow, wide))
                .isEqualTo(new Changes(List.of(), List.of(new ColumnDefinition("C", wide.sql(), false))));
        assertThat(changes(wide, narrow).isEmpty()).isTrue();
        assertThat(changes(wide, wide).isEmpty()).isTrue();
    }

    static Stream<Arguments> conflicts() {
        return Stream.of(
                Arguments.of(new ColumnType.Number(10, 2), new ColumnType.Number(12, 3)),
                Arguments.of(new ColumnType.Number(12, 3), new ColumnType.Number(10, 2)),
                Arguments.of(new ColumnType.Number(10, 0), new ColumnType.Text(100)),
                Arguments.of(new ColumnType.Text(100), new ColumnType.Number(10, 0)),
                Arguments.of(new ColumnType.Text(100), new ColumnType.Variant()),
                Arguments.of(new ColumnType.Time(3), new ColumnType.Time(6)),
                Arguments.of(new ColumnType.TimestampNtz(3), new ColumnType.TimestampNtz(6)),
                Arguments.of(new ColumnType.TimestampTz(3), new ColumnType.TimestampTz(6)),
                Arguments.of(new ColumnType.TimestampNtz(6), new ColumnType.TimestampTz(6)),
                Arguments.of(new ColumnType.Double(), new ColumnType.Number(38, 10)));
    }

    @ParameterizedTest
    @MethodSource("conflicts")
    void aTypeThatSnowflakeCannotChangeInPlaceIsRefused(ColumnType has, ColumnType needs) {
        assertThatThrownBy(() -> changes(has, needs))
                .isInstanceOf(SchemaConflictException.class)
                .hasMessage(
                        "RAW.T.C is %s in the warehouse and %s in the source: Snowflake cannot change that in place. Rename or drop the warehouse's column, or rebuild the table.",
                        has.sql(), needs.sql());
    }

    static Stream<Arguments> held() {
        return Stream.of(
                Arguments.of(new ColumnType.Time(6), new ColumnType.Time(3)),
                Arguments.of(new ColumnType.TimestampNtz(9), new ColumnType.TimestampNtz(6)),
                Arguments.of(new ColumnType.TimestampTz(9), new ColumnType.TimestampTz(0)),
                Arguments.of(new ColumnType.Bool(), new ColumnType.Bool()),
                Arguments.of(new ColumnType.Variant(), new ColumnType.Variant()));
    }

    @ParameterizedTest
    @MethodSource("held")
    void aColumnThatHoldsEveryValueStaysAsItIs(ColumnType has, ColumnType needs) {
        assertThat(changes(has, needs).isEmpty()).isTrue();
    }

    @Test
    void missingColumnsAreAddedInTheShapesOrderAndOthersAreLeftAlone() {
        TableShape shape = shape(new ColumnType.Date());
        Changes changes = TableDdl.changes(
                "MIRROR.T",
                Map.of("ID", ID, "GONE_IN_THE_SOURCE", new ColumnType.Bool(), "_COMMIT_ID", new ColumnType.Text(36)),
                TableDdl.mirrorColumns(shape),
                shape);
        assertThat(changes.add().stream().map(column -> column.name() + " " + column.type()))
                .containsExactly(
                        "C DATE",
                        "_CDC_OPERATION VARCHAR(1)",
                        "_CDC_TIMESTAMP TIMESTAMP_TZ(6)",
                        "_CDC_LSN NUMBER(20,0)",
                        "_CDC_TX_ID NUMBER(19,0)",
                        "_KAFKA_TOPIC VARCHAR(255)",
                        "_KAFKA_PARTITION NUMBER(10,0)",
                        "_KAFKA_OFFSET NUMBER(19,0)");
        assertThat(changes.widen()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(MetaColumn.class)
    void aSourceColumnWithANameThatTheWarehouseNeedsIsRefused(MetaColumn meta) {
        TableShape shape = new TableShape(
                new TableName("T"),
                List.of(new Column("ID", ID, true), new Column(meta.columnName(), new ColumnType.Text(1), false)));
        assertThatThrownBy(() -> TableDdl.rawColumns(shape))
                .isInstanceOf(SchemaConflictException.class)
                .hasMessage(
                        "source column T.%s has a name that the warehouse needs itself: rename it or exclude it",
                        meta.columnName());
    }
}
