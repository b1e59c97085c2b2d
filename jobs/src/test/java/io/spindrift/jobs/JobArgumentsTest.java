package io.spindrift.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.jobs.JobArguments.UsageException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobArgumentsTest {

    private static JobArguments parse(String line) {
        return JobArguments.parse(line.split(" "));
    }

    @Test
    void fileAndOverridesAreFoundAmongOtherOptions() {
        assertThat(parse("--set a=1 --config p.yaml --state-dir /s --set b=--config"))
                .isEqualTo(new JobArguments(
                        Path.of("p.yaml"), List.of("a=1", "b=--config"), List.of("--state-dir", "/s")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--set a=1", "--config", "--config p.yaml --set"})
    void aLineThatLacksSomethingIsRefusedWithTheUsage(String line) {
        assertThatThrownBy(() -> parse(line))
                .isInstanceOf(UsageException.class)
                .hasMessageEndingWith("\nusage: --config pipeline.yaml [--set key=value …]");
    }

    @Test
    void aMistypedOptionIsNotPassedOver() {
        assertThat(parse("--config p.yaml").withoutOthers().others()).isEmpty();
        assertThatThrownBy(() -> parse("--config p.yaml --st a=1").withoutOthers())
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("unknown option --st\n");
    }
}
