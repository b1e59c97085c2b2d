package io.spindrift.cli.check;

import static io.spindrift.cli.check.Situation.ID;
import static io.spindrift.cli.check.Situation.array;
import static io.spindrift.cli.check.Situation.column;
import static io.spindrift.cli.check.Situation.numeric;
import static io.spindrift.cli.check.Situation.type;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.local.workload.EcommerceSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The connectors in connect/, by the rules of {@code bin/spindrift check}. */
class ConnectorFilesTest {

    private static final Path CONNECT = Path.of(System.getProperty("spindrift.home", ".."), "connect");
    private static final Column NULL_OR_DEFAULT = new Column("locale", type("text"), false, true, false, true);

    private static Map<String, String> settings(String file) throws IOException {
        JsonNode root = new ObjectMapper().readTree(CONNECT.resolve(file).toFile());
        assertThat(root.path("name").asText()).isEqualTo(EcommerceSource.CONNECTOR);
        return new ObjectMapper().convertValue(root.path("config"), new TypeReference<Map<String, String>>() {});
    }

    /** With columns of each type that some setting would harm. */
    @ParameterizedTest
    @ValueSource(strings = {"shop-avro.json", "shop-avro-apicurio.json", "shop-json.json"})
    void nothingIsFoundInThemButANote(String file) throws IOException {
        Situation situation = Situation.empty()
                .table(
                        "users",
                        ID,
                        NULL_OR_DEFAULT,
                        column("total", numeric(12, 2)),
                        column("gap", "interval"),
                        column("seen", "timestamptz"),
                        column("opens", "time"),
                        column("sizes", array(type("int4"))),
                        column("picture", "bytea"))
                .connector(settings(file))
                // The situation's own slot and publication.
                .set("slot.name", "shop_slot")
                .set("publication.name", "shop_pub");
        // NUMERIC has no better setting: as text it would keep NaN, and be text in the warehouse.
        assertThat(situation.found()).containsExactly("nan-becomes-null: note");
    }

    @Test
    void theyDifferInTheirConvertersAlone() throws IOException {
        Map<String, String> avro = withoutConverters("shop-avro.json");
        assertThat(withoutConverters("shop-avro-apicurio.json")).isEqualTo(avro);
        assertThat(withoutConverters("shop-json.json")).isEqualTo(avro);
    }

    private static Map<String, String> withoutConverters(String file) throws IOException {
        Map<String, String> settings = new TreeMap<>(settings(file));
        settings.keySet().removeIf(key -> key.contains("converter"));
        return settings;
    }

    /** sql/source makes them, and the local stack waits for them. */
    @Test
    void namesAreThoseOfTheShop() throws IOException {
        assertThat(settings("shop-avro.json"))
                .containsEntry("database.dbname", EcommerceSource.DATABASE)
                .containsEntry("database.user", EcommerceSource.CAPTURE_USER)
                .containsEntry("topic.prefix", EcommerceSource.TOPIC_PREFIX)
                .containsEntry("slot.name", EcommerceSource.SLOT)
                .containsEntry("publication.name", EcommerceSource.PUBLICATION)
                .containsEntry(
                        "table.include.list",
                        EcommerceSource.TABLES.stream().map("public."::concat).collect(joining(",")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop-avro.json", "shop-avro-apicurio.json", "shop-json.json"})
    void secretsAreNamedNotWritten(String file) throws IOException {
        assertThat(settings(file)).containsEntry("database.password", "${env:SHOP_DB_PASSWORD}");
    }
}
