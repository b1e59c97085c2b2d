package io.spindrift.cli.connector;

import java.util.regex.Pattern;

/** What Connect tells of failures → what may be shown. Causes may quote rows; messages may quote settings. */
final class Traces {

    private static final int LONGEST = 300;
    private static final Pattern SECRET =
            Pattern.compile("(?i)((?:password|passphrase|secret|token|credentials?|user\\.info)\\S*?\\s*[=:]\\s*)\\S+");
    private static final Pattern IN_URL = Pattern.compile("(://[^/\\s:@]+:)[^/\\s@]+@");

    private Traces() {}

    /** Of a trace or message; without what follows a secret's name, and no longer than a screen's line or two. */
    static String firstLine(String text) {
        String line = text.strip().lines().findFirst().orElse("").strip();
        String open = IN_URL.matcher(SECRET.matcher(line).replaceAll("$1…")).replaceAll("$1…@");
        return open.length() <= LONGEST ? open : open.substring(0, LONGEST) + "…";
    }
}
