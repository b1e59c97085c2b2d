package io.spindrift.cli.check;

import static io.spindrift.cli.check.Situation.ID;
import static io.spindrift.cli.check.Situation.array;
import static io.spindrift.cli.check.Situation.column;
import static io.spindrift.cli.check.Situation.identified;
import static io.spindrift.cli.check.Situation.keyed;
import static io.spindrift.cli.check.Situation.modified;
import static io.spindrift.cli.check.Situation.numeric;
import static io.spindrift.cli.check.Situation.sound;
import static io.spindrift.cli.check.Situation.type;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Publication;
import io.spindrift.cli.check.Catalog.ReplicaIdentity;
import io.spindrift.cli.check.Catalog.Type;
import io.spindrift.cli.check.Catalog.TypeKind;
import io.spindrift.jobs.debezium.ColumnSettings.Choice;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnsupportedType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TypeRulesTest {

    private static final String NULL = "unchanged-arrives-as-null: loses data";

    /** With Debezium's default for values that cannot be converted: a warning, and NULL. */
    private static Situation with(Type type) {
        return sound().table("t", ID, column("c", type)).set("event.converting.failure.handling.mode", "warn");
    }

    private static java.util.List<String> found(Situation situation) {
        return situation.found().stream()
                .filter(finding -> !finding.equals("conversion-failures: risk"))
                .toList();
    }

    @Test
    void decimalsAsDoublesAreFound() {
        Situation money = with(type("money")).set("decimal.handling.mode", "double");
        assertThat(found(money)).containsExactly("decimal-as-double: bends values");
        assertThat(found(money.set("decimal.handling.mode", "precise"))).isEmpty();
        assertThat(found(with(type("text")).set("decimal.handling.mode", "double")))
                .containsExactly("decimal-as-double: note");
        assertThat(found(with(type("text"))
                        .set("decimal.handling.mode", "double")
                        .withoutCatalog()))
                .containsExactly("decimal-as-double: risk");
    }

    @Test
    void decimalsAsTextsAreANote() {
        assertThat(found(with(numeric(10, 2)).set("decimal.handling.mode", "string")))
                .containsExactly("decimal-as-text: note");
        assertThat(found(with(type("text")).set("decimal.handling.mode", "string")))
                .isEmpty();
    }

    @Test
    void decimalsThatFitNoNumberAreFound() {
        assertThat(found(with(numeric(38, 37)))).containsExactly("nan-becomes-null: note");
        assertThat(found(with(numeric(39, 2))))
                .containsExactly("decimal-too-wide: loses data", "nan-becomes-null: note");
        assertThat(found(with(numeric(38, 38)))).contains("decimal-too-wide: loses data");
        assertThat(found(with(numeric(5, -2)))).contains("decimal-too-wide: loses data");
        assertThat(found(with(numeric(39, 2)).set("decimal.handling.mode", "string")))
                .containsExactly("decimal-as-text: note");
        assertThat(with(numeric(39, 2)).first().set())
                .isEqualTo(
                        "columns.public.t.c.type: text, in the pipeline file; of an array decimal.handling.mode=string");
        assertThat(found(with(numeric(39, 2)).choose("public.t.c", Choice.TEXT)))
                .containsExactly("nan-becomes-null: note");
        assertThat(found(with(array(numeric(39, 2))).choose("public.t.c", Choice.TEXT)))
                .contains("decimal-too-wide: loses data");
        assertThat(found(with(numeric(39, 2)).choose("public.t.c", Choice.EXCLUDE)))
                .isEmpty();
    }

    @Test
    void aTypeThatTheJobRefusesIsAsGraveAsThePipelineFileSays() {
        Situation sparse = with(type("sparsevec")).set("event.converting.failure.handling.mode", "fail");
        Situation excluding = sparse.onUnsupportedType(OnUnsupportedType.EXCLUDE_COLUMN);
        assertThat(excluding.found()).containsExactly("unchanged-arrives-as-null: risk", "column-refused: note");
        assertThat(sparse.onUnsupportedType(OnUnsupportedType.FAIL).found())
                .containsExactly("unchanged-arrives-as-null: risk", "column-refused: risk");
        Situation interval = with(type("interval"))
                .set("interval.handling.mode", "numeric")
                .onUnsupportedType(OnUnsupportedType.EXCLUDE_COLUMN);
        assertThat(found(interval)).containsExactly("interval-as-number: note");
    }

    @Test
    void aKeysColumnIsNeverLeftOut() {
        Situation timed = sound().table("t", column("id", "timestamp"))
                .set("time.precision.mode", "connect")
                .onUnsupportedType(OnUnsupportedType.EXCLUDE_COLUMN);
        assertThat(timed.found()).containsExactly("time-mode-refused: loses data");
        assertThat(timed.onUnsupportedType(OnUnsupportedType.DEAD_LETTER)
                        .choose("public.t.id", Choice.EXCLUDE)
                        .found())
                .containsExactly("columns-excluded: loses data", "time-mode-refused: note");
    }

    @Test
    void intervalsAsNumbersAreFound() {
        assertThat(found(with(type("interval")).set("interval.handling.mode", "numeric")))
                .containsExactly("interval-as-number: loses data");
        assertThat(found(with(type("interval")))).isEmpty();
        assertThat(found(with(type("text")).set("interval.handling.mode", "numeric")))
                .containsExactly("interval-as-number: note");
    }

    @Test
    void timesThatAreRefusedOrOverflowAreFound() {
        for (Type type : new Type[] {type("date"), modified("timestamp", 3), array(type("time"))}) {
            assertThat(found(with(type).set("time.precision.mode", "connect")))
                    .contains("time-mode-refused: loses data");
        }
        assertThat(found(with(type("timestamptz")).set("time.precision.mode", "connect")))
                .containsExactly("time-mode-refused: note");
        assertThat(found(with(type("timestamp")).set("time.precision.mode", "nanoseconds")))
                .containsExactly("time-as-nanos: bends values");
        assertThat(found(with(type("timestamptz")).set("time.precision.mode", "nanoseconds")))
                .containsExactly("time-as-nanos: note");
        assertThat(found(with(type("time")).set("time.precision.mode", "isostring")))
                .containsExactly("time-as-text: bends values");
        assertThat(found(with(type("date")).set("time.precision.mode", "structured")))
                .containsExactly("time-mode-refused: loses data");
        assertThat(found(with(type("time")).set("time.precision.mode", "adaptive")))
                .isEmpty();
    }

    @Test
    void binariesAsTextsAreANoteAndInBase64TheirUnchangedValuesBecomeNull() {
        assertThat(found(with(type("bytea")))).isEmpty();
        assertThat(found(with(type("bytea")).set("binary.handling.mode", "hex")))
                .containsExactly("binary-as-text: note");
        assertThat(found(with(type("bytea")).set("binary.handling.mode", "base64")))
                .containsExactly("unchanged-arrives-as-null: bends values", "binary-as-text: note");
    }

    @ParameterizedTest
    @ValueSource(strings = {"float8", "timestamptz", "numeric", "int2", "bool", "inet", "citext", "timestamp"})
    void unchangedArraysWithoutAPlaceholderAreFound(String element) {
        assertThat(found(with(array(type(element))))).contains(NULL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "jsonb", "bytea", "int4", "int8", "date", "uuid"})
    void unchangedArraysWithAPlaceholderAreNot(String element) {
        assertThat(found(with(array(type(element))))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "varchar", "bpchar"})
    void arraysOfTextsAreARiskUnlessTheirTypeTravels(String element) {
        assertThat(found(with(array(type(element))))).containsExactly("text-array-without-type: risk");
        assertThat(found(with(array(type(element))).set("column.propagate.source.type", "public\\.t\\.c")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"geometry", "geography", "vector", "halfvec", "path", "polygon"})
    void unchangedValuesWithoutAPlaceholderAreFound(String name) {
        assertThat(found(with(type(name)))).containsExactly(NULL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "varchar", "json", "jsonb", "xml", "tsvector", "hstore", "citext", "ltree"})
    void unchangedValuesWithAPlaceholderAreNot(String name) {
        assertThat(found(with(type(name)))).isEmpty();
    }

    @Test
    void anUnchangedNumericWithoutPrecisionIsFoundUnlessItTravelsAsText() {
        assertThat(found(with(type("numeric")))).containsExactly(NULL, "nan-becomes-null: note");
        assertThat(found(with(type("numeric")).set("decimal.handling.mode", "double")))
                .containsExactly("decimal-as-double: bends values", "unchanged-arrives-as-null: bends values");
        assertThat(found(with(type("numeric")).set("decimal.handling.mode", "string")))
                .containsExactly("decimal-as-text: note");
    }

    @Test
    void replicaIdentityFullOrPlainStorageOrAConnectorThatStopsIsTheCure() {
        Column tags = column("tags", array(type("float8")));
        Situation warns = sound().set("event.converting.failure.handling.mode", "warn");
        assertThat(found(warns.table("t", ID, tags))).containsExactly(NULL);
        Finding finding = Checkup.findings(warns.facts()).get(0);
        assertThat(finding.where()).isEqualTo("public.t");
        assertThat(finding.seen()).isEqualTo("tags float8[]; REPLICA IDENTITY DEFAULT");
        assertThat(finding.set()).isEqualTo("ALTER TABLE public.t REPLICA IDENTITY FULL");
        Catalog.Table full = identified(
                keyed("t", ID, tags),
                ReplicaIdentity.FULL,
                keyed("t").uniqueKeys().get(0));
        assertThat(sound().table(full).found()).isEmpty();
        Column plain = new Column("tags", tags.type(), false, false, false, false);
        assertThat(sound().table("t", ID, plain).found()).isEmpty();
        assertThat(sound().table("t", ID, tags).found()).containsExactly("unchanged-arrives-as-null: risk");
    }

    @Test
    void columnsThatDebeziumLeavesOutAreFound() {
        for (Type type : new Type[] {
            type(TypeKind.COMPOSITE, "addr"),
            type(TypeKind.MULTIRANGE, "int4multirange"),
            type(TypeKind.RANGE, "floatrange"),
            array(type(TypeKind.DOMAIN, "posint")),
            array(type(TypeKind.COMPOSITE, "addr")),
            array(type("money")),
            array(type("interval")),
            array(type("xml")),
            array(type("point")),
            array(type("varbit")),
            array(type("name")),
            type("pg_lsn"),
            type("tsquery"),
            type("cube")
        }) {
            assertThat(found(with(type))).as(type.text()).containsExactly("column-absent: loses data");
        }
        assertThat(found(with(type("pg_lsn")).set("include.unknown.datatypes", "true")))
                .containsExactly("column-absent: risk", "unknown-datatypes: note");
    }

    @Test
    void columnsThatDebeziumSendsAreNot() {
        for (Type type : new Type[] {
            type(TypeKind.ENUM, "mood"),
            array(type(TypeKind.ENUM, "mood")),
            type(TypeKind.RANGE, "tstzrange"),
            type("point"),
            type("oid"),
            type("macaddr8")
        }) {
            assertThat(found(with(type))).as(type.text()).doesNotContain("column-absent: loses data");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"box", "lseg", "path", "polygon", "circle", "line"})
    void figuresAreLeftOutBeforeDebezium37(String name) {
        assertThat(found(with(type(name)).version("3.6.3.Final"))).contains("column-absent: loses data");
        assertThat(found(with(type(name)))).doesNotContain("column-absent: loses data");
    }

    @Test
    void sparseVectorsAreRefused() {
        assertThat(found(with(type("sparsevec")))).contains("column-refused: loses data");
    }

    @Test
    void arraysOfArraysAreFound() {
        assertThat(found(with(new Type("int4", TypeKind.BASE, 2, -1, "integer[]", "integer[]"))))
                .containsExactly("array-of-arrays: loses data");
        assertThat(found(with(array(type("int4"))))).isEmpty();
    }

    @Test
    void columnsOfTheTypeNameAreFound() {
        assertThat(found(with(type("name")))).containsExactly("name-column: bends values");
    }

    @Test
    void bitStringsAreFoundUnlessFixedAndTold() {
        assertThat(found(with(modified("varbit", 8)))).containsExactly("bit-varying: loses data");
        assertThat(found(with(modified("varbit", 1)))).isEmpty();
        assertThat(found(with(modified("varbit", 1)).version("3.5.1.Final"))).contains("bit-varying: loses data");
        assertThat(found(with(modified("bit", 8)))).containsExactly("bit-without-type: loses data");
        assertThat(found(with(modified("bit", 8)).set("column.propagate.source.type", "public\\.t\\.c")))
                .isEmpty();
        assertThat(found(with(modified("bit", 8)).set("column.propagate.source.type", "shop.public.t.c")))
                .isEmpty();
        assertThat(found(with(modified("bit", 1)))).isEmpty();
    }

    @Test
    void generatedColumnsAreFoundUnlessPublished() {
        Situation generated = sound().table("t", ID, new Column("sum", type("int4"), false, true, true, false));
        assertThat(generated.found()).containsExactly("generated-column: bends values");
        assertThat(generated
                        .publication(one -> new Publication(
                                one.name(), one.operations(), one.viaPartitionRoot(), true, one.tables()))
                        .found())
                .isEmpty();
    }

    @Test
    void timesWithZoneAreANote() {
        assertThat(found(with(type("timetz")))).containsExactly("timetz-column: note");
    }

    @Test
    void aModifierIsReadAsPostgresWritesIt() {
        // atttypmod of numeric(12,2) and numeric(2,-3).
        assertThat(modified("numeric", 786438).precision()).contains(12);
        assertThat(modified("numeric", 786438).scale()).isEqualTo(2);
        assertThat(modified("numeric", 133121).precision()).contains(2);
        assertThat(modified("numeric", 133121).scale()).isEqualTo(-3);
    }
}
