package io.spindrift.chaos;

import java.util.List;

/** Something that must hold does not. The message is for the report: what was seen, bounded. */
final class ChaosFailure extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int SHOWN = 25;

    ChaosFailure(String message) {
        super(message);
    }

    ChaosFailure(String message, Throwable cause) {
        super(message, cause);
    }

    static ChaosFailure of(List<String> differences) {
        String shown = String.join("\n", differences.subList(0, Math.min(SHOWN, differences.size())));
        int left = differences.size() - SHOWN;
        return new ChaosFailure(left > 0 ? shown + "\n… and " + left + " more" : shown);
    }
}
