package io.spindrift.cli;

import io.spindrift.local.flink.FlinkRest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;

/** An operator at the command line. */
final class Commands {

    private final StringWriter out = new StringWriter();

    /** @return the exit code */
    int run(String... arguments) {
        out.getBuffer().setLength(0);
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(out, true));
        int code = command.execute(arguments);
        System.out.print(out);
        return code;
    }

    int onJob(String command, String cluster, Path config, String... more) {
        List<String> arguments = new ArrayList<>(List.of(command, "--cluster", cluster, "--config", config.toString()));
        arguments.addAll(Arrays.asList(more));
        return run(arguments.toArray(String[]::new));
    }

    /** What the last one printed. */
    String said() {
        return out.toString();
    }

    /** The one job that runs there. */
    static String running(FlinkRest flink) throws IOException {
        return flink.jobs().stream()
                .filter(job -> job.state().equals("RUNNING"))
                .map(FlinkRest.Named::id)
                .reduce((one, two) -> {
                    throw new AssertionError("two jobs run");
                })
                .orElseThrow(() -> new AssertionError("no job runs"));
    }
}
