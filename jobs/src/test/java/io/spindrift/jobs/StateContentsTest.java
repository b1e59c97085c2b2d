package io.spindrift.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.commit.CommitSerializer;
import io.spindrift.sinks.model.ModelFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StateContentsTest {

    /** What a jar says of itself is what its code does: see SpindriftJobTest for the list of operators. */
    @Test
    void theBuildSaysWhatItDoes() throws Exception {
        StateContents build = StateContents.ofThisBuild();
        assertThat(build.operators())
                .containsExactlyInAnyOrderElementsOf(
                        Files.readAllLines(Path.of("src/test/resources/operator-uids.txt")));
        assertThat(build.formats())
                .containsEntry("values", ModelFormat.VERSION)
                .containsEntry("commit", new CommitSerializer().getVersion())
                .containsOnlyKeys("values", "pending-commit", "writer-output", "commit");
    }

    @Test
    void aJobSaysItInItsParameters() {
        StateContents build = StateContents.ofThisBuild();
        assertThat(StateContents.ofParameters(build.asParameters())).isEqualTo(build);
        assertThat(StateContents.ofParameters(Map.of("x", "y")).operators()).isEmpty();
    }

    @Test
    void whatASavepointHasAndTheJarDoesNotReadIsNamed() {
        StateContents jar = new StateContents(Set.of("a", "b", "new"), Map.of("values", 2, "commit", 3, "new", 1));
        assertThat(jar.problemsWith(new StateContents(Set.of("a", "b"), Map.of("values", 1, "commit", 3))))
                .isEmpty();
        assertThat(jar.problemsWith(new StateContents(Set.of("a", "c"), Map.of("values", 3, "other", 1))))
                .containsExactly(
                        "the savepoint has state of operator 'c', which the jar does not have",
                        "the savepoint has 'other' in version 1, and the jar reads none",
                        "the savepoint has 'values' in version 3, and the jar reads up to 2");
    }
}
