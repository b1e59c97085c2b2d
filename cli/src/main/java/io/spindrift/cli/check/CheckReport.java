package io.spindrift.cli.check;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Findings, the worst first, and what nobody could look at.
 *
 * @param lookedAt what the findings, or their absence, stand on
 * @param notChecked each says what, and why
 */
public record CheckReport(List<Finding> findings, List<String> lookedAt, List<String> notChecked) {

    private static final int WIDTH = 130;
    private static final String INDENT = " ".repeat(14);

    public CheckReport {
        findings = List.copyOf(findings);
        lookedAt = List.copyOf(lookedAt);
        notChecked = List.copyOf(notChecked);
    }

    /** Whether data is lost or bent as things are set. */
    public boolean isHarmful() {
        return findings.stream().anyMatch(finding -> finding.severity().isHarm());
    }

    /** For people: a paragraph a finding; what a rule means at its first. */
    public void print(PrintWriter out) {
        Set<Rule> told = EnumSet.noneOf(Rule.class);
        for (Finding finding : findings) {
            out.printf(
                    "%-12s  %s  [%s]%n",
                    finding.severity().heading(),
                    finding.where(),
                    finding.rule().id());
            print(out, "seen: ", finding.seen());
            if (told.add(finding.rule())) {
                print(out, "why:  ", finding.rule().meaning());
            }
            print(out, "set:  ", finding.set());
        }
        out.printf("looked at:    %s%n", lookedAt.isEmpty() ? "nothing" : String.join(", ", lookedAt));
        notChecked.forEach(what -> out.printf("not checked:  %s%n", what));
        out.println(summary());
        out.flush();
    }

    private static void print(PrintWriter out, String label, String text) {
        StringBuilder line = new StringBuilder(INDENT).append(label);
        int start = line.length();
        for (String word : text.split(" ")) {
            if (line.length() > start && line.length() + word.length() >= WIDTH) {
                out.println(line);
                line.replace(0, line.length(), " ".repeat(start));
            }
            line.append(line.length() > start ? " " : "").append(word);
        }
        out.println(line);
    }

    private String summary() {
        List<String> counts = new ArrayList<>();
        for (Severity severity : Severity.values()) {
            long count = findings.stream()
                    .filter(finding -> finding.severity() == severity)
                    .count();
            counts.add("%s: %d".formatted(severity.text(), count));
        }
        return String.join(", ", counts) + "; every rule: docs/check.md";
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
        ArrayNode seen = report.putArray("lookedAt");
        lookedAt.forEach(seen::add);
        ArrayNode unknown = report.putArray("notChecked");
        notChecked.forEach(unknown::add);
        out.println(report.toPrettyString());
        out.flush();
    }
}
