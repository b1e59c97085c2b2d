package io.spindrift.cli.check;

import static io.spindrift.cli.check.Situation.ID;
import static io.spindrift.cli.check.Situation.array;
import static io.spindrift.cli.check.Situation.column;
import static io.spindrift.cli.check.Situation.modified;
import static io.spindrift.cli.check.Situation.numeric;
import static io.spindrift.cli.check.Situation.type;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Type;
import io.spindrift.cli.check.Catalog.TypeKind;
import io.spindrift.jobs.debezium.ColumnSettings.Choice;
import io.spindrift.jobs.debezium.HandlingModes;
import io.spindrift.jobs.debezium.RecordFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeclarationRulesTest {

    /** As {@link Situation} sets its connector. */
    private static final HandlingModes MODES = new HandlingModes(
            HandlingModes.Decimals.PRECISE,
            HandlingModes.Times.MICROSECONDS,
            HandlingModes.Binaries.BYTES,
            HandlingModes.Intervals.STRING,
            HandlingModes.Hstores.JSON,
            2);

    private static final List<String> KEY = List.of("id");

    private static Situation plain() {
        return Situation.empty()
                .set("key.converter.schemas.enable", "false")
                .set("value.converter.schemas.enable", "false")
                .modes(MODES);
    }

    private static Situation withColumn(Type type, String declared) {
        return plain().table("t", ID, column("c", type)).declare("t", KEY, "id: bigint not null", "c: " + declared);
    }

    /** Without what is said of every connector that leaves schemas out, and of every NUMERIC. */
    private static List<String> found(Situation situation) {
        return situation.found().stream()
                .filter(finding -> !List.of("json-without-schema: risk", "nan-becomes-null: note")
                        .contains(finding))
                .toList();
    }

    @Test
    void recordsWithoutSchemaAreARiskAndANoteWhereNoFormDependsOnAModifier() {
        Situation sound = withColumn(type("text"), "text");
        assertThat(sound.found()).containsExactly("json-without-schema: risk");
        assertThat(sound.set("decimal.handling.mode", "string")
                        .modes(new HandlingModes(
                                HandlingModes.Decimals.STRING,
                                MODES.times(),
                                MODES.binaries(),
                                MODES.intervals(),
                                MODES.hstores(),
                                2))
                        .found())
                .containsExactly("json-without-schema: note");
    }

    @Test
    void aTableThatIsNotDeclaredIsFound() {
        Situation two = withColumn(type("text"), "text").table("other", ID);
        assertThat(found(two)).containsExactly("table-not-declared: loses data");
        assertThat(two.first().where()).isEqualTo("public.other");
        assertThat(found(plain().table("t", ID).table("other", ID))).containsExactly("table-not-declared: loses data");
        assertThat(found(plain().table("t", ID).withoutCatalog())).contains("table-not-declared: loses data");
    }

    @Test
    void declarationsCountNothingWhereRecordsHaveSchemas() {
        Situation stale = withColumn(numeric(12, 4), "numeric(12,2)");
        assertThat(found(stale)).containsExactly("declared-type-differs: bends values");
        stale.set("value.converter.schemas.enable", "true");
        assertThat(found(stale)).isEmpty();
    }

    @Test
    void withoutAConnectorTheFileSaysWhetherTheyCount() {
        Situation stale =
                withColumn(numeric(12, 4), "numeric(12,2)").withoutConnector().publication(one -> one);
        assertThat(found(stale)).contains("declared-type-differs: bends values");
        assertThat(found(plain().table("t", ID).withoutConnector())).doesNotContain("table-not-declared: loses data");
        assertThat(found(plain().table("t", ID).withoutConnector().formats(RecordFormat.AUTO, RecordFormat.JSON_PLAIN)))
                .contains("table-not-declared: loses data");
    }

    @Test
    void aStaleTypeIsFoundWithTheOneToDeclare() {
        Finding finding = withColumn(numeric(12, 4), "numeric(12,2)").first();
        assertThat(finding.where()).isEqualTo("public.t.c");
        assertThat(finding.seen()).isEqualTo("declared numeric(12,2); the source has numeric(12,4)");
        assertThat(finding.set()).isEqualTo("in tables: c: numeric(12,4)");
        for (String declared : List.of("integer", "text", "timestamp", "date[]", "numeric(12,2)")) {
            assertThat(found(withColumn(type("date"), declared)))
                    .as(declared)
                    .containsExactly("declared-type-differs: bends values");
        }
        assertThat(found(withColumn(array(numeric(6, 3)), "numeric(6,2)[]")))
                .contains("declared-type-differs: bends values");
    }

    @Test
    void aTypeOfTheSameFormIsNot() {
        assertThat(found(withColumn(modified("varchar", 20), "text"))).isEmpty();
        assertThat(found(withColumn(new Type("mood", TypeKind.ENUM, 0, -1, "mood", "enum"), "text")))
                .isEmpty();
        assertThat(found(withColumn(type("int8"), "bigint"))).isEmpty();
        // In microseconds every timestamp is; as the connector is set by default those of few digits are not.
        assertThat(found(withColumn(modified("timestamp", 3), "timestamp"))).isEmpty();
        assertThat(found(withColumn(modified("timestamp", 3), "timestamp").set("time.precision.mode", "adaptive")))
                .contains("declared-type-differs: bends values");
    }

    @Test
    void columnsThatAreMissingOrTooManyAreFoundEach() {
        Situation missing = plain().table("t", ID, column("a", "text"), column("b", "text"))
                .declare("t", KEY, "id: bigint not null", "gone: text");
        assertThat(found(missing))
                .containsExactly(
                        "declared-columns-differ: loses data",
                        "declared-columns-differ: loses data",
                        "declared-columns-differ: loses data");
        assertThat(Checkup.findings(missing.facts()).stream().map(Finding::seen))
                .contains("not declared; the source has text", "declared text, and the connector sends no such column");
        assertThat(found(missing.set("column.exclude.list", "public\\.t\\.[ab]")))
                .containsExactly("declared-columns-differ: loses data", "columns-excluded: note");
    }

    @Test
    void aColumnThatThePipelineFileExcludesIsDeclaredAllTheSame() {
        Situation excluded = plain().table("t", ID, column("a", "text"))
                .declare("t", KEY, "id: bigint not null")
                .choose("public.t.a", Choice.EXCLUDE);
        assertThat(found(excluded)).containsExactly("declared-columns-differ: loses data");
    }

    @Test
    void whatDebeziumLeavesOutMustNotBeDeclared() {
        assertThat(found(withColumn(type("pg_lsn"), "text")))
                .containsExactlyInAnyOrder("column-absent: loses data", "declared-columns-differ: loses data");
        Situation left = plain().table("t", ID, column("c", "pg_lsn")).declare("t", KEY, "id: bigint not null");
        assertThat(found(left)).containsExactly("column-absent: loses data");
        Column sum = new Column("c", type("int4"), false, true, true, false);
        Situation generated = plain().table("t", ID, sum).declare("t", KEY, "id: bigint not null", "c: integer");
        assertThat(found(generated)).contains("declared-columns-differ: loses data");
    }

    @Test
    void aNullThatIsNotDeclaredIsFound() {
        assertThat(found(withColumn(type("text"), "text not null")))
                .containsExactly("declared-columns-differ: loses data");
        Situation required = plain().table("t", ID).declare("t", KEY, "id: bigint");
        assertThat(found(required)).isEmpty();
    }

    @Test
    void anotherKeyThanTheRecordsIsFound() {
        Situation keyed = plain().table("t", ID, column("c", "text"))
                .declare("t", List.of("c"), "id: bigint not null", "c: text");
        assertThat(keyed.first().seen()).isEqualTo("declared the key [c]; records have [id]");
        assertThat(found(keyed)).containsExactly("declared-columns-differ: loses data");
        assertThat(found(plain().table("t", ID, column("c", "text"))
                        .declare("t", List.of(), "id: bigint not null", "c: text")))
                .isEmpty();
    }

    @Test
    void eachSettingOfTheConnectorIsComparedWithTheFiles() {
        compared("decimal.handling.mode", "double", "money", "decimal-as-double: bends values");
        compared("money.fraction.digits", "3", "money");
        compared("time.precision.mode", "isostring", "date", "time-as-text: note");
        compared("binary.handling.mode", "base64", "bytea", "unchanged-arrives-as-null: risk", "binary-as-text: note");
        compared("interval.handling.mode", "numeric", "interval", "interval-as-number: loses data");
        compared("hstore.handling.mode", "map", "hstore");
    }

    private static void compared(String setting, String value, String type, String... others) {
        Situation differs = withColumn(type(type), type).set(setting, value);
        String rule = "declared-mode-differs: bends values";
        assertThat(found(differs))
                .as(setting)
                .contains(rule)
                .containsAll(List.of(others))
                .hasSize(1 + others.length);
        assertThat(found(withColumn(type("text"), "text").set(setting, value)))
                .contains("declared-mode-differs: note")
                .doesNotContain(rule);
    }

    @Test
    void aDifferenceSaysBothWaysOut() {
        Finding finding = withColumn(type("bytea"), "bytea")
                .set("binary.handling.mode", "base64")
                .first();
        assertThat(finding.where()).isEqualTo("connector shop");
        assertThat(finding.seen())
                .isEqualTo(
                        "binary.handling.mode=base64, and the pipeline file has source.connector.binary-handling-mode:"
                                + " bytes: public.t.c");
        assertThat(finding.set())
                .isEqualTo("one value for both: source.connector.binary-handling-mode: base64 in the pipeline file, or"
                        + " binary.handling.mode=bytes in the connector");
        Finding iso = withColumn(type("date"), "date")
                .set("time.precision.mode", "isostring")
                .first();
        assertThat(iso.set()).isEqualTo("time.precision.mode=microseconds in the connector");
    }

    @Test
    void aNumberThatFitsNoColumnTravelsAsText() {
        Situation wide = withColumn(numeric(50, 3), "numeric(50,3)").choose("public.t.c", Choice.TEXT);
        assertThat(found(wide)).contains("decimal-too-wide: loses data");
        assertThat(wide.first().set())
                .isEqualTo(
                        "decimal.handling.mode=string in the connector, and source.connector.decimal-handling-mode: string");
    }

    @Test
    void bitsAreToldByTheirDeclarationAndArraysOfTextsAreNot() {
        assertThat(found(withColumn(modified("bit", 8), "bit(8)"))).isEmpty();
        Situation tags = withColumn(array(type("text")), "text[]").set("column.propagate.source.type", ".*");
        assertThat(found(tags)).containsExactly("text-array-without-type: risk");
        assertThat(Checkup.findings(tags.facts()).stream().map(Finding::set))
                .contains("ALTER TABLE public.t REPLICA IDENTITY FULL");
    }
}
