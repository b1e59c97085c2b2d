package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Publication;
import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.cli.check.Catalog.TableKind;
import io.spindrift.jobs.config.PipelineConfig.Decoding;
import io.spindrift.jobs.debezium.ColumnSettings.Choice;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.route.Router;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Everything that rules look at. What could not be read is absent.
 *
 * @param decoding what the pipeline file says of records and columns
 */
record Facts(
        Reads reads,
        Decoding decoding,
        Optional<Connector> connector,
        Optional<Catalog> catalog,
        Optional<Broker> broker,
        Optional<Warehouse> warehouse) {

    /** What the pipeline file says of topics. */
    record Reads(List<String> topics, Optional<Pattern> pattern, String deadLetterTopic, Router router) {

        boolean reads(String topic) {
            return topics.contains(topic)
                    || pattern.map(one -> one.matcher(topic).matches()).orElse(false);
        }
    }

    /** @param topics those that the pipeline reads, and its dead-letter topic, as far as they exist */
    record Broker(String clusterId, List<Topic> topics) {

        Optional<Topic> topic(String name) {
            return topics.stream().filter(one -> one.name().equals(name)).findFirst();
        }
    }

    /** @param config in effect */
    record Topic(String name, int copies, Map<String, String> config) {

        String setting(String key) {
            return config.getOrDefault(key, "");
        }

        boolean isCompacted() {
            return setting("cleanup.policy").contains("compact");
        }

        /** Absent: for ever, or not told. */
        Optional<Long> retentionMillis() {
            return limit("retention.ms");
        }

        Optional<Long> limit(String key) {
            String value = setting(key);
            return value.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(value)) : Optional.empty();
        }
    }

    /** @param failure why nobody could log in; absent: somebody could */
    record Warehouse(
            String user,
            String database,
            Optional<String> failure,
            Optional<String> role,
            boolean seesDatabase,
            boolean hasWarehouse) {}

    /** Topics that the pipeline reads and that exist. */
    List<Topic> readTopics() {
        return broker.map(Broker::topics).orElse(List.of()).stream()
                .filter(topic -> reads.reads(topic.name()))
                .toList();
    }

    /** The connector's publication. */
    Optional<Publication> publication() {
        return connector.flatMap(one -> {
            String name = one.setting("publication.name");
            return catalog.flatMap(source -> source.publication(name.isEmpty() ? "dbz_publication" : name));
        });
    }

    /** Whether values are JSON without schema, which the pipeline file declares; without a word of the connector's, by what the file says. */
    boolean readsDeclarations() {
        return connector
                .flatMap(one -> ConverterRules.format(one, "value"))
                .map(format -> format == RecordFormat.JSON_PLAIN)
                .orElseGet(() -> decoding.valueFormat() == RecordFormat.JSON_PLAIN
                        || !decoding.declared().tables().isEmpty());
    }

    Optional<Choice> choice(Table table, String column) {
        return Optional.ofNullable(decoding.columns().choices().get(table.name() + "." + column));
    }

    /** Tables whose changes the pipeline should bring, with the columns that are to reach the warehouse. */
    List<Table> tables() {
        return sentTables().stream()
                .map(table -> table.with(column -> !choice(table, column.name()).equals(Optional.of(Choice.EXCLUDE))))
                .toList();
    }

    /** The same, with every column that the connector lets through. */
    List<Table> sentTables() {
        return capturedTables().stream()
                .filter(this::isRead)
                .map(table -> table.with(column -> connector
                        .map(one ->
                                one.sends(table.name().schema(), table.name().table(), column.name()))
                        .orElse(true)))
                .toList();
    }

    /** Tables that the connector is to capture; without a connector, those that some publication has. */
    List<Table> capturedTables() {
        List<Publication> publications = publication().map(List::of).orElseGet(() -> catalog.map(Catalog::publications)
                .orElse(List.of()));
        boolean viaRoot = publications.stream().anyMatch(Publication::viaPartitionRoot);
        TableKind other = viaRoot ? TableKind.PARTITION : TableKind.PARTITIONED;
        return catalog.map(Catalog::tables).orElse(List.of()).stream()
                .filter(table -> table.kind() != other)
                .filter(table -> connector
                        .map(one ->
                                one.captures(table.name().schema(), table.name().table()))
                        .orElseGet(() -> publications.stream()
                                .anyMatch(one -> one.table(table.name()).isPresent())))
                .toList();
    }

    /** Tables that the connector does not capture, in schemas of which it captures some. */
    List<Table> leftTables() {
        List<Table> captured = capturedTables();
        Set<String> schemas =
                captured.stream().map(table -> table.name().schema()).collect(Collectors.toSet());
        return catalog.map(Catalog::tables).orElse(List.of()).stream()
                .filter(table -> table.kind() == TableKind.ORDINARY)
                .filter(table -> schemas.contains(table.name().schema()) && !captured.contains(table))
                .toList();
    }

    /** Whether its topic is one that the pipeline reads, or cannot be told. */
    boolean isRead(Table table) {
        String schema = table.name().schema();
        String name = table.name().table();
        if (connector.isPresent()) {
            Connector one = connector.get();
            return !one.namesTopicsByTable() || reads.reads(one.topicOf(schema, name));
        }
        String end = "." + schema + "." + name;
        return broker.isEmpty() && reads.topics().isEmpty()
                || reads.topics().stream().anyMatch(topic -> topic.endsWith(end))
                || readTopics().stream().anyMatch(topic -> topic.name().endsWith(end));
    }
}
