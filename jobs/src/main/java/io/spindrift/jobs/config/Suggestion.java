package io.spindrift.jobs.config;

import java.util.Comparator;
import java.util.List;

/** "Did you mean": the known key nearest to a mistyped one. */
final class Suggestion {

    private static final int FARTHEST = 4;

    private Suggestion() {}

    /** Begins with a colon, or is empty when no key is near. */
    static String of(String key, List<String> known) {
        return known.stream()
                .filter(candidate -> distance(key, candidate) <= FARTHEST)
                .min(Comparator.comparingInt(candidate -> distance(key, candidate)))
                .map(": did you mean '%s'?"::formatted)
                .orElse("");
    }

    /** Levenshtein's. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
