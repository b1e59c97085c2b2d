package io.spindrift.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CheckDocsTest {

    private static final Path PAGE = Path.of("..", "docs", "check.md");

    /** With {@code -Dspindrift.docs.write=true} it writes the page. */
    @Test
    void thePageSaysWhatTheRulesSay() throws IOException {
        if (Boolean.getBoolean("spindrift.docs.write")) {
            Files.writeString(PAGE, CheckDocs.markdown());
        }
        assertThat(Files.readString(PAGE))
                .as("docs/check.md; to write it anew: mvn -pl cli -am test -Dtest=CheckDocsTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dspindrift.docs.write=true")
                .isEqualTo(CheckDocs.markdown());
    }
}
