package io.spindrift.local.snowflake;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Set;

/** USE and ALTER SESSION. */
final class SessionStatements {
    private static final String DONE = "Statement executed successfully.";
    private static final Set<String> KNOWN = Set.of("""
            ABORT_DETACHED_QUERY AUTOCOMMIT CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX
            CLIENT_RESULT_COLUMN_CASE_INSENSITIVE CLIENT_SESSION_KEEP_ALIVE CLIENT_TELEMETRY_ENABLED
            CLIENT_TIMESTAMP_TYPE_MAPPING ERROR_ON_NONDETERMINISTIC_MERGE ERROR_ON_NONDETERMINISTIC_UPDATE
            JDBC_FORMAT_DATE_WITH_TIMEZONE JDBC_QUERY_RESULT_FORMAT JDBC_TREAT_DECIMAL_AS_INT
            JDBC_TREAT_TIMESTAMP_NTZ_AS_UTC JDBC_USE_SESSION_TIMEZONE JSON_INDENT LOCK_TIMEOUT MULTI_STATEMENT_COUNT
            QUERY_TAG QUOTED_IDENTIFIERS_IGNORE_CASE READ_CONSISTENCY_MODE STATEMENT_QUEUED_TIMEOUT_IN_SECONDS
            STATEMENT_TIMEOUT_IN_SECONDS STRICT_JSON_OUTPUT TIMEZONE TRANSACTION_ABORT_ON_ERROR
            TRANSACTION_DEFAULT_ISOLATION_LEVEL USE_CACHED_RESULT
            """.strip().split("\\s+"));
    /** Where the stand-in has one behaviour only, the other setting fails. */
    private static final Set<String> FIXED =
            Set.of("QUOTED_IDENTIFIERS_IGNORE_CASE=TRUE", "ERROR_ON_NONDETERMINISTIC_MERGE=FALSE");

    Result run(Request request) {
        Tokens in = request.tokens();
        if (in.accept("USE")) {
            use(request);
            return Result.done(Result.USE, DONE);
        }
        in.expect("ALTER", "SESSION");
        if (in.accept("UNSET")) {
            do {
                request.session().parameters().remove(known(in.identifier()));
            } while (in.acceptSymbol(",") || in.peek().isName());
        } else {
            in.expect("SET");
            do {
                String name = known(in.identifier());
                in.expectSymbol("=");
                set(request.session(), name, value(in));
            } while (in.acceptSymbol(",") || in.peek().isName());
        }
        in.expectEnd();
        return Result.done(Result.ALTER_SESSION, DONE);
    }

    private static void use(Request request) {
        Tokens in = request.tokens();
        Session session = request.session();
        if (in.accept("WAREHOUSE")) {
            session.useWarehouse(request.catalog().usable(ObjectKind.WAREHOUSE, in.identifier()));
        } else if (in.accept("ROLE")) {
            session.useRole(request.catalog().usable(ObjectKind.ROLE, in.identifier()));
        } else if (in.accept("SECONDARY", "ROLES")) {
            in.next();
        } else if (in.accept("SCHEMA")) {
            session.useSchema(in.name());
        } else {
            in.accept("DATABASE");
            var parts = in.name();
            if (parts.size() == 2) {
                session.useSchema(parts);
            } else {
                session.useDatabase(parts.get(0));
            }
        }
        in.expectEnd();
    }

    private static String known(String name) {
        if (!KNOWN.contains(name)) {
            throw SnowflakeError.unsupported("the session parameter " + name);
        }
        return name;
    }

    private static String value(Tokens in) {
        Token token = in.next();
        return switch (token.kind()) {
            case STRING, NUMBER, WORD -> token.text();
            case QUOTED, BIND, POSITION, STAGE, SYMBOL, END -> throw SnowflakeError.syntax(token.start(), token.text());
        };
    }

    /** Sets a parameter, as ALTER SESSION and a login do. */
    static void set(Session session, String name, String value) {
        if (FIXED.contains(name + "=" + value.toUpperCase(Locale.ROOT))) {
            throw SnowflakeError.unsupported(name + " = " + value);
        }
        if (name.equals("TIMEZONE")) {
            session.transaction().run(Transaction.Access.READ, connection -> {
                timezone(connection, value);
                return value;
            });
        }
        // Switching autocommit on ends the transaction that was implicitly open.
        if (name.equals("AUTOCOMMIT")
                && value.equalsIgnoreCase("true")
                && session.transaction().isOpen()) {
            session.transaction().commit();
        }
        session.set(name, value);
    }

    private static void timezone(Connection connection, String zone) throws SQLException {
        Transaction.command(connection, "SET TimeZone = " + QualifiedName.literal(zone));
    }

    static boolean isKnown(String name) {
        return KNOWN.contains(name);
    }
}
