package io.spindrift.local.snowflake;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** Statement text → the family that runs it. What no family knows is an error that says so. */
final class Statements {
    private final Clock clock;
    private final Queries queries = new Queries();
    private final Dml dml = new Dml();
    private final Ddl ddl = new Ddl();
    private final Show show = new Show();
    private final SessionStatements session = new SessionStatements();
    private final TransactionControl transactions = new TransactionControl();
    private final Stages stages;
    private final CopyInto copy;

    Statements(Engine engine, Clock clock) {
        this.clock = clock;
        this.stages = new Stages(engine.stages());
        this.copy = new CopyInto(stages, engine);
    }

    /** Runs a text of exactly one statement. */
    Result run(Session in, String sql, Binds binds) {
        List<Tokens> statements = Tokens.split(sql);
        if (statements.size() != 1) {
            throw new SnowflakeError(
                    "000008",
                    "0A000",
                    "Actual statement count " + statements.size() + " did not match the desired statement count 1.");
        }
        return runOne(in, statements.get(0), binds);
    }

    /** Runs the statements of a text one after the other, to the first that fails. A count of 0 stands for any number. */
    List<Result> runAll(Session in, String sql, Binds binds, int count) {
        List<Result> results = new ArrayList<>();
        List<Tokens> all = Tokens.split(sql);
        if (count != 0 && count != all.size()) {
            throw new SnowflakeError(
                    "000008",
                    "0A000",
                    "Actual statement count " + all.size() + " did not match the desired statement count " + count
                            + ".");
        }
        for (Tokens statement : all) {
            results.add(runOne(in, statement, binds));
        }
        return results;
    }

    /** The result columns of a query, without running it. */
    Result describe(Session in, String sql) {
        Tokens tokens = new Tokens(sql);
        Request request = request(in, tokens, Binds.unbound());
        return switch (tokens.peek().upper()) {
            case "SELECT", "WITH", "(" -> queries.describe(request);
            case "INSERT" -> Result.done(Result.INSERT, "described");
            default -> Result.done(Result.DDL, "described");
        };
    }

    private Request request(Session in, Tokens tokens, Binds binds) {
        return new Request(tokens, binds, in, in.names(clock.instant()));
    }

    private Result runOne(Session in, Tokens tokens, Binds binds) {
        Request request = request(in, tokens, binds);
        try {
            return dispatch(request);
        } catch (SnowflakeError e) {
            if (in.flag("TRANSACTION_ABORT_ON_ERROR") && in.transaction().isOpen()) {
                in.transaction().abort(e.getMessage());
            }
            throw e;
        }
    }

    private Result dispatch(Request request) {
        Tokens tokens = request.tokens();
        return switch (tokens.peek().upper()) {
            case "SELECT", "WITH", "(" -> queries.run(request);
            case "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE" -> dml.run(request);
            case "COPY" -> copy.run(request);
            case "PUT", "LIST", "LS", "REMOVE", "RM" -> stages.run(request);
            case "BEGIN", "START", "COMMIT", "ROLLBACK" -> transactions.run(request);
            case "USE" -> session.run(request);
            case "ALTER" -> tokens.peek(1).isWord("SESSION") ? session.run(request) : ddl.run(request);
            case "CREATE", "DROP", "COMMENT", "GRANT", "REVOKE" -> ddl.run(request);
            case "SHOW", "DESCRIBE", "DESC" -> show.run(request);
            default -> throw SnowflakeError.unsupported(tokens.sql());
        };
    }
}
