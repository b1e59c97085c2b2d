package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a statement answers. */
sealed interface Result {
    /** The number by which the driver tells kinds of statements apart. */
    int statementType();

    int SELECT = 0x1000;
    int INSERT = 0x3100;
    int UPDATE = 0x3200;
    int DELETE = 0x3300;
    int MERGE = 0x3400;
    int COPY = 0x3600;
    int ALTER_SESSION = 0x4100;
    int USE = 0x4300;
    int SHOW = 0x4400;
    int DESCRIBE = 0x4500;
    int LIST = 0x4701;
    int TRANSACTION = 0x5000;
    int DDL = 0x6000;
    int GET = 0x7101;
    int PUT = 0x7102;
    int REMOVE = 0x7103;
    int MULTIPLE = 0xA000;

    /** One column of a result. */
    record ResultColumn(String name, SnowflakeType type) {
        /** Of these names: texts, and numbers where a # stands before the name. */
        static List<ResultColumn> of(String names) {
            return Arrays.stream(names.split(" "))
                    .map(name -> name.startsWith("#") ? number(name.substring(1)) : text(name))
                    .toList();
        }

        static ResultColumn text(String name) {
            return new ResultColumn(name, SnowflakeType.text(SnowflakeType.TEXT_DEFAULT));
        }

        static ResultColumn number(String name) {
            return new ResultColumn(name, SnowflakeType.number(38, 0));
        }
    }

    /** Rows, each value in the wire's text form; null is SQL NULL. */
    record Rows(int statementType, List<ResultColumn> columns, List<List<@Nullable String>> rows) implements Result {}

    /** A PUT or GET: what the driver must know to move the files itself. */
    record Transfer(int statementType, ObjectNode answer) implements Result {}

    static Rows done(int statementType, String message) {
        List<@Nullable String> row = new ArrayList<>();
        row.add(message);
        return new Rows(statementType, List.of(ResultColumn.text("status")), List.of(row));
    }

    /** Counts by name, as DML answers them. */
    static Rows counts(int statementType, List<String> names, List<Long> counts) {
        List<@Nullable String> row = new ArrayList<>();
        counts.forEach(count -> row.add(String.valueOf(count)));
        return new Rows(statementType, names.stream().map(ResultColumn::number).toList(), List.of(row));
    }
}
