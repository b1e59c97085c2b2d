package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Statements and what they answer, from {@code conformance/*.txt} (see FORMAT.md there), through the real driver. */
final class ConformanceTest {
    private static final List<String> FAMILIES =
            List.of("types", "queries", "dml", "ddl", "show", "session", "stages", "copy");
    private static Warehouse warehouse;
    private static Path files;
    private static Map<String, String> places;

    @BeforeAll
    static void start(@TempDir Path directory) throws SQLException {
        files = directory.resolve("files");
        warehouse = Warehouse.isLive() ? Warehouse.live() : Warehouse.in(directory);
        try (Connection connection = warehouse.connect()) {
            String names = "SELECT CURRENT_DATABASE(), CURRENT_WAREHOUSE(), CURRENT_ROLE(), CURRENT_USER()";
            String[] found = Warehouse.rows(connection, names).get(0).split("\\|");
            places = Map.of(
                    "{files}", files.toString(),
                    "{database}", found[0],
                    "{warehouse}", found[1],
                    "{role}", found[2],
                    "{user}", found[3]);
        }
    }

    @AfterAll
    static void stop() {
        warehouse.close();
    }

    private static String fill(String text) {
        String filled = text;
        for (Map.Entry<String, String> place : places.entrySet()) {
            filled = filled.replace(place.getKey(), place.getValue());
        }
        return filled;
    }

    /** A statement and the lines that say what it answers. */
    private record Step(String sql, List<String> expected) {
        /** {@code + name content}: a file of the client. */
        /** With what the account calls its things. */
        Step filled() {
            return new Step(
                    fill(sql), expected.stream().map(ConformanceTest::fill).toList());
        }

        boolean isFile() {
            return sql.startsWith("+ ");
        }

        void write() {
            String[] words = sql.split(" ", 3);
            try {
                Files.createDirectories(files);
                Files.writeString(files.resolve(words[1]), words.length < 3 ? "" : words[2].translateEscapes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private record Case(String name, List<String> pages, List<String> marks, List<Step> steps) {
        boolean runsHere() {
            return !Warehouse.isLive() || !marks.contains("@local");
        }
    }

    @TestFactory
    Stream<DynamicNode> everyStatementAnswersAsSnowflakeDoes() {
        return FAMILIES.stream()
                .map(family -> dynamicContainer(
                        family, cases(family).stream().filter(Case::runsHere).map(ConformanceTest::test)));
    }

    private static DynamicTest test(Case each) {
        return dynamicTest(each.name(), () -> {
            assertThat(each.pages()).as("the page that this case follows").isNotEmpty();
            run(each);
        });
    }

    private static void run(Case each) throws SQLException {
        String schema = "CONFORMANCE_" + UUID.randomUUID().toString().replace("-", "");
        try (Connection connection = warehouse.connect()) {
            Warehouse.execute(connection, "CREATE SCHEMA " + schema);
            try {
                for (Step step : each.steps()) {
                    if (step.isFile()) {
                        step.write();
                        continue;
                    }
                    Step here = step.filled();
                    assertThat(answer(connection, here)).as(here.sql()).isEqualTo(here.expected());
                }
            } finally {
                Warehouse.execute(connection, "ROLLBACK");
                Warehouse.execute(connection, "DROP SCHEMA IF EXISTS " + schema);
            }
        }
    }

    /** The answer in the words of the expectation, so that a failure shows both. */
    private static List<String> answer(Connection connection, Step step) {
        try (Statement statement = connection.createStatement()) {
            String sql = step.sql();
            String first = step.expected().isEmpty() ? "" : step.expected().get(0);
            if (first.startsWith("| ") || first.startsWith(": ")) {
                return rows(statement.executeQuery(sql), step);
            }
            if (!statement.execute(sql)) {
                return List.of("= " + statement.getUpdateCount());
            }
            if (first.equals("~")) {
                return step.expected();
            }
            return rows(statement.getResultSet(), step);
        } catch (SQLException e) {
            String expected = step.expected().isEmpty() ? "" : step.expected().get(0);
            String code = "! " + e.getErrorCode() + " ";
            return expected.startsWith(code)
                            && String.valueOf(e.getMessage()).contains(expected.substring(code.length()))
                    ? step.expected()
                    : List.of(code + e.getMessage());
        }
    }

    private static List<String> rows(ResultSet result, Step step) throws SQLException {
        List<String> answer = new ArrayList<>();
        List<Integer> columns = new ArrayList<>();
        for (String line : step.expected()) {
            if (line.startsWith("[ ")) {
                answer.add(line);
                for (String name : line.substring(2).split(" \\| ")) {
                    columns.add(result.findColumn(name));
                }
            }
        }
        for (int i = 1; answer.isEmpty() && i <= result.getMetaData().getColumnCount(); i++) {
            columns.add(i);
        }
        if (step.expected().stream().anyMatch(line -> line.startsWith(": "))) {
            List<String> types = new ArrayList<>();
            for (int column : columns) {
                types.add(result.getMetaData().getColumnTypeName(column));
            }
            answer.add(": " + String.join(" ", types));
        }
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (int column : columns) {
                row.add(Objects.requireNonNullElse(result.getString(column), "NULL"));
            }
            answer.add("| " + String.join(" | ", row));
        }
        return answer;
    }

    private static List<Case> cases(String family) {
        List<Case> cases = new ArrayList<>();
        for (String line : lines(family + ".txt")) {
            if (line.startsWith("## ")) {
                cases.add(new Case(line.substring(3), new ArrayList<>(), new ArrayList<>(), new ArrayList<>()));
            } else if (!line.isBlank() && !line.startsWith("#")) {
                add(line, cases.get(cases.size() - 1));
            }
        }
        return cases;
    }

    private static void add(String line, Case to) {
        List<Step> steps = to.steps();
        if (line.startsWith("@ ")) {
            to.pages().add(line.substring(2));
        } else if (line.startsWith("@")) {
            to.marks().add(line);
        } else if (line.startsWith("> ")) {
            steps.add(new Step(line.substring(2), new ArrayList<>()));
        } else if (line.startsWith("+ ")) {
            steps.add(new Step(line, List.of()));
        } else if (line.startsWith("  ")) {
            Step open = steps.remove(steps.size() - 1);
            steps.add(new Step(open.sql() + "\n" + line, open.expected()));
        } else {
            steps.get(steps.size() - 1).expected().add(line);
        }
    }

    private static List<String> lines(String file) {
        try (InputStream in =
                Objects.requireNonNull(ConformanceTest.class.getResourceAsStream("conformance/" + file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
