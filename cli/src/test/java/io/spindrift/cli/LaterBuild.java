package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.local.flink.FlinkDistribution;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The job as a later release may have it, made of this build's sources and jar: an operator more, with state of its own, and a field more in each row's
 * state, which reads what this build has written.
 */
final class LaterBuild {

    private static final String JOB = "jobs/src/main/java/io/spindrift/jobs/SpindriftJob.java";
    private static final String ROW_STATE = "jobs/src/main/java/io/spindrift/jobs/order/RowState.java";
    private static final String CONTENTS = "jobs/src/main/resources/META-INF/spindrift/state.properties";

    private static final String OPERATOR = """
            package io.spindrift.jobs;

            import io.spindrift.sinks.model.ChangeEvent;
            import org.apache.flink.api.common.functions.MapFunction;
            import org.apache.flink.api.common.state.ListState;
            import org.apache.flink.api.common.state.ListStateDescriptor;
            import org.apache.flink.api.common.typeinfo.Types;
            import org.apache.flink.runtime.state.FunctionInitializationContext;
            import org.apache.flink.runtime.state.FunctionSnapshotContext;
            import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

            final class CountEvents implements MapFunction<ChangeEvent, ChangeEvent>, CheckpointedFunction {
                private static final long serialVersionUID = 1;
                private transient ListState<Long> state;
                private long count;

                public ChangeEvent map(ChangeEvent event) {
                    count++;
                    return event;
                }

                public void initializeState(FunctionInitializationContext context) throws Exception {
                    state = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("count", Types.LONG));
                    for (long before : state.get()) {
                        count += before;
                    }
                }

                public void snapshotState(FunctionSnapshotContext context) throws Exception {
                    state.update(java.util.List.of(count));
                }
            }
            """;

    private LaterBuild() {}

    /**
     * @param home the repository, built
     * @param directory for what is made on the way
     */
    static Path jar(Path home, FlinkDistribution build, Path directory) throws IOException {
        Path sources = Files.createDirectories(directory.resolve("later-sources"));
        Path classes = Files.createDirectories(directory.resolve("later-classes"));
        String job = changed(home.resolve(JOB), Map.of("ordered.sinkTo(sink)", """
                ordered.map(new CountEvents())
                        .returns(ModelTypes.CHANGE_EVENT)
                        .name("Count")
                        .uid("count-events")
                        .sinkTo(sink)"""));
        String rowState = changed(
                home.resolve(ROW_STATE),
                Map.of(
                        "        @Override\n        public RowState createInstance() {",
                        "        @Override\n        protected int version() { return 3; }\n\n"
                                + "        @Override\n        public RowState createInstance() {",
                        "ModelFormat.writeNullableBytes(value.cells(), out);",
                        "ModelFormat.writeNullableBytes(value.cells(), out);\n out.writeLong(4711);",
                        "protected RowState read(int version, DataInputView in) throws IOException {",
                        """
                        protected RowState read(int version, DataInputView in) throws IOException {
                            RowState row = readKnown(version, in);
                            if (version == 3 && in.readLong() != 4711) {
                                throw new IOException("the added field");
                            }
                            return row;
                        }

                        private static RowState readKnown(int version, DataInputView in) throws IOException {"""));
        compile(
                build,
                classes,
                List.of(
                        write(sources, "SpindriftJob.java", job),
                        write(sources, "RowState.java", rowState),
                        write(sources, "CountEvents.java", OPERATOR)));
        Path contents = classes.resolve("META-INF/spindrift/state.properties");
        Files.createDirectories(contents.getParent());
        Files.writeString(
                contents,
                changed(
                        home.resolve(CONTENTS),
                        Map.of("format.values = 2", "format.values = 3\noperator.count-events =")));
        return with(build.jobJar(), classes, directory.resolve("spindrift-jobs-later.jar"));
    }

    private static String changed(Path source, Map<String, String> changes) throws IOException {
        String text = Files.readString(source);
        for (Map.Entry<String, String> change : changes.entrySet()) {
            assertThat(text).as("%s", source).containsOnlyOnce(change.getKey());
            text = text.replace(change.getKey(), change.getValue());
        }
        return text;
    }

    private static Path write(Path directory, String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static void compile(FlinkDistribution build, Path classes, List<Path> sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> classPath = new ArrayList<>(build.classPath());
        classPath.add(build.jobJar().toString());
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-proc:none",
                    "-nowarn",
                    "-cp",
                    String.join(File.pathSeparator, classPath),
                    "-d",
                    classes.toString());
            boolean done = compiler.getTask(
                            messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                    .call();
            assertThat(done).as("%s", messages).isTrue();
        }
    }

    private static Path with(Path jar, Path classes, Path to) throws IOException {
        Files.copy(jar, to);
        try (FileSystem entries = FileSystems.newFileSystem(to);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path entry = entries.getPath("/" + classes.relativize(file));
                Files.createDirectories(entry.getParent());
                Files.copy(file, entry, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return to;
    }
}
