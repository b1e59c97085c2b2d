package io.spindrift.jobs.config;

import java.util.List;

/** A pipeline file with problems: all of them. */
public final class ConfigException extends Exception {

    private static final long serialVersionUID = 1;

    private final List<String> problems;

    ConfigException(String file, List<String> problems) {
        super("%d problem%s in %s:\n  - %s"
                .formatted(problems.size(), problems.size() == 1 ? "" : "s", file, String.join("\n  - ", problems)));
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
