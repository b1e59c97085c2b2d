package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import io.spindrift.local.snowflake.Fault.Point;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Statement text → the family that runs it, on its way past the faults. What no family knows is an error that says so. */
final class Statements implements AutoCloseable {
    private final Clock clock;
    private final Misbehaviour misbehaviour;
    private final ScheduledThreadPoolExecutor timeouts = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "local-snowflake-timeouts");
        thread.setDaemon(true);
        return thread;
    });
    private final Queries queries = new Queries();
    private final Dml dml = new Dml();
    private final Ddl ddl = new Ddl();
    private final Show show = new Show();
    private final SessionStatements session = new SessionStatements();
    private final TransactionControl transactions = new TransactionControl();
    private final Stages stages;
    private final CopyInto copy;

    Statements(Engine engine, Stages stages, Clock clock, Misbehaviour misbehaviour) {
        this.clock = clock;
        this.misbehaviour = misbehaviour;
        this.stages = stages;
        this.copy = new CopyInto(stages, engine);
        timeouts.setRemoveOnCancelPolicy(true);
    }

    /** The values bound in a request. */
    Binds binds(JsonNode body) {
        String stage = body.path("bindStage").asText("");
        return stage.isEmpty() ? Binds.of(body.path("bindings")) : Binds.staged(stages.bound(stage));
    }

    /** Runs the statements of a text one after the other, to the first that fails. A count of 0 stands for any number. */
    List<Result> run(Session in, String sql, Binds binds, int count) {
        List<Tokens> statements = Tokens.split(sql);
        if (count != 0 && count != statements.size()) {
            throw new SnowflakeError(
                    "000008",
                    "0A000",
                    "Actual statement count " + statements.size() + " did not match the desired statement count "
                            + count + ".");
        }
        List<Result> results = new ArrayList<>();
        for (Tokens statement : statements) {
            results.add(run(request(in, misbehaviour.faults().rewritten(statement), binds)));
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

    private Result run(Request request) {
        Session in = request.session();
        Future<?> timeout = timeout(in);
        try {
            misbehaviour.meet(Point.BEFORE, request);
            Result result = dispatch(request);
            misbehaviour.meet(Point.AFTER, request);
            return result;
        } catch (SnowflakeError e) {
            SnowflakeError error = in.timedOut() ? SnowflakeError.timedOut(in.statementTimeoutSeconds()) : e;
            if (in.flag("TRANSACTION_ABORT_ON_ERROR") && in.transaction().isOpen()) {
                in.transaction().abort(error.getMessage());
            }
            throw error;
        } finally {
            timeout.cancel(false);
        }
    }

    private Future<?> timeout(Session in) {
        Runnable stop = in.timeout();
        long seconds = in.statementTimeoutSeconds();
        return timeouts.schedule(stop, seconds == 0 ? Duration.ofDays(2).toSeconds() : seconds, TimeUnit.SECONDS);
    }

    private Result dispatch(Request request) {
        Tokens tokens = request.tokens();
        return switch (tokens.peek().upper()) {
            case "SELECT", "WITH", "(" -> queries.run(request);
            case "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE" -> dml.run(request);
            case "COPY" -> copy.run(request);
            case "PUT", "GET", "LIST", "LS", "REMOVE", "RM" -> stages.run(request);
            case "BEGIN", "START", "COMMIT", "ROLLBACK" -> transactions.run(request);
            case "USE" -> session.run(request);
            case "ALTER" -> tokens.peek(1).isWord("SESSION") ? session.run(request) : ddl.run(request);
            case "CREATE", "DROP", "COMMENT", "GRANT", "REVOKE" ->
                Stages.isBindStage(tokens) ? Result.done(Result.DDL, "done") : ddl.run(request);
            case "SHOW", "DESCRIBE", "DESC" -> show.run(request);
            default -> throw SnowflakeError.unsupported(tokens.sql());
        };
    }

    @Override
    public void close() {
        timeouts.shutdownNow();
    }
}
