package io.spindrift.local.snowflake;

/** One statement to run: its tokens, what is bound, and as whom. */
record Request(Tokens tokens, Binds binds, Session session, Names names) {
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
