package io.spindrift.cli.check;

import io.spindrift.jobs.config.PipelineConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** What stands before and behind a pipeline → findings. Changes nothing anywhere. */
public final class Checkup {

    private static final List<Function<Facts, Stream<Finding>>> RULES = List.of(
            ConnectorRules::findings,
            ConverterRules::findings,
            DeclarationRules::findings,
            TypeRules::findings,
            KeyRules::findings,
            NameRules::findings,
            SourceRules::findings,
            TopicRules::findings,
            WarehouseRules::findings);

    private final PipelineConfig pipeline;
    private final List<String> notChecked = new ArrayList<>();

    private Checkup(PipelineConfig pipeline) {
        this.pipeline = pipeline;
    }

    /** Asks Kafka, Connect, the source's catalog and Snowflake, each as far as it is named in the file and answers. */
    public static CheckReport of(PipelineConfig pipeline) {
        Checkup checkup = new Checkup(pipeline);
        Facts facts = checkup.facts();
        return new CheckReport(findings(facts), lookedAt(facts), checkup.notChecked);
    }

    static List<String> lookedAt(Facts facts) {
        List<String> parts = new ArrayList<>();
        facts.connector()
                .ifPresent(one -> parts.add(
                        one.place() + one.version().map(" of Debezium "::concat).orElse("")));
        facts.catalog()
                .ifPresent(one -> parts.add(
                        "%d tables of database %s".formatted(facts.tables().size(), one.database())));
        facts.broker().ifPresent(one -> parts.add(facts.readTopics().size() + " topics"));
        facts.warehouse().ifPresent(one -> parts.add("Snowflake as " + one.user()));
        return parts;
    }

    static List<Finding> findings(Facts facts) {
        return RULES.stream()
                .flatMap(rule -> rule.apply(facts))
                .sorted(Finding.ORDER)
                .distinct()
                .toList();
    }

    private interface Reader<T> {
        T read() throws NotChecked;
    }

    private <T> Optional<T> read(Reader<T> reader) {
        try {
            return Optional.of(reader.read());
        } catch (NotChecked e) {
            notChecked.add(e.text());
            return Optional.empty();
        }
    }

    private Facts facts() {
        PipelineConfig.Source source = pipeline.source();
        Facts.Reads reads = new Facts.Reads(
                source.topics(),
                source.topicPattern(),
                pipeline.pipeline().deadLetters().topic(),
                pipeline.router());
        Optional<Facts.Broker> broker = read(() -> BrokerReader.read(source, reads));
        List<String> topics = broker.map(Facts.Broker::topics).orElse(List.of()).stream()
                .map(Facts.Topic::name)
                .filter(reads::reads)
                .toList();
        return new Facts(
                reads,
                source.decoding(),
                connector(topics),
                catalog(),
                broker,
                Optional.of(WarehouseReader.read(pipeline.sink())));
    }

    private Optional<Connector> connector(List<String> topics) {
        return read(() -> {
            PipelineConfig.Upstream.Connect connect = pipeline.upstream()
                    .connect()
                    .orElseThrow(() -> new NotChecked("the connector: source.connect.url is not given"));
            List<String> known = topics.isEmpty() ? pipeline.source().topics() : topics;
            return new ConnectReader(connect)
                    .read(prefix -> known.stream().anyMatch(topic -> topic.startsWith(prefix)));
        });
    }

    private Optional<Catalog> catalog() {
        return read(() -> CatalogReader.read(pipeline.upstream()
                .database()
                .orElseThrow(() -> new NotChecked("tables, slot and publication: source.database.url is not given"))));
    }
}
