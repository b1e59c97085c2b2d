package io.spindrift.cli.check;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A Debezium connector as Kafka Connect tells it.
 *
 * @param config what was set, without secrets
 * @param defaults what the installed version does otherwise
 * @param version of Debezium; absent when the worker does not list the plugin
 * @param states of the connector and its tasks, as Connect spells them, by what they belong to
 * @param kafkaClusterId of the cluster that the worker belongs to
 */
record Connector(
        String name,
        Map<String, String> config,
        Map<String, String> defaults,
        Optional<String> version,
        Map<String, String> states,
        Optional<String> kafkaClusterId) {

    private static final Pattern SECRET =
            Pattern.compile("(?i)password|secret|token|credential|user\\.info|jaas|passphrase|\\.key$");

    /** Debezium's documented defaults: some are not listed by its plugin, and workers before Kafka 3.2 list none. */
    private static final Map<String, String> DOCUMENTED = Map.ofEntries(
            Map.entry("skipped.operations", "t"),
            Map.entry("event.processing.failure.handling.mode", "fail"),
            Map.entry("event.converting.failure.handling.mode", "warn"),
            Map.entry("snapshot.mode", "initial"),
            Map.entry("decimal.handling.mode", "precise"),
            Map.entry("interval.handling.mode", "numeric"),
            Map.entry("time.precision.mode", "adaptive"),
            Map.entry("binary.handling.mode", "bytes"),
            Map.entry("hstore.handling.mode", "json"),
            Map.entry("money.fraction.digits", "2"),
            Map.entry("heartbeat.interval.ms", "0"),
            Map.entry("plugin.name", "decoderbufs"),
            Map.entry("slot.name", "debezium"),
            Map.entry("publication.name", "dbz_publication"),
            Map.entry("publication.autocreate.mode", "all_tables"),
            Map.entry("provide.transaction.metadata", "false"));

    Connector {
        Map<String, String> open = new TreeMap<>(config);
        open.keySet().removeIf(key -> SECRET.matcher(key).find());
        config = open;
        defaults = Map.copyOf(defaults);
        states = new TreeMap<>(states);
    }

    String place() {
        return "connector " + name;
    }

    /** As set, or as the installed version defaults, or as documented; empty when none is known. */
    String setting(String key) {
        String standard = defaults.getOrDefault(key, DOCUMENTED.getOrDefault(key, ""));
        return config.getOrDefault(key, standard).strip();
    }

    boolean isSet(String key) {
        return !config.getOrDefault(key, "").isBlank();
    }

    /** Enumerated settings and booleans, whose case does not count. */
    boolean is(String key, String... values) {
        return Arrays.asList(values).contains(setting(key).toLowerCase(Locale.ROOT));
    }

    /** For findings: {@code key=value}, and whether anybody has set it. */
    String shown(String key) {
        return key + "=" + setting(key) + (config.containsKey(key) ? "" : " (the default)");
    }

    /** Major and minor; empty for an unknown version. */
    Optional<int[]> release() {
        return version.map(text -> text.split("[.\\-]"))
                .filter(parts -> parts.length > 1 && (parts[0] + parts[1]).matches("[0-9]{2,6}"))
                .map(parts -> new int[] {Integer.parseInt(parts[0]), Integer.parseInt(parts[1])});
    }

    boolean isBefore(int major, int minor) {
        return release()
                .map(release -> release[0] < major || release[0] == major && release[1] < minor)
                .orElse(false);
    }

    /** Whether topics are named as Debezium does by default, and nothing behind it renames them. */
    boolean namesTopicsByTable() {
        String strategy = setting("topic.naming.strategy");
        return (strategy.isEmpty() || strategy.endsWith(".SchemaTopicNamingStrategy"))
                && transforms().stream().noneMatch(Transforms::mayReroute);
    }

    /** Debezium replaces what a topic's name cannot have, and cuts it at 249 characters. */
    String topicOf(String schema, String table) {
        String delimiter = setting("topic.delimiter").isEmpty() ? "." : setting("topic.delimiter");
        String topic =
                String.join(delimiter, setting("topic.prefix"), schema, table).replaceAll("[^A-Za-z0-9._-]", "_");
        return topic.substring(0, Math.min(topic.length(), 249));
    }

    /** By the connector's include and exclude lists of schemas and tables. */
    boolean captures(String schema, String table) {
        return passes("schema", schema) && passes("table", schema + "." + table);
    }

    /** By the connector's include and exclude lists of columns. */
    boolean sends(String schema, String table, String column) {
        return passes("column", schema + "." + table + "." + column);
    }

    private boolean passes(String what, String name) {
        String included = setting(what + ".include.list");
        String excluded = setting(what + ".exclude.list");
        return (included.isEmpty() || matches(included, name)) && (excluded.isEmpty() || !matches(excluded, name));
    }

    /** A list of regular expressions, each for the whole name, whatever its case. */
    static boolean matches(String list, String name) {
        for (String item : list.split("(?<!\\\\),")) {
            try {
                String expression = item.strip().replace("\\,", ",");
                if (Pattern.compile(expression, Pattern.CASE_INSENSITIVE)
                        .matcher(name)
                        .matches()) {
                    return true;
                }
            } catch (PatternSyntaxException e) {
                // Debezium refuses it, and the connector does not run.
                continue;
            }
        }
        return false;
    }

    /** Aliases, in the order in which they apply, with their classes. */
    List<Transform> transforms() {
        return Arrays.stream(setting("transforms").split(","))
                .map(String::strip)
                .filter(alias -> !alias.isEmpty())
                .map(alias -> new Transform(alias, setting("transforms." + alias + ".type")))
                .toList();
    }

    /** @param type a class name */
    record Transform(String alias, String type) {
        String simpleType() {
            return type.substring(type.lastIndexOf('.') + 1).replaceFirst("\\$(Key|Value)$", "");
        }

        String key(String setting) {
            return "transforms." + alias + "." + setting;
        }
    }

    /** Of the settings only the names: somebody may keep a secret under a name that does not say so. */
    @Override
    public String toString() {
        return "Connector[%s, %s, %s]".formatted(name, version, config.keySet());
    }
}
