package io.spindrift.jobs.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code ${env:NAME}} and {@code ${file:PATH}} within any text; of a file, its content without the last line end. */
record Placeholders(Function<String, @Nullable String> environment) {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([a-z]+):([^}]*)}");

    private static final Pattern LAST_LINE_END = Pattern.compile("\\r?\\n\\z");

    Object resolve(String key, Object value, List<String> problems) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> resolved = new LinkedHashMap<>();
            map.forEach((name, item) ->
                    resolved.put(String.valueOf(name), resolve(key + "." + name, item == null ? "" : item, problems)));
            return resolved;
        }
        if (value instanceof List<?> list) {
            List<Object> resolved = new ArrayList<>();
            for (int i = 0; i < list.size(); i++) {
                Object item = list.get(i);
                resolved.add(resolve(key + "[" + i + "]", item == null ? "" : item, problems));
            }
            return resolved;
        }
        return value instanceof String text ? resolveText(key, text, problems) : value;
    }

    private String resolveText(String key, String text, List<String> problems) {
        Matcher matcher = PLACEHOLDER.matcher(text);
        StringBuilder resolved = new StringBuilder();
        while (matcher.find()) {
            String value = lookUp(key, matcher.group(1), matcher.group(2), problems);
            matcher.appendReplacement(resolved, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(resolved).toString();
    }

    private String lookUp(String key, String kind, String name, List<String> problems) {
        switch (kind) {
            case "env" -> {
                String value = environment.apply(name);
                if (value != null) {
                    return value;
                }
                problems.add("'%s' names the environment variable %s, which is not set".formatted(key, name));
            }
            case "file" -> {
                try {
                    return LAST_LINE_END
                            .matcher(Files.readString(Path.of(name)))
                            .replaceFirst("");
                } catch (IOException e) {
                    problems.add("'%s' names the file %s, which cannot be read".formatted(key, name));
                }
            }
            default -> problems.add("'%s' has ${%s:…}: known are ${env:NAME} and ${file:PATH}".formatted(key, kind));
        }
        // Something that no further rule complains about: the problem is said.
        return "unresolved";
    }
}
