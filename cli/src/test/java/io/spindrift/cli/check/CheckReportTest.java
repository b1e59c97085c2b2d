package io.spindrift.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class CheckReportTest {

    private static final Finding LOST = Rule.SKIPPED_OPERATIONS.at("connector shop", "skipped.operations=t");
    private static final Finding RISK = Rule.WAL_NOT_RELEASED.at("connector shop", "heartbeat.interval.ms=0");

    private static String text(CheckReport report, BiConsumer<CheckReport, PrintWriter> printer) {
        StringWriter text = new StringWriter();
        printer.accept(report, new PrintWriter(text));
        return text.toString();
    }

    @Test
    void onlyWhatLosesOrBendsIsHarm() {
        assertThat(new CheckReport(List.of(RISK), List.of(), List.of("x")).isHarmful())
                .isFalse();
        assertThat(new CheckReport(List.of(RISK, LOST), List.of(), List.of()).isHarmful())
                .isTrue();
        assertThat(new CheckReport(List.of(LOST.as(Severity.BENDS_VALUES)), List.of(), List.of()).isHarmful())
                .isTrue();
    }

    @Test
    void peopleReadParagraphs() {
        Finding other = Rule.SKIPPED_OPERATIONS.at("connector crm", "skipped.operations=d");
        CheckReport report = new CheckReport(
                List.of(LOST, other),
                List.of("connector shop", "6 topics"),
                List.of("tables: source.database.url is not given"));
        assertThat(text(report, CheckReport::print)).isEqualTo("""
                LOSES DATA    connector shop  [skipped-operations]
                              seen: skipped.operations=t
                              why:  Debezium leaves operations out. By default that is TRUNCATE: the mirror then keeps rows that the source has
                                    not.
                              set:  skipped.operations=none
                LOSES DATA    connector crm  [skipped-operations]
                              seen: skipped.operations=d
                              set:  skipped.operations=none
                looked at:    connector shop, 6 topics
                not checked:  tables: source.database.url is not given
                loses data: 2, bends values: 0, risk: 0, note: 0; every rule: docs/check.md
                """);
    }

    @Test
    void programsReadJson() {
        CheckReport report = new CheckReport(List.of(LOST), List.of("6 topics"), List.of("tables"));
        assertThat(text(report, CheckReport::printJson)).isEqualToIgnoringWhitespace("""
                {"findings": [{"severity": "loses data", "rule": "skipped-operations", "where": "connector shop",
                  "seen": "skipped.operations=t", "set": "skipped.operations=none"}], "lookedAt": ["6 topics"], "notChecked": ["tables"]}""");
    }
}
