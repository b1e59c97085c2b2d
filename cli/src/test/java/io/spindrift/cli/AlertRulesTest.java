package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.sinks.metrics.FlinkSeries;
import io.spindrift.sinks.metrics.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** What can be said of the alert rules without promtool: it tests them by alerts.test.yml. Their series are those that {@link UpgradeITCase} finds in a cluster's scrape. */
class AlertRulesTest {

    private static final Path HOME = Path.of(System.getProperty("spindrift.home", ".."));
    private static final Pattern SERIES = Pattern.compile("\\bflink_\\w+");

    /** What an alert's section begins with. */
    private static final Pattern TERMS = Pattern.compile("\\*(page|ticket)\\*, (at once|after (\\d+) min)\\. ");

    private static String text(String file) throws IOException {
        return Files.readString(HOME.resolve(file));
    }

    private static List<JsonNode> alerts() throws IOException {
        JsonNode file = new ObjectMapper().valueToTree(new Yaml().<Object>load(text("compose/monitoring/alerts.yml")));
        List<JsonNode> alerts = new ArrayList<>();
        file.path("groups").forEach(group -> group.path("rules").forEach(alerts::add));
        assertThat(alerts).hasSizeGreaterThan(10);
        return alerts;
    }

    private static Set<String> series(String text) {
        Set<String> series = new TreeSet<>();
        Matcher matcher = SERIES.matcher(text);
        while (matcher.find()) {
            series.add(matcher.group());
        }
        return series;
    }

    @Test
    void everySeriesOfARuleIsOneThatIsShown() throws IOException {
        Set<String> shown = Stream.concat(
                        Arrays.stream(Metric.values()).map(Metric::series),
                        Arrays.stream(FlinkSeries.values()).map(FlinkSeries::series))
                .collect(Collectors.toSet());
        for (JsonNode alert : alerts()) {
            assertThat(shown)
                    .as(alert.path("alert").asText())
                    .containsAll(series(alert.path("expr").asText()));
        }
        assertThat(shown).containsAll(series(text("compose/monitoring/alerts.test.yml")));
    }

    @Test
    void everyAlertLeadsToItsSectionWhichSaysTheSame() throws IOException {
        String page = text("docs/metrics.md");
        for (JsonNode alert : alerts()) {
            String name = alert.path("alert").asText();
            assertThat(alert.at("/annotations/summary").asText()).as(name).isNotBlank();
            assertThat(alert.at("/annotations/runbook").asText())
                    .isEqualTo("docs/metrics.md#" + name.toLowerCase(Locale.ROOT));
            int heading = page.indexOf("\n### " + name + "\n\n");
            assertThat(heading).as("heading of " + name).isPositive();
            Matcher terms = TERMS.matcher(page.substring(heading + name.length() + 7));
            assertThat(terms.lookingAt()).as("terms of " + name).isTrue();
            assertThat(terms.group(1))
                    .as(name)
                    .isEqualTo(alert.at("/labels/severity").asText());
            assertThat(terms.group(3) == null ? "" : terms.group(3) + "m")
                    .as(name)
                    .isEqualTo(alert.path("for").asText());
        }
        assertThat(page.split("\n### ", -1)).as("no section without an alert").hasSize(alerts().size() + 1);
    }

    @Test
    void everyAlertIsTestedToFireAndNotToFire() throws IOException {
        String tests = text("compose/monitoring/alerts.test.yml");
        for (JsonNode alert : alerts()) {
            String name = alert.path("alert").asText();
            assertThat(tests).containsPattern("alertname: " + name + "\n +exp_alerts:");
            assertThat(tests).contains("alertname: " + name + "}\n");
        }
    }
}
