package io.spindrift.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.local.snowflake.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The steps' patterns against the text of a commit, as the sink's own tests hold it. */
class StepTest {
    private static final Path COMMITS = Path.of(
            System.getProperty("spindrift.home", ".."), "sinks/src/test/resources/io/spindrift/sinks/warehouse");
    /** Truncates, which the traffic does not have. */
    private static final String OTHERS = "DELETE FROM \"MIRROR\"";

    private static List<String> commit(String file) throws IOException {
        return Arrays.stream(Files.readString(COMMITS.resolve(file)).split(";\\s*\\n\\n|;\\s*$"))
                .map(String::strip)
                .filter(statement -> !statement.isEmpty() && !statement.startsWith(OTHERS))
                .toList();
    }

    private static Set<Step> steps(String statement) {
        Set<Step> found = EnumSet.noneOf(Step.class);
        for (Step step : Step.values()) {
            if (pattern(step.pattern()).matcher(statement).find()) {
                found.add(step);
            }
        }
        return found;
    }

    private static Pattern pattern(String text) {
        return Pattern.compile(text, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    }

    @Test
    void everyStatementOfACommitIsOneStep() throws IOException {
        Set<Step> all = EnumSet.noneOf(Step.class);
        for (String statement : commit("commit-after-rewind.sql")) {
            assertThat(steps(statement)).as(statement).hasSize(1);
            all.addAll(steps(statement));
        }
        Set<Step> missing = EnumSet.complementOf(EnumSet.copyOf(all));
        assertThat(missing)
                .containsExactly(
                        Step.SET_UP,
                        Step.TAKE_OVER,
                        Step.SESSION,
                        Step.READ_EPOCH,
                        Step.READ_LEDGER,
                        Step.READ_OFFSETS,
                        Step.PUT);
    }

    @Test
    void sabotageChangesTheCommitAndOnlyThere() throws IOException {
        for (Sabotage sabotage : Sabotage.values()) {
            for (Fault fault : sabotage.rewrites()) {
                Fault.Rewrite rewrite = (Fault.Rewrite) fault.effect();
                String file = sabotage == Sabotage.REPETITION ? "commit-multiset.sql" : "commit-after-rewind.sql";
                List<String> meant = commit(file).stream()
                        .filter(statement -> pattern(String.valueOf(fault.statement()))
                                .matcher(statement)
                                .find())
                        .toList();
                assertThat(meant).as(sabotage + " " + rewrite).isNotEmpty().allSatisfy(statement -> assertThat(
                                pattern(rewrite.pattern()).matcher(statement).replaceAll(rewrite.replacement()))
                        .isNotEqualTo(statement));
            }
        }
    }
}
