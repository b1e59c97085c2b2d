package io.spindrift.chaos;

import io.spindrift.chaos.Mishap.Misbehaviour;
import io.spindrift.chaos.Mishap.Replay;
import io.spindrift.chaos.Mishap.Restart;
import io.spindrift.chaos.Mishap.SideBySide;
import io.spindrift.chaos.Mishap.TrimmedLog;
import io.spindrift.local.snowflake.Fault.Point;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Does the comparison see what it is for? The same scenario twice: with the product as it is, which must hold, and with one rule taken out,
 * which must not.
 */
final class NegativeControl {
    private static final int ATTEMPTS = 5;

    private final ChaosSession session;
    private final ChaosOptions options;
    private final Consumer<String> out;

    NegativeControl(ChaosSession session, ChaosOptions options, Consumer<String> out) {
        this.session = session;
        this.options = options;
        this.out = out;
    }

    /** @return whether it was caught */
    boolean run(Sabotage rule) throws SQLException {
        Recipe recipe = new Recipe(options.seed(), scenario(rule));
        session.run(recipe);
        out.accept("with the rule the scenario holds: " + recipe.mishaps());
        session.stack().sabotage(rule);
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            try {
                session.run(new Recipe(options.seed() + attempt, scenario(rule)));
                out.accept("attempt %d: not seen".formatted(attempt));
            } catch (ChaosFailure e) {
                out.accept("caught: without %s%n%s".formatted(rule, e.getMessage()));
                return true;
            }
        }
        out.accept("NOT CAUGHT: without %s everything held %d times".formatted(rule, ATTEMPTS));
        return false;
    }

    private static List<Mishap> scenario(Sabotage rule) {
        return switch (rule) {
            case TRANSACTION -> List.of(new Misbehaviour(Step.COPY, Point.AFTER, Trouble.DELAY));
            case FENCE -> List.of(new SideBySide());
            case OVERLAP -> List.of(new Restart(Origin.OLDER_SAVEPOINT, 2));
            case POSITION_GUARD -> List.of(new TrimmedLog());
            case REPETITION -> List.of(new Replay(20));
        };
    }
}
