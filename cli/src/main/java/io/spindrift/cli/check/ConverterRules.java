package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.jobs.debezium.RecordFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How Connect writes keys and values. */
final class ConverterRules {

    private static final String JSON = "org.apache.kafka.connect.json.JsonConverter";
    private static final String CONFLUENT_AVRO = "io.confluent.connect.avro.AvroConverter";
    private static final String APICURIO_AVRO = "io.apicurio.registry.utils.converter.AvroConverter";
    private static final Pattern AVRO_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Predicate<Column> NULL_OR_DEFAULT =
            column -> column.hasDefault() && !column.notNull() && !column.generated();

    private ConverterRules() {}

    static Stream<Finding> findings(Facts facts) {
        return facts.connector().stream().flatMap(connector -> Stream.of(
                        value(facts, connector),
                        key(connector),
                        declaredFormats(facts, connector),
                        framing(connector),
                        fieldNames(facts, connector),
                        schemaNames(connector))
                .flatMap(findings -> findings));
    }

    /** What a side's converter writes, {@code key} or {@code value}; empty: the worker's, or one that is not known. */
    static Optional<RecordFormat> format(Connector connector, String side) {
        String converter = connector.setting(side + ".converter");
        if (isAvro(converter)) {
            return Optional.of(RecordFormat.AVRO);
        }
        if (!converter.equals(JSON)) {
            return Optional.empty();
        }
        boolean plain = connector.is(side + ".converter.schemas.enable", "false");
        return Optional.of(plain ? RecordFormat.JSON_PLAIN : RecordFormat.JSON);
    }

    private static boolean isAvro(String converter) {
        return converter.substring(converter.lastIndexOf('.') + 1).contains("Avro");
    }

    static Stream<Finding> value(Facts facts, Connector connector) {
        String converter = connector.setting("value.converter");
        if (converter.isEmpty()) {
            return Stream.of(Rule.CONVERTER_OF_THE_WORKER.at(connector.place(), "value.converter is not set"));
        }
        if (converter.equals(JSON)) {
            return Stream.concat(
                    nulls(facts, connector, "value.converter.replace.null.with.default", "false"),
                    decimals(facts, connector));
        }
        if (converter.equals(APICURIO_AVRO)) {
            return Columns.setting(
                    facts,
                    connector,
                    Rule.NULL_BECOMES_DEFAULT,
                    connector.shown("value.converter") + ", which writes the default whatever is set",
                    NULL_OR_DEFAULT);
        }
        if (isAvro(converter)) {
            return nulls(facts, connector, "value.converter.ignore.default.for.nullables", "true")
                    .map(finding -> converter.equals(CONFLUENT_AVRO)
                                    || !finding.severity().isHarm()
                            ? finding
                            : finding.as(Severity.RISK));
        }
        return Stream.of(Rule.VALUE_CONVERTER.at(connector.place(), connector.shown("value.converter")));
    }

    /** Of NUMERIC without precision the digits are bytes, which have one form. */
    private static Stream<Finding> decimals(Facts facts, Connector connector) {
        boolean precise = connector.is("decimal.handling.mode", "precise");
        return connector.is("value.converter.decimal.format", "numeric")
                ? Columns.setting(
                        facts,
                        connector,
                        Rule.JSON_DECIMAL_AS_NUMBER,
                        connector.shown("value.converter.decimal.format"),
                        column -> precise
                                && (column.type().name().equals("money")
                                        || column.type().name().equals("numeric")
                                                && column.type().precision().isPresent()))
                : Stream.empty();
    }

    private static Stream<Finding> nulls(Facts facts, Connector connector, String setting, String right) {
        if (connector.is(setting, right)) {
            return Stream.empty();
        }
        String seen = connector.isSet(setting) ? connector.shown(setting) : setting + " is not set";
        return Columns.setting(facts, connector, Rule.NULL_BECOMES_DEFAULT, seen, NULL_OR_DEFAULT)
                .map(finding -> finding.setting(setting + "=" + right));
    }

    static Stream<Finding> key(Connector connector) {
        String converter = connector.setting("key.converter");
        if (converter.isEmpty()) {
            return Stream.of(Rule.CONVERTER_OF_THE_WORKER
                    .at(connector.place(), "key.converter is not set")
                    .setting("key.converter with its settings as value.converter"));
        }
        return format(connector, "key").isPresent()
                ? Stream.empty()
                : Stream.of(Rule.KEY_CONVERTER.at(connector.place(), connector.shown("key.converter")));
    }

    /** Whether the pipeline file expects what the connector writes. */
    static Stream<Finding> declaredFormats(Facts facts, Connector connector) {
        Stream<Finding> registry = Stream.of("key", "value")
                .filter(side -> format(connector, side).equals(Optional.of(RecordFormat.AVRO))
                        && facts.decoding().registryUrl().isEmpty())
                .map(side -> Rule.FORMAT_DIFFERS
                        .at(
                                connector.place(),
                                connector.shown(side + ".converter") + ", and source.schema-registry.url is not given")
                        .setting("source.schema-registry.url")
                        .as(Severity.RISK))
                .limit(1);
        return Stream.of(
                        registry,
                        declaredFormat(connector, "key", facts.decoding().keyFormat()),
                        declaredFormat(connector, "value", facts.decoding().valueFormat()))
                .flatMap(findings -> findings);
    }

    private static Stream<Finding> declaredFormat(Connector connector, String side, RecordFormat declared) {
        return format(connector, side)
                .filter(written -> declared != RecordFormat.AUTO && declared != written)
                .map(written -> Rule.FORMAT_DIFFERS
                        .at(
                                connector.place(),
                                "its %ss are %s, the pipeline file's are %s"
                                        .formatted(side, text(written), text(declared)))
                        .setting("source.%s-format: %s, or auto".formatted(side, text(written))))
                .stream();
    }

    private static String text(RecordFormat format) {
        return format.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Of Apicurio's converters, and those made from them. */
    static Stream<Finding> framing(Connector connector) {
        return Stream.of("key.converter", "value.converter").flatMap(side -> {
            String settings = side + ".apicurio.registry.";
            boolean apicurio = connector.setting(side).equals(APICURIO_AVRO)
                    || connector.config().keySet().stream().anyMatch(key -> key.startsWith(settings));
            List<String> wrong = new ArrayList<>();
            Map.of("as-confluent", "true", "use-id", "contentid", "headers.enabled", "false")
                    .forEach((name, right) -> {
                        if (!connector.is(settings + name, right)) {
                            wrong.add(settings + name);
                        }
                    });
            wrong.sort(String::compareTo);
            return apicurio && !wrong.isEmpty()
                    ? Stream.of(Rule.APICURIO_FRAMING.at(
                            connector.place(),
                            String.join(
                                    ", ", wrong.stream().map(connector::shown).toList())))
                    : Stream.empty();
        });
    }

    static Stream<Finding> fieldNames(Facts facts, Connector connector) {
        boolean adjusted = connector.is("field.name.adjustment.mode", "avro", "avro_unicode");
        if (!adjusted && !isAvro(connector.setting("value.converter"))) {
            return Stream.empty();
        }
        return facts.sentTables().stream().flatMap(table -> {
            List<String> foreign = table.columns().stream()
                    .map(Column::name)
                    .filter(name -> !AVRO_NAME.matcher(name).matches())
                    .toList();
            if (foreign.isEmpty()) {
                return Stream.empty();
            }
            String where = table.name().toString();
            String seen = "%s; %s".formatted(Columns.list(foreign), connector.shown("field.name.adjustment.mode"));
            if (!adjusted) {
                return Stream.of(Rule.NAMES_NOT_AVRO.at(where, seen).as(Severity.RISK));
            }
            if (connector.is("field.name.adjustment.mode", "avro")
                    && collide(table.columns().stream().map(Column::name).toList())) {
                return Stream.of(Rule.NAMES_NOT_AVRO.at(where, seen + ": two become one"));
            }
            return foreign.stream()
                            .allMatch(name -> TypeRules.travels(connector, facts.catalog(), table.name() + "." + name))
                    ? Stream.empty()
                    : Stream.of(Rule.NAMES_NOT_AVRO.at(where, seen).as(Severity.NOTE));
        });
    }

    /** Whether two names are one once all that Avro does not know is {@code _}. */
    private static boolean collide(List<String> names) {
        Map<String, String> seen = new HashMap<>();
        return names.stream().anyMatch(name -> seen.put(name.replaceAll("[^A-Za-z0-9_]", "_"), name) != null);
    }

    static Stream<Finding> schemaNames(Connector connector) {
        String prefix = connector.setting("topic.prefix");
        boolean plain = Stream.of(prefix.split("\\."))
                .allMatch(part -> AVRO_NAME.matcher(part).matches());
        boolean adjusted = connector.is("schema.name.adjustment.mode", "avro", "avro_unicode");
        return plain || adjusted || !isAvro(connector.setting("value.converter"))
                ? Stream.empty()
                : Stream.of(Rule.NAMES_NOT_AVRO
                        .at(
                                connector.place(),
                                connector.shown("topic.prefix") + ", " + connector.shown("schema.name.adjustment.mode"))
                        .as(Severity.RISK));
    }
}
