package io.spindrift.cli.check;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;

/** The rules → docs/check.md. */
final class CheckDocs {

    private CheckDocs() {}

    static String markdown() {
        String sections =
                Arrays.stream(Severity.values()).map(CheckDocs::section).collect(joining("\n"));
        return """
                # Check

                <!-- Made from Rule.java; a test compares the two. -->

                The guarantee begins at the topics. What the connector drops, bends or never sees before them no job can bring back, so look
                once before the first start, and after each change of the connector or of tables:

                ```bash
                bin/spindrift check --config pipeline.yaml
                ```

                It asks Kafka and Snowflake, and, where the file says how, Kafka Connect and the source's catalog:

                ```yaml
                source:
                  connect:
                    url: http://connect:8083
                    connector: shop-cdc          # or left out: the only one whose topics are read
                  database:
                    url: jdbc:postgresql://db:5432/shop
                    user: spindrift_check        # any role that may log in
                    password: ${env:CHECK_PASSWORD}
                ```

                It changes nothing, reads no row, and prints no secret. What is not given or does not answer stands in lines `not checked: …`.
                Exit code 0: nothing that loses or bends data was found (risks and notes there may be); 1: something was; 2: the pipeline file
                has problems. `--format json` is for programs.

                A finding names its rule in brackets. A rule's grade is its worst: a setting that harms columns of some kind is a note while no
                table has such a column, and a risk where nobody could look. Defaults are those of the installed Debezium, as its worker tells
                them. The rules were made for Debezium 3.6 and 3.7 on PostgreSQL 13 to 18.

                What it cannot see: settings of Connect's workers (converters that a connector leaves to them); values, such as NaN, infinite
                dates, the time 24:00, or arrays of arrays in a column that does not say so; tables that somebody took out of the publication
                and put back; a slot that was made anew.

                %s""".formatted(sections);
    }

    private static String section(Severity severity) {
        String meaning =
                switch (severity) {
                    case LOSES_DATA ->
                        "Changes, rows or columns never reach the warehouse; the dead letters count as lost.";
                    case BENDS_VALUES -> "Values arrive as others than the source holds, and nothing tells.";
                    case RISK -> "Nothing is lost yet. It will be, or the pipeline stops, when something else happens.";
                    case NOTE -> "Good to know.";
                };
        String rows = Arrays.stream(Rule.values())
                .filter(rule -> rule.severity() == severity)
                .map(rule -> "| `%s` | %s | %s |".formatted(rule.id(), cell(rule.meaning()), cell(rule.set())))
                .collect(joining("\n"));
        return """
                ## %s

                %s

                | rule | what it means | what to set |
                |---|---|---|
                %s
                """.formatted(
                        severity.text().substring(0, 1).toUpperCase(java.util.Locale.ROOT)
                                + severity.text().substring(1),
                        meaning,
                        rows);
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;");
    }
}
