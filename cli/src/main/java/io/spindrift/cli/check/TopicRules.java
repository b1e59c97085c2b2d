package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.cli.check.Facts.Broker;
import io.spindrift.cli.check.Facts.Topic;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The topics that the pipeline reads, and the one that it writes. */
final class TopicRules {

    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

    private TopicRules() {}

    static Stream<Finding> findings(Facts facts) {
        return facts.broker().stream().flatMap(broker -> Stream.of(
                        kept(facts.readTopics()), missing(facts, broker), deadLetters(facts, broker), tables(facts))
                .flatMap(findings -> findings));
    }

    static Stream<Finding> kept(List<Topic> topics) {
        return Stream.of(
                        some(topics, Rule.TOPIC_COMPACTED, Topic::isCompacted, "cleanup.policy has compact"),
                        some(topics, Rule.TOPIC_RETENTION, TopicRules::isShort, "retention.ms is less than a day"),
                        some(
                                topics,
                                Rule.TOPIC_SIZE_LIMIT,
                                topic -> topic.limit("retention.bytes").isPresent(),
                                "retention.bytes is set"),
                        some(topics, Rule.TOPIC_NOT_SAFE, topic -> topic.copies() < 2, "one copy"),
                        some(
                                topics,
                                Rule.TOPIC_NOT_SAFE,
                                topic -> topic.setting("unclean.leader.election.enable")
                                        .equals("true"),
                                "unclean.leader.election.enable=true"))
                .flatMap(findings -> findings);
    }

    private static boolean isShort(Topic topic) {
        return topic.retentionMillis().map(millis -> millis < DAY_MILLIS).orElse(false);
    }

    private static Stream<Finding> some(List<Topic> topics, Rule rule, Predicate<Topic> concerned, String seen) {
        List<String> names =
                topics.stream().filter(concerned).map(Topic::name).sorted().toList();
        return names.isEmpty() ? Stream.empty() : Stream.of(rule.at("topics " + Columns.list(names), seen));
    }

    static Stream<Finding> missing(Facts facts, Broker broker) {
        Stream<Finding> named = facts.reads().topics().stream()
                .filter(topic -> broker.topic(topic).isEmpty())
                .map(topic -> Rule.TOPIC_MISSING.at("topic " + topic, "the brokers have none of this name"));
        Stream<Finding> matched = facts.reads().pattern().stream()
                .filter(pattern -> facts.readTopics().isEmpty())
                .map(pattern -> Rule.TOPIC_MISSING.at("source.topic-pattern", "no topic matches " + pattern));
        return Stream.concat(named, matched);
    }

    static Stream<Finding> deadLetters(Facts facts, Broker broker) {
        String name = facts.reads().deadLetterTopic();
        String where = "topic " + name;
        Stream<Finding> read = facts.reads().reads(name)
                ? Stream.of(Rule.DEAD_LETTERS_READ.at(where, "source.topics or source.topic-pattern takes it"))
                : Stream.empty();
        Stream<Finding> kept = broker.topic(name)
                .map(topic -> Stream.concat(
                        topic.isCompacted()
                                ? Stream.of(Rule.DEAD_LETTERS_KEPT.at(where, "cleanup.policy has compact"))
                                : Stream.empty(),
                        isShort(topic)
                                ? Stream.of(Rule.DEAD_LETTERS_KEPT.at(where, "retention.ms is less than a day"))
                                : Stream.<Finding>empty()))
                .orElseGet(() -> Stream.of(Rule.DEAD_LETTERS_MISSING.at(where, "the brokers have none of this name")));
        return Stream.concat(read, kept);
    }

    /** Topics and tables that do not go together. Needs the connector, which names the topics. */
    static Stream<Finding> tables(Facts facts) {
        if (facts.catalog().isEmpty()
                || !facts.connector().map(Connector::namesTopicsByTable).orElse(false)) {
            return Stream.empty();
        }
        Connector connector = facts.connector().orElseThrow();
        List<Table> captured = facts.capturedTables();
        List<String> tables =
                captured.stream().map(table -> topicOf(connector, table)).toList();
        List<String> sides = List.of(
                connector.setting("topic.prefix") + "." + "transaction",
                connector.topicOf("", "transaction").replace("..", "."),
                facts.reads().deadLetterTopic());
        List<String> strangers = facts.readTopics().stream()
                .map(Topic::name)
                .filter(name -> !tables.contains(name) && !sides.contains(name) && !name.startsWith("__debezium-"))
                .sorted()
                .toList();
        List<String> unread = captured.stream()
                .filter(table -> !facts.reads().reads(topicOf(connector, table)))
                .map(table -> table.name().toString())
                .sorted()
                .toList();
        return Stream.concat(
                strangers.isEmpty()
                        ? Stream.empty()
                        : Stream.of(Rule.TOPIC_WITHOUT_TABLE.at(
                                "topics " + Columns.list(strangers), "the connector captures no such table")),
                unread.isEmpty()
                        ? Stream.empty()
                        : Stream.of(Rule.TABLE_NOT_READ.at(connector.place(), Columns.list(unread))));
    }

    private static String topicOf(Connector connector, Table table) {
        return connector.topicOf(table.name().schema(), table.name().table());
    }
}
