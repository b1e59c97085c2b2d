package io.spindrift.jobs;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/**
 * What the savepoints of a build hold, as {@value #RESOURCE} in its jar says: whether another build can go on from them is known without one. A running
 * job says it of itself, among its parameters.
 *
 * @param operators uids
 * @param formats the version of each binary form that the build writes; it reads that and all before
 */
public record StateContents(Set<String> operators, Map<String, Integer> formats) {

    public static final String RESOURCE = "META-INF/spindrift/state.properties";

    private static final String OPERATOR = "operator.";
    private static final String FORMAT = "format.";
    private static final String PARAMETER = "spindrift.state.";

    public StateContents {
        operators = Set.copyOf(operators);
        formats = Map.copyOf(formats);
    }

    /** Of this build. */
    public static StateContents ofThisBuild() {
        try (InputStream in = StateContents.class.getClassLoader().getResourceAsStream(RESOURCE)) {
            return of(Objects.requireNonNull(in, RESOURCE));
        } catch (IOException e) {
            throw new IllegalStateException(RESOURCE, e);
        }
    }

    /** @throws IOException when the file is no job jar of Spindrift */
    public static StateContents ofJar(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            ZipEntry entry = file.getEntry(RESOURCE);
            if (entry == null) {
                throw new IOException(
                        "%s is no job jar of Spindrift that can be upgraded to: it has no %s".formatted(jar, RESOURCE));
            }
            try (InputStream in = file.getInputStream(entry)) {
                return of(in);
            }
        }
    }

    private static StateContents of(InputStream in) throws IOException {
        Properties lines = new Properties();
        lines.load(new InputStreamReader(in, StandardCharsets.UTF_8));
        Map<String, String> texts = new HashMap<>();
        lines.stringPropertyNames().forEach(name -> texts.put(name, lines.getProperty(name)));
        return of(texts);
    }

    private static StateContents of(Map<String, String> lines) {
        Set<String> operators = new TreeSet<>();
        Map<String, Integer> formats = new TreeMap<>();
        lines.forEach((name, value) -> {
            if (name.startsWith(OPERATOR)) {
                operators.add(name.substring(OPERATOR.length()));
            } else if (name.startsWith(FORMAT)) {
                formats.put(name.substring(FORMAT.length()), Integer.valueOf(value.strip()));
            }
        });
        return new StateContents(operators, formats);
    }

    /** Of a job that does not have the operator. */
    StateContents without(String uid) {
        Set<String> others = new TreeSet<>(operators);
        others.remove(uid);
        return new StateContents(others, formats);
    }

    /** For Flink's job parameters, which its REST API and its web UI show. */
    Map<String, String> asParameters() {
        Map<String, String> parameters = new TreeMap<>();
        operators.forEach(uid -> parameters.put(PARAMETER + OPERATOR + uid, ""));
        formats.forEach((name, version) -> parameters.put(PARAMETER + FORMAT + name, Integer.toString(version)));
        return parameters;
    }

    /** Of a job by its parameters; of one that says nothing, without operators. */
    public static StateContents ofParameters(Map<String, String> parameters) {
        Map<String, String> lines = new HashMap<>();
        parameters.forEach((name, value) -> {
            if (name.startsWith(PARAMETER)) {
                lines.put(name.substring(PARAMETER.length()), value);
            }
        });
        return of(lines);
    }

    /** Why this build cannot go on from savepoints of the other; empty: it can. */
    public List<String> problemsWith(StateContents saved) {
        List<String> problems = new ArrayList<>();
        for (String uid : new TreeSet<>(saved.operators)) {
            if (!operators.contains(uid)) {
                problems.add("the savepoint has state of operator '%s', which the jar does not have".formatted(uid));
            }
        }
        new TreeMap<>(saved.formats).forEach((name, version) -> {
            Integer newest = formats.get(name);
            if (newest == null || newest < version) {
                problems.add("the savepoint has '%s' in version %d, and the jar reads %s"
                        .formatted(name, version, newest == null ? "none" : "up to " + newest));
            }
        });
        return problems;
    }
}
