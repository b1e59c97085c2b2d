package io.spindrift.jobs.route;

import static io.spindrift.sinks.model.Require.require;

import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.schema.DeadLetterTable;
import java.io.Serializable;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Source table → warehouse table: by its rule, or else by its own name in upper case, behind its schema's where that is not {@code public}:
 * two schemas' tables of one name must not meet in one table unasked.
 *
 * @param rules source table, {@code schema.table}, to warehouse table
 */
public record Router(Map<String, String> rules) implements Function<SourceTable, Optional<TableName>>, Serializable {

    public Router {
        rules = Map.copyOf(rules);
    }

    @Override
    public Optional<TableName> apply(SourceTable source) {
        String own = source.schema().equals("public") ? source.table() : source.schema() + "_" + source.table();
        String target = rules.getOrDefault(source.toString(), own);
        TableName table = TableName.ofUnquoted(target);
        require(!DeadLetterTable.is(table), "%s: the name %s is the ledger's: route it to another", source, table);
        return Optional.of(table);
    }
}
