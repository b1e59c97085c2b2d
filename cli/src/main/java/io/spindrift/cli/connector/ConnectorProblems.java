package io.spindrift.cli.connector;

import java.util.List;

/** A connector's settings with problems: all of them. */
public final class ConnectorProblems extends Exception {

    private static final long serialVersionUID = 1;

    /** @param where the file, or whoever has looked at its settings */
    ConnectorProblems(String where, List<String> problems) {
        super("%d problem%s in %s:\n  - %s"
                .formatted(problems.size(), problems.size() == 1 ? "" : "s", where, String.join("\n  - ", problems)));
    }
}
