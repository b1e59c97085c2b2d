package io.spindrift.cli.check;

import static io.spindrift.cli.check.Situation.ID;
import static io.spindrift.cli.check.Situation.column;
import static io.spindrift.cli.check.Situation.numeric;
import static io.spindrift.cli.check.Situation.sound;
import static io.spindrift.cli.check.Situation.type;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.jobs.debezium.RecordFormat;
import org.junit.jupiter.api.Test;

class ConverterRulesTest {

    private static final String APICURIO = "io.apicurio.registry.utils.converter.AvroConverter";
    private static final String CONFLUENT = "io.confluent.connect.avro.AvroConverter";
    private static final Column LOCALE = new Column("locale", type("text"), false, true, false, true);

    private static Situation with(String converter) {
        return sound().table("prefs", ID, LOCALE)
                .set("key.converter", converter)
                .set("value.converter", converter);
    }

    @Test
    void aNullThatBecomesItsDefaultIsFound() {
        Situation json = sound().table("prefs", ID, LOCALE).unset("value.converter.replace.null.with.default");
        assertThat(json.only().seen())
                .isEqualTo("value.converter.replace.null.with.default is not set: public.prefs.locale");
        assertThat(json.found()).containsExactly("null-becomes-default: bends values");
        assertThat(json.set("value.converter.replace.null.with.default", "false")
                        .found())
                .isEmpty();
        assertThat(with(CONFLUENT).found()).containsExactly("null-becomes-default: bends values");
        assertThat(with(CONFLUENT)
                        .set("value.converter.ignore.default.for.nullables", "true")
                        .found())
                .isEmpty();
    }

    @Test
    void itIsANoteWhereNoColumnCanBeNullAndHasADefaultAndARiskWhereNobodyLooked() {
        Situation noColumn = sound().unset("value.converter.replace.null.with.default")
                .table("prefs", ID, new Column("locale", type("text"), true, true, false, true));
        assertThat(noColumn.found()).containsExactly("null-becomes-default: note");
        assertThat(noColumn.withoutCatalog().found()).containsExactly("null-becomes-default: risk");
    }

    @Test
    void apicuriosConverterBendsNullsWhateverIsSet() {
        Situation apicurio = with(APICURIO).set("value.converter.ignore.default.for.nullables", "true");
        for (String side : new String[] {"key", "value"}) {
            apicurio.set(side + ".converter.apicurio.registry.as-confluent", "true")
                    .set(side + ".converter.apicurio.registry.use-id", "contentId")
                    .set(side + ".converter.apicurio.registry.headers.enabled", "false");
        }
        assertThat(apicurio.found()).containsExactly("null-becomes-default: bends values");
        assertThat(apicurio.unset("key.converter.apicurio.registry.as-confluent")
                        .found())
                .containsExactly("null-becomes-default: bends values", "apicurio-framing: risk");
    }

    @Test
    void aConverterMadeFromApicuriosIsBelieved() {
        String own = "io.spindrift.local.connect.NullKeepingAvroConverter";
        assertThat(with(own)
                        .set("value.converter.ignore.default.for.nullables", "true")
                        .found())
                .isEmpty();
        assertThat(with(own).found()).containsExactly("null-becomes-default: risk");
    }

    @Test
    void convertersThatTheJobCannotReadAreFound() {
        String protobuf = "io.confluent.connect.protobuf.ProtobufConverter";
        assertThat(with(protobuf).found())
                .containsExactlyInAnyOrder("value-converter: loses data", "key-converter: loses data");
        assertThat(sound().set("key.converter", "org.apache.kafka.connect.storage.StringConverter")
                        .found())
                .containsExactly("key-converter: loses data");
    }

    @Test
    void keysAndValuesMayDifferAndHaveNoSchema() {
        assertThat(sound().set("key.converter.schemas.enable", "false").found()).isEmpty();
        assertThat(sound().set("key.converter", CONFLUENT).found()).isEmpty();
    }

    @Test
    void aFormatThatThePipelineFileDoesNotExpectIsFound() {
        Situation json = sound().formats(RecordFormat.AVRO, RecordFormat.JSON);
        assertThat(json.only().seen()).isEqualTo("its keys are json, the pipeline file's are avro");
        assertThat(json.only().set()).isEqualTo("source.key-format: json, or auto");
        assertThat(json.found()).containsExactly("format-differs: loses data");
        assertThat(json.formats(RecordFormat.JSON, RecordFormat.AUTO).found()).isEmpty();
        assertThat(json.formats(RecordFormat.JSON, RecordFormat.JSON_PLAIN).found())
                .containsExactly("format-differs: loses data");
        assertThat(sound().set("key.converter", CONFLUENT)
                        .withoutRegistry()
                        .only()
                        .seen())
                .endsWith("AvroConverter, and source.schema-registry.url is not given");
    }

    @Test
    void whatIsLeftToTheWorkerIsSaid() {
        assertThat(sound().unset("value.converter").unset("key.converter").found())
                .containsExactly("converter-of-the-worker: risk", "converter-of-the-worker: risk");
    }

    @Test
    void jsonsDecimalsAsNumbersAreFound() {
        Situation decimals = sound().table("t", ID, column("total", numeric(12, 2)))
                .set("value.converter.decimal.format", "NUMERIC");
        assertThat(decimals.found()).containsExactly("json-decimal-as-number: loses data", "nan-becomes-null: note");
        assertThat(decimals.set("decimal.handling.mode", "string").found())
                .containsExactly("json-decimal-as-number: note", "decimal-as-text: note");
        assertThat(sound().set("value.converter.decimal.format", "NUMERIC").found())
                .containsExactly("json-decimal-as-number: note");
        assertThat(sound().set("value.converter.decimal.format", "BASE64").found())
                .isEmpty();
    }

    @Test
    void namesThatAvroDoesNotKnowAreFound() {
        Situation avro = with(CONFLUENT)
                .set("value.converter.ignore.default.for.nullables", "true")
                .table("odd", ID, column("a-b", "text"));
        assertThat(avro.found()).containsExactly("names-not-avro: risk");
        assertThat(avro.set("field.name.adjustment.mode", "avro").found()).containsExactly("names-not-avro: note");
        assertThat(avro.set("column.propagate.source.type", "shop\\.public\\.odd\\..*")
                        .found())
                .isEmpty();
        avro.table("twins", ID, column("c-d", "text"), column("c_d", "text"));
        assertThat(avro.found()).containsExactly("names-not-avro: loses data");
        assertThat(avro.set("field.name.adjustment.mode", "avro_unicode")
                        .set("column.propagate.source.type", ".*")
                        .found())
                .isEmpty();
    }

    @Test
    void aPrefixThatAvroDoesNotKnowIsFound() {
        Situation avro = with(CONFLUENT)
                .set("value.converter.ignore.default.for.nullables", "true")
                .set("topic.prefix", "shop-eu")
                .readsPattern("shop-eu\\..*");
        assertThat(avro.found()).contains("names-not-avro: risk");
        assertThat(avro.set("schema.name.adjustment.mode", "avro").found()).doesNotContain("names-not-avro: risk");
    }
}
