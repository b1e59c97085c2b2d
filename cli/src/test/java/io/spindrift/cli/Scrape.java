package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Prometheus would read of some processes at once. */
record Scrape(List<Sample> samples) {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Pattern LINE = Pattern.compile("([A-Za-z_:][\\w:]*)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

    record Sample(String series, Map<String, String> labels, double value) {
        String label(String name) {
            return labels.getOrDefault(name, "");
        }
    }

    static Scrape of(List<String> urls) throws IOException, InterruptedException {
        HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
        List<Sample> samples = new ArrayList<>();
        for (String url : urls) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).build();
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(url).isEqualTo(200);
            response.body().lines().filter(line -> !line.startsWith("#")).forEach(line -> samples.add(sample(line)));
        }
        return new Scrape(samples);
    }

    private static Sample sample(String line) {
        Matcher matcher = LINE.matcher(line);
        assertThat(matcher.matches()).as(line).isTrue();
        Map<String, String> labels = new TreeMap<>();
        Matcher label = LABEL.matcher(matcher.group(2) == null ? "" : matcher.group(2));
        while (label.find()) {
            labels.put(label.group(1), label.group(2));
        }
        return new Sample(matcher.group(1), labels, Double.parseDouble(matcher.group(3)));
    }

    /** Of one job. */
    Scrape job(String id) {
        return new Scrape(samples.stream()
                .filter(sample -> sample.label("job_id").equals(id))
                .toList());
    }

    List<Sample> of(String series) {
        return samples.stream().filter(sample -> sample.series().equals(series)).toList();
    }

    double sum(String series) {
        return of(series).stream().mapToDouble(Sample::value).sum();
    }

    double max(String series) {
        return of(series).stream()
                .mapToDouble(Sample::value)
                .max()
                .orElseThrow(() -> new AssertionError("no series " + series));
    }
}
