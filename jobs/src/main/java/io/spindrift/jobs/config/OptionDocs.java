package io.spindrift.jobs.config;

import static java.util.stream.Collectors.joining;

/** The options → docs/configuration.md. */
final class OptionDocs {

    private OptionDocs() {}

    static String markdown() {
        String rows = PipelineOptions.ALL.stream().map(OptionDocs::row).collect(joining("\n"));
        return """
                # Configuration

                <!-- Made from PipelineOptions.java; a test compares the two. -->

                A pipeline is one YAML file. Keys are written here with dots; in the file they are nested, `source.topics` as `topics` below
                `source`. A key that is not listed is an error, and all problems of a file are told at once, with exit code 2.

                `--set key=value` on the command line beats the file; of a map it sets one entry: `--set source.properties.max.poll.records=100`. In any value, `${env:NAME}` stands for an environment variable and
                `${file:PATH}` for a file's content without its last line end. A duration is a whole number above zero with `ms`, `s`, `min` or `h`.

                | key | type | default | what it does |
                |---|---|---|---|
                %s

                ## tables

                A list, and it may be left out. It says what the records of a table hold whose topics carry JSON without schema; for other
                records it counts nothing. `bin/spindrift tables` prints it from the source's catalog; [Formats](formats.md) says more.

                ```yaml
                tables:
                  - table: public.orders
                    columns:
                      id: bigint not null
                      total: numeric(12,2)
                      created_at: timestamp with time zone not null
                    key: [id]
                ```

                | key | what it does |
                |---|---|
                | `table` | `schema.table`, as PostgreSQL writes it. One entry a table. |
                | `columns` | Map of every column that the connector sends to its type as PostgreSQL writes it, modifier included, `not null` behind it where it is. An enum is `enum`, a domain its base type. |
                | `key` | The columns of the primary key. It must be the Kafka key's, and serves where a record has none. Default: what each Kafka key names. |

                ## route

                A list, and it may be left out. Each entry sends one source table to one warehouse table:

                ```yaml
                route:
                  - source-table: public.order_items
                    sink-table: items
                    description: optional, for people
                ```

                | key | what it does |
                |---|---|
                | `source-table` | `schema.table`, as PostgreSQL writes it. One entry a table. |
                | `sink-table` | The table's name in the schemas RAW and MIRROR, in upper case there. |
                | `description` | For people. |

                A table without an entry keeps its own name in upper case; outside the schema `public`, its schema's name and `_` stand before it.

                ## columns

                What is to become of single columns. It may be left out; a column is named as PostgreSQL does, with its schema and its table:

                ```yaml
                columns:
                  public.orders.total:
                    type: text
                  public.users.notes:
                    exclude: true
                ```

                | key | what it does |
                |---|---|
                | `type` | `text`: the column is VARCHAR, and every value has its exact text there: a NUMERIC of more than 38 digits, a date or a time that Snowflake's types do not hold (as Debezium sent it), JSON as it was written. [types](types.md) has the text of each type. |
                | `exclude` | `true`: the column is not taken over. Not for a column of the key. |

                A column that the warehouse has with another type already stops the commit, with what to do: drop or rename it there first.

                ## transform

                Reserved: an empty list, or left out.
                """.formatted(rows);
    }

    private static String row(Option<?> option) {
        return "| `%s` | %s | %s | %s |"
                .formatted(
                        option.key(),
                        option.type().name(),
                        defaultOf(option),
                        option.doc().replace("|", "\\|"));
    }

    private static String defaultOf(Option<?> option) {
        String value = option.defaultValue();
        if (value != null) {
            return "`" + value + "`";
        }
        return switch (option.presence()) {
            case REQUIRED -> "required";
            case OPTIONAL -> "";
        };
    }
}
