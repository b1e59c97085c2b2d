package io.spindrift.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM beside this one that answers in lines on its standard output. It ends when its standard input does, so never after this one. */
final class ForkedJvm implements AutoCloseable {

    private final String name;
    private final Process process;
    private final PrintStream orders;
    private final BufferedReader answers;

    ForkedJvm(String name, String classPath, List<String> options, Class<?> main, List<String> arguments)
            throws IOException {
        this.name = name;
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(options);
        line.addAll(List.of("-cp", classPath, main.getName()));
        line.addAll(arguments);
        process = new ProcessBuilder(line)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        orders = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    String ask(String order) throws IOException {
        orders.println(order);
        return answer();
    }

    /** The next line. */
    String answer() throws IOException {
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException(name + " has ended");
        }
        return answer;
    }

    @Override
    public void close() {
        orders.close();
        process.destroy();
        process.onExit().join();
    }
}
