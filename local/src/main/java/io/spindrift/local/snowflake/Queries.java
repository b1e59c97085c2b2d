package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Scope.Field;
import io.spindrift.local.snowflake.Transaction.Access;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** SELECT, with or without WITH. */
final class Queries {
    Result run(Request request) {
        Rewriter rewriter = request.rewriter();
        String sql = rewriter.query();
        return rows(request, sql, Result.SELECT, rewriter.fields());
    }

    /** Runs a query of DuckDB's SQL whose columns have the types that DuckDB says. */
    static Result.Rows rows(Request request, String duckSql, int statementType, Set<Table> unused) {
        return rows(request, duckSql, statementType, List.of());
    }

    /** Runs a query of DuckDB's SQL in the session's transaction. */
    static Result.Rows rows(Request request, String duckSql, int statementType, List<Field> fields) {
        Transaction transaction = request.transaction();
        implicitBegin(request);
        return transaction.run(Access.READ, connection -> {
            try (PreparedStatement statement = transaction.running(connection.prepareStatement(duckSql))) {
                return ResultReader.read(statement, statementType, fields);
            }
        });
    }

    /** Without autocommit the first statement opens a transaction. */
    static void implicitBegin(Request request) {
        if (!request.session().autocommit()) {
            request.transaction().begin();
        }
    }

    Result describe(Request request) {
        Rewriter rewriter = request.rewriter();
        String sql = rewriter.query();
        return request.transaction().run(Access.READ, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                return new Result.Rows(
                        Result.SELECT,
                        ResultReader.columns(statement.getMetaData(), rewriter.fields()),
                        new ArrayList<>());
            }
        });
    }
}
