package io.spindrift.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OptionDocsTest {

    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    /** With {@code -Dspindrift.docs.write=true} it writes the page. */
    @Test
    void thePageSaysWhatTheOptionsSay() throws IOException {
        if (Boolean.getBoolean("spindrift.docs.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, OptionDocs.markdown());
        }
        assertThat(Files.readString(PAGE))
                .as("docs/configuration.md; to write it anew: mvn -pl sinks,jobs test -Dtest=OptionDocsTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dspindrift.docs.write=true")
                .isEqualTo(OptionDocs.markdown());
    }

    /** Every default must be readable by its own option. */
    @Test
    void defaultsAreValues() {
        assertThat(PipelineOptions.ALL)
                .filteredOn(option -> option.defaultValue() != null)
                .hasSize(20)
                .allSatisfy(option -> {
                    String value = option.defaultValue();
                    assertThat(value == null ? null : option.type().parser().parse(value))
                            .isNotNull();
                });
    }
}
