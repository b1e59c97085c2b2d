package io.spindrift.cli.check;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Findings, the worst first, and what nobody could look at.
 *
 * @param notChecked each says what, and why
 */
public record CheckReport(List<Finding> findings, List<String> notChecked) {

    public CheckReport {
        findings = List.copyOf(findings);
        notChecked = List.copyOf(notChecked);
    }

    /** Whether data is lost or bent as things are set. */
    public boolean isHarmful() {
        return findings.stream().anyMatch(finding -> finding.severity().isHarm());
    }

    /** For people: a paragraph a finding. */
    public void print(PrintWriter out) {
        for (Finding finding : findings) {
            out.printf(
                    "%-12s  %s  [%s]%n              seen: %s%n              set:  %s%n",
                    finding.severity().heading(),
                    finding.where(),
                    finding.rule().id(),
                    finding.seen(),
                    finding.set());
        }
        notChecked.forEach(what -> out.printf("not checked:  %s%n", what));
        out.println(summary());
        out.flush();
    }

    private String summary() {
        List<String> counts = new ArrayList<>();
        for (Severity severity : Severity.values()) {
            long count = findings.stream()
                    .filter(finding -> finding.severity() == severity)
                    .count();
            counts.add("%s: %d".formatted(severity.text(), count));
        }
        return String.join(", ", counts) + "; what they mean: docs/check.md";
    }

    /** For programs. */
    public void printJson(PrintWriter out) {
        ObjectNode report = new ObjectMapper().createObjectNode();
        ArrayNode array = report.putArray("findings");
        findings.forEach(finding -> array.addObject()
                .put("severity", finding.severity().text())
                .put("rule", finding.rule().id())
                .put("where", finding.where())
                .put("seen", finding.seen())
                .put("set", finding.set()));
        ArrayNode unknown = report.putArray("notChecked");
        notChecked.forEach(unknown::add);
        out.println(report.toPrettyString());
        out.flush();
    }
}
