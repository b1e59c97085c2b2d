package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Statements and what they answer, from {@code conformance.txt}, through the real driver. */
final class ConformanceTest {
    private static Warehouse warehouse;

    @BeforeAll
    static void start(@TempDir Path directory) {
        warehouse = Warehouse.in(directory);
    }

    @AfterAll
    static void stop() {
        warehouse.close();
    }

    /** A statement and the lines that say what it answers. */
    private record Step(String sql, List<String> expected) {}

    @TestFactory
    Stream<DynamicTest> everyStatementAnswersAsSnowflakeDoes() throws IOException {
        Map<String, List<Step>> cases = cases();
        assertThat(cases).hasSizeGreaterThan(12);
        return cases.entrySet().stream().map(e -> dynamicTest(e.getKey(), () -> run(e.getKey(), e.getValue())));
    }

    private static void run(String name, List<Step> steps) throws SQLException {
        try (Connection connection = warehouse.connect()) {
            Warehouse.execute(connection, "CREATE SCHEMA \"" + name + "\"");
            for (Step step : steps) {
                assertThat(answer(connection, step)).as(step.sql()).isEqualTo(step.expected());
            }
        }
    }

    /** The answer in the words of the expectation, so that a failure shows both. */
    private static List<String> answer(Connection connection, Step step) {
        try (Statement statement = connection.createStatement()) {
            if (!statement.execute(step.sql())) {
                return List.of("= " + statement.getUpdateCount());
            }
            return rows(statement.getResultSet(), step);
        } catch (SQLException e) {
            String expected = step.expected().get(0);
            String code = "! " + e.getErrorCode() + " ";
            return expected.startsWith(code)
                            && String.valueOf(e.getMessage()).contains(expected.substring(code.length()))
                    ? step.expected()
                    : List.of(code + e.getMessage());
        }
    }

    private static List<String> rows(ResultSet result, Step step) throws SQLException {
        List<String> answer = new ArrayList<>();
        int columns = result.getMetaData().getColumnCount();
        if (step.expected().stream().anyMatch(line -> line.startsWith(": "))) {
            List<String> types = new ArrayList<>();
            for (int i = 1; i <= columns; i++) {
                types.add(result.getMetaData().getColumnTypeName(i));
            }
            answer.add(": " + String.join(" ", types));
        }
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= columns; i++) {
                row.add(Objects.requireNonNullElse(result.getString(i), "NULL"));
            }
            answer.add("| " + String.join(" | ", row));
        }
        return answer;
    }

    private static Map<String, List<Step>> cases() throws IOException {
        Map<String, List<Step>> cases = new LinkedHashMap<>();
        List<Step> steps = List.of();
        for (String line : lines()) {
            if (line.startsWith("## ")) {
                steps = new ArrayList<>();
                cases.put(line.substring(3), steps);
            } else if (line.startsWith("> ")) {
                steps.add(new Step(line.substring(2), new ArrayList<>()));
            } else if (line.startsWith("  ")) {
                Step open = steps.remove(steps.size() - 1);
                steps.add(new Step(open.sql() + "\n" + line, open.expected()));
            } else if (!line.isBlank() && !line.startsWith("#")) {
                steps.get(steps.size() - 1).expected().add(line);
            }
        }
        return cases;
    }

    private static List<String> lines() throws IOException {
        try (InputStream in = Objects.requireNonNull(ConformanceTest.class.getResourceAsStream("conformance.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }
}
