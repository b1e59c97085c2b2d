package io.spindrift.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.FallbackKey;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.util.NetUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every folder of flink-conf/, read by Flink's own parser: the Flink on the class path knows each key, and each value is of its type. */
final class FlinkConfTest {

    private static final Path FLINK_CONF = Path.of("../flink-conf");

    /** The reporter's own, which no option class declares. */
    private static final String REPORTER_PORT = "metrics.reporter.prom.port";

    private static final String REPORTER_FACTORY = "metrics.reporter.prom.factory.class";

    private static final FlinkOptions FLINK = FlinkOptions.onTheClassPath();

    static Stream<Path> folders() throws IOException {
        try (Stream<Path> files = Files.walk(FLINK_CONF)) {
            return files.filter(file -> file.endsWith("config.yaml")).map(Path::getParent).sorted().toList().stream();
        }
    }

    @Test
    void theEmbeddedRunAndFourClustersHaveTheirs() throws IOException {
        assertThat(folders().map(folder -> FLINK_CONF.relativize(folder).toString()))
                .containsExactly("", "application/large", "application/small", "session/large", "session/small");
    }

    @ParameterizedTest
    @MethodSource("folders")
    void everyKeyIsFlinksAndEveryValueOfItsType(Path folder) {
        assertThat(problems(folder)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"large", "small"})
    void sessionAndApplicationDifferOnlyInHowJobsCome(String size) {
        Map<String, String> application = load(FLINK_CONF.resolve("application").resolve(size));
        Map<String, String> session = load(FLINK_CONF.resolve("session").resolve(size));
        assertThat(differing(application, session))
                .containsExactlyInAnyOrder(
                        "jobmanager.rpc.address",
                        "high-availability.type",
                        "high-availability.storageDir",
                        "high-availability.jobmanager.port",
                        "web.submit.enable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application", "session"})
    void largeAndSmallDifferOnlyInSize(String mode) {
        Map<String, String> large = load(FLINK_CONF.resolve(mode).resolve("large"));
        Map<String, String> small = load(FLINK_CONF.resolve(mode).resolve("small"));
        assertThat(differing(large, small))
                .containsExactlyInAnyOrder(
                        "jobmanager.memory.process.size",
                        "taskmanager.memory.process.size",
                        "taskmanager.numberOfTaskSlots",
                        "parallelism.default",
                        "pipeline.max-parallelism",
                        "execution.checkpointing.interval",
                        "execution.checkpointing.min-pause",
                        "execution.checkpointing.local-backup.enabled",
                        "execution.state-recovery.from-local");
    }

    /** A file of ours stands in the place of Flink's own, which opens what Java 17 closes. */
    @ParameterizedTest
    @ValueSource(strings = {"application/large", "application/small", "session/large", "session/small"})
    void clustersOpenWhatFlinksOwnFileOpens(String folder) {
        assertThat(load(FLINK_CONF.resolve(folder)).get("env.java.opts.all"))
                .startsWith("--add-")
                .contains(" --add-opens=java.base/java.util=ALL-UNNAMED ")
                .doesNotContain("\n", "'", "\"");
    }

    @ParameterizedTest
    @CsvSource({"small, 10, 60, 120", "large, 60, 300, 720"})
    void sizesKeepTheirBounds(String size, int shortestInterval, int longestInterval, int maxParallelism)
            throws IOException {
        for (Path folder : folders().filter(folder -> folder.endsWith(size)).toList()) {
            Configuration flink = GlobalConfiguration.loadConfiguration(folder.toString());
            assertThat(flink.get(CheckpointingOptions.CHECKPOINTING_INTERVAL))
                    .isBetween(Duration.ofSeconds(shortestInterval), Duration.ofSeconds(longestInterval));
            assertThat(flink.get(PipelineOptions.MAX_PARALLELISM)).isEqualTo(maxParallelism);
            assertThat(maxParallelism % flink.get(CoreOptions.DEFAULT_PARALLELISM))
                    .isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "execution.checkpointing.intervall: 10 s | execution.checkpointing.intervall: no option of this Flink",
                "state.checkpoints.dir: s3://b/c | state.checkpoints.dir: legacy, now execution.checkpointing.dir",
                "execution.checkpointing.interval: soon | execution.checkpointing.interval: Could not parse value",
                "high-availability.type: kubernetes | ",
            })
    void aBadKeyOrValueIsFound(String line, @Nullable String problem, @TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("config.yaml"), line + "\n");
        if (problem == null) {
            assertThat(problems(folder)).isEmpty();
        } else {
            assertThat(problems(folder)).singleElement().asString().startsWith(problem);
        }
    }

    private static Map<String, String> load(Path folder) {
        return GlobalConfiguration.loadConfiguration(folder.toString()).toMap();
    }

    private static List<String> differing(Map<String, String> one, Map<String, String> other) {
        Map<String, String> all = new TreeMap<>(one);
        all.putAll(other);
        return all.keySet().stream()
                .filter(key -> !one.getOrDefault(key, "").equals(other.getOrDefault(key, "")))
                .toList();
    }

    private static List<String> problems(Path folder) {
        Configuration flink = GlobalConfiguration.loadConfiguration(folder.toString());
        List<String> problems = new ArrayList<>();
        for (String key : new TreeMap<>(flink.toMap()).keySet()) {
            if (key.equals(REPORTER_PORT)) {
                assertThatCode(() ->
                                NetUtils.getPortRangeFromString(flink.toMap().get(key)))
                        .doesNotThrowAnyException();
            } else if (!key.equals(REPORTER_FACTORY)) {
                FLINK.problem(flink, key).ifPresent(problems::add);
            }
        }
        return problems;
    }

    /** What the Flink jars declare, by key: the options to use, and the keys that they replace. */
    private record FlinkOptions(Map<String, ConfigOption<?>> current, Map<String, String> replacements) {

        static FlinkOptions onTheClassPath() {
            FlinkOptions options = new FlinkOptions(new HashMap<>(), new HashMap<>());
            Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                    .map(Path::of)
                    .filter(jar -> jar.getFileName().toString().matches("flink-.*\\.jar"))
                    .forEach(options::addJar);
            assertThat(options.current).as("options found").hasSizeGreaterThan(300);
            return options;
        }

        Optional<String> problem(Configuration flink, String key) {
            ConfigOption<?> option = current.get(key);
            if (option == null) {
                return Optional.of(
                        replacements.containsKey(key)
                                ? key + ": legacy, now " + replacements.get(key)
                                : key + ": no option of this Flink");
            }
            try {
                flink.getOptional(option);
                return Optional.empty();
            } catch (IllegalArgumentException e) {
                return Optional.of(key + ": " + e.getMessage());
            }
        }

        private void addJar(Path path) {
            try (JarFile jar = new JarFile(path.toFile())) {
                jar.stream()
                        .map(entry -> entry.getName())
                        .filter(name -> name.startsWith("org/apache/flink/") && name.endsWith("Options.class"))
                        .forEach(name -> addClass(name.substring(0, name.length() - ".class".length())));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void addClass(String name) {
            try {
                for (Field field : Class.forName(name.replace('/', '.')).getDeclaredFields()) {
                    if (Modifier.isStatic(field.getModifiers()) && field.getType() == ConfigOption.class) {
                        field.setAccessible(true);
                        addOption((ConfigOption<?>) field.get(null), field.isAnnotationPresent(Deprecated.class));
                    }
                }
            } catch (ReflectiveOperationException | LinkageError ignored) {
                // A class of something that is not on the class path: its options are not known here.
            }
        }

        private void addOption(ConfigOption<?> option, boolean deprecated) {
            if (!deprecated) {
                current.put(option.key(), option);
            }
            for (FallbackKey fallback : option.fallbackKeys()) {
                if (fallback.isDeprecated()) {
                    replacements.put(fallback.getKey(), option.key());
                }
            }
        }
    }
}
