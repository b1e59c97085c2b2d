package io.spindrift.local.snowflake;

/** BEGIN, COMMIT, ROLLBACK. */
final class TransactionControl {
    private static final String DONE = "Statement executed successfully.";

    Result run(Request request) {
        Tokens in = request.tokens();
        Transaction transaction = request.transaction();
        switch (in.next().upper()) {
            case "BEGIN", "START" -> {
                if (!in.accept("TRANSACTION")) {
                    in.accept("WORK");
                }
                if (in.accept("NAME")) {
                    in.identifier();
                }
                in.expectEnd();
                transaction.begin();
            }
            case "COMMIT" -> {
                in.accept("WORK");
                in.expectEnd();
                transaction.commit();
            }
            default -> {
                in.accept("WORK");
                in.expectEnd();
                transaction.rollback();
            }
        }
        return Result.done(Result.TRANSACTION, DONE);
    }
}
