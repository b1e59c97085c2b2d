package io.spindrift.local.snowflake;

/** One statement to run: its tokens, what is bound, and as whom. */
record Request(Tokens tokens, Binds binds, Session session, Names names) {
    /** The same statement from its beginning, with the binds of one row of a batch. */
    Request row(int index) {
        return new Request(new Tokens(tokens.sql()), binds.ofRow(index), session, names);
    }

    Rewriter rewriter() {
        return new Rewriter(tokens, names, binds);
    }

    Transaction transaction() {
        return session.transaction();
    }

    Catalog catalog() {
        return names.catalog();
    }

    QualifiedName object() {
        return names.resolve(tokens.name());
    }
}
