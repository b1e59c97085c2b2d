package io.spindrift.sinks.commit;

import static io.spindrift.sinks.model.Require.require;

import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.schema.DeadLetterTable;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.TableStop;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a pipeline's tables are divided where one transaction for all would be too long: a checkpoint becomes visible in each group whole, and
 * in one group before the other. A table belongs to the first group whose pattern matches its whole name, otherwise to {@link #REST}, as do
 * the dead letters.
 */
public record ConsistencyGroups(List<Group> groups) implements Serializable {

    /** Of tables that no group names; the only group of an undivided pipeline. */
    public static final String REST = "default";

    /** All tables together. */
    public static final ConsistencyGroups NONE = new ConsistencyGroups(List.of());

    /** @param name letters, digits, '-' and '_': it names a table of the ledger */
    public record Group(String name, Pattern tables) implements Serializable {
        public Group {
            require(name.matches("[A-Za-z0-9_-]+"), "a group's name has letters, digits, '-' and '_': '%s'", name);
            require(!name.equals(REST), "'%s' is the group of all other tables", REST);
        }
    }

    public ConsistencyGroups {
        groups = List.copyOf(groups);
        Set<String> names = new HashSet<>();
        groups.forEach(group -> require(names.add(group.name()), "two groups are called '%s'", group.name()));
    }

    /** Every group's name, {@link #REST} last. */
    public List<String> names() {
        List<String> names = new ArrayList<>(groups.stream().map(Group::name).toList());
        names.add(REST);
        return names;
    }

    String of(TableName table) {
        return groups.stream()
                .filter(group -> !DeadLetterTable.is(table)
                        && group.tables().matcher(table.value()).matches())
                .map(Group::name)
                .findFirst()
                .orElse(REST);
    }

    /**
     * The commit's part in each group that it has files for. A part keeps the commit's id: with the group's name it is unique. The first says
     * what became of the records: they are not divided by tables. A table is stopped by its group, or, where that has no part, with the
     * letters.
     */
    public Map<String, Commit> split(Commit commit) {
        Map<String, List<StagedFile>> files = new TreeMap<>();
        for (StagedFile file : commit.files()) {
            files.computeIfAbsent(of(file.table()), group -> new ArrayList<>()).add(file);
        }
        if (files.isEmpty()) {
            return Map.of(REST, commit);
        }
        Map<String, List<TableStop>> stops = commit.stops().stream()
                .collect(Collectors.groupingBy(stop -> files.containsKey(of(stop.table())) ? of(stop.table()) : REST));
        require(files.keySet().containsAll(stops.keySet()), "commit %s stops tables without letters", commit.id());
        Map<String, Commit> parts = new TreeMap<>();
        files.forEach((group, some) -> parts.put(
                group,
                commit.part(some, stops.getOrDefault(group, List.of()), parts.isEmpty() ? commit.balance() : null)));
        return parts;
    }
}
