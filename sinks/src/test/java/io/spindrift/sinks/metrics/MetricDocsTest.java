package io.spindrift.sinks.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MetricDocsTest {

    private static final Path PAGE = Path.of("..", "docs", "metrics.md");

    /** With {@code -Dspindrift.docs.write=true} it writes the page. */
    @Test
    void thePageSaysWhatTheMetricsSay() throws IOException {
        if (Boolean.getBoolean("spindrift.docs.write")) {
            Files.writeString(PAGE, MetricDocs.markdown());
        }
        assertThat(Files.readString(PAGE))
                .as(
                        "docs/metrics.md; to write it anew: mvn -pl sinks test -Dtest=MetricDocsTest -Dspindrift.docs.write=true")
                .isEqualTo(MetricDocs.markdown());
    }
}
