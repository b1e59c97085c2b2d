package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.model.ChangeEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the captured records are to become, read from expected-types.txt and expected-steps.txt, whose heads say how they are written. */
final class ExpectedRows {

    private static final Pattern CHANGE = Pattern.compile("([+-]?)(\\w+)(?: (\\S+?))?(?:=(.*))?");
    private static final Pattern MD5 = Pattern.compile("md5\\((\\d+)\\)");

    private final boolean strings;
    private final Map<String, String> types = new LinkedHashMap<>();
    private final Map<String, String> normal = new LinkedHashMap<>();
    private final Map<String, String> special = new LinkedHashMap<>();

    /** Columns whose numbers are texts in this capture. */
    private final List<String> texts = new ArrayList<>();

    private final Map<String, String[]> steps = new TreeMap<>();

    ExpectedRows(boolean strings) {
        this.strings = strings;
        lines("expected-types.txt").forEach(this::column);
        for (String line : lines("expected-steps.txt")) {
            String[] parts = line.split("\\s*\\|\\s*", 3);
            steps.put(parts[0].strip() + "@" + parts[1], new String[] {parts[2]});
        }
    }

    private static List<String> lines(String name) {
        try (InputStream in =
                Objects.requireNonNull(ExpectedRows.class.getResourceAsStream("/debezium/whole/" + name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void column(String line) {
        char mark = line.charAt(0);
        if (mark != ' ' && !strings) {
            return;
        }
        String[] parts = line.substring(1).strip().split("\\s+\\|\\s+", -1);
        if (mark == '~') {
            texts.add(parts[0]);
        }
        types.put(parts[0], parts[1]);
        normal.put(parts[0], parts.length > 2 ? cell(parts[2]) : "");
        special.put(parts[0], parts.length > 3 ? cell(parts[3]) : "");
    }

    private static String cell(String written) {
        Matcher md5 = MD5.matcher(written);
        if (md5.matches()) {
            return digests(Integer.parseInt(md5.group(1)));
        }
        return written.startsWith("«") ? written.substring(1, written.length() - 1) : written;
    }

    private static String digests(int count) {
        StringBuilder text = new StringBuilder();
        try {
            for (int i = 1; i <= count; i++) {
                byte[] number = String.valueOf(i).getBytes(StandardCharsets.US_ASCII);
                text.append(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("MD5").digest(number)));
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        return text.toString();
    }

    /** What the record becomes, as texts; of a text that ends in * the one that came, if it begins so. */
    List<String> take(String table, long offset, List<ChangeEvent> came) {
        String[] step = steps.remove(table + "@" + offset);
        assertThat(step).as("%s@%d is in expected-steps.txt", table, offset).isNotNull();
        String text = step[0].strip();
        if (text.equals("tombstone")) {
            return List.of();
        }
        if (table.startsWith("all_types")) {
            return List.of(row(text));
        }
        if (!text.endsWith("*")) {
            return List.of(text);
        }
        String start = text.substring(0, text.length() - 1);
        return came.stream()
                .map(Decoded::text)
                .map(actual -> actual.startsWith(start) ? actual : text)
                .toList();
    }

    private String row(String step) {
        String[] parts = step.split("\\s*\\|\\s*");
        Map<String, String> cells = new LinkedHashMap<>();
        Map<String, String> rowTypes = new LinkedHashMap<>(types);
        cells.put("id", parts[1]);
        rowTypes.put("id", "NUMBER(19,0)");
        types.forEach((column, type) -> {
            if (!type.equals("-")) {
                cells.put(column, base(parts[2], column));
            }
        });
        if (parts.length > 3) {
            for (String change : parts[3].split(" ; ")) {
                change(change.strip(), cells, rowTypes);
            }
        }
        cells.replaceAll((column, cell) -> rowTypes.get(column) + "=" + cell);
        return text(parts[0].charAt(0), parts[1], cells);
    }

    private String base(String row, String column) {
        return switch (row) {
            case "normal" -> normal.getOrDefault(column, "");
            case "special" -> special.getOrDefault(column, "");
            case "nulls" -> column.equals("c_int") ? "7" : "∅";
            case "key" -> "∅";
            case "moved" -> isNeverLeftOut(column) ? "∅" : "…";
            default -> throw new IllegalArgumentException(row);
        };
    }

    /** PostgreSQL's types of a fixed size, by what they become here or by name. */
    private boolean isNeverLeftOut(String column) {
        return Pattern.matches("(NUMBER|FLOAT|BOOLEAN|DATE|TIME).*", types.getOrDefault(column, ""))
                || List.of("c_timetz", "c_interval", "c_uuid", "c_enum", "c_point")
                        .contains(column);
    }

    private void change(String written, Map<String, String> cells, Map<String, String> rowTypes) {
        Matcher change = CHANGE.matcher(written);
        if (!change.matches()) {
            throw new IllegalArgumentException(written);
        }
        String column = change.group(2);
        if (change.group(1).equals("-")) {
            cells.remove(column);
            return;
        }
        cells.put(column, change.group(4));
        if (change.group(3) != null && !texts.contains(column)) {
            rowTypes.put(column, change.group(3));
        } else if (column.endsWith("__raw")) {
            rowTypes.put(column, "VARCHAR");
        }
    }

    void assertAllTaken() {
        assertThat(steps.keySet()).as("steps that no record was for").isEmpty();
    }

    /** A line a column, in alphabetical order: where they stand is not what this is about. */
    static String text(char operation, String key, Map<String, String> cells) {
        StringBuilder text = new StringBuilder().append(operation).append(' ').append(key);
        new TreeMap<>(cells)
                .forEach((column, cell) ->
                        text.append('\n').append(column).append(' ').append(cell));
        return text.toString();
    }
}
