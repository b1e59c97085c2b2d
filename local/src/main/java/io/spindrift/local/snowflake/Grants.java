package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Catalog.Change;
import io.spindrift.local.snowflake.Catalog.Edit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** GRANT and REVOKE: each privilege is kept as an object of its own, shown, and not enforced. */
final class Grants {
    private static final String PRIVILEGE = "PRIVILEGE";
    private static final String ON = "GRANTED_ON";
    private static final String NAME = "NAME";

    /** Grants under way, without a grantee. */
    private record Granted(List<String> privileges, List<Map<String, String>> targets) {}

    private Grants() {}

    static Change<?> grant(Request request) {
        Tokens in = request.tokens();
        Granted granted = granted(request);
        in.expect("TO");
        Map<String, String> grantee = grantee(request);
        boolean option = in.accept("WITH", "GRANT", "OPTION");
        if (granted.privileges().contains("OWNERSHIP")) {
            return ownership(request, granted, grantee);
        }
        Map<String, String> owner =
                Map.of(Entry.OWNER, request.session().role(), "GRANT_OPTION", String.valueOf(option));
        return edit -> {
            entries(request, granted, grantee).forEach(grant -> edit.put(grant.withAll(owner)));
            return granted;
        };
    }

    static Change<?> revoke(Request request) {
        Tokens in = request.tokens();
        if (in.accept("GRANT", "OPTION", "FOR")) {
            throw SnowflakeError.unsupported(in.sql());
        }
        Granted granted = granted(request);
        in.expect("FROM");
        Map<String, String> grantee = grantee(request);
        if (!in.accept("CASCADE")) {
            in.accept("RESTRICT");
        }
        return edit -> {
            entries(request, granted, grantee).forEach(edit::forget);
            return granted;
        };
    }

    private static Granted granted(Request request) {
        Tokens in = request.tokens();
        if (in.accept("ROLE")) {
            return new Granted(List.of("USAGE"), List.of(target(request, ObjectKind.ROLE)));
        }
        List<String> privileges = new ArrayList<>();
        do {
            List<String> words = new ArrayList<>();
            while (in.peek().kind() == Token.Kind.WORD && !in.atWord("ON")) {
                words.add(in.next().upper());
            }
            privileges.add(String.join(" ", words));
        } while (in.acceptSymbol(","));
        in.expect("ON");
        return new Granted(privileges, targets(request));
    }

    private static List<Map<String, String>> targets(Request request) {
        Tokens in = request.tokens();
        if (in.accept("ACCOUNT")) {
            return List.of(Map.of(ON, "ACCOUNT", NAME, "LOCAL"));
        }
        boolean all = in.accept("ALL");
        boolean future = !all && in.accept("FUTURE");
        if (!all && !future) {
            return List.of(target(request, ObjectKind.parse(in)));
        }
        ObjectKind kind = plural(in);
        in.expect("IN");
        Entry within = entry(request, ObjectKind.parse(in));
        String place = within.name().display();
        if (future) {
            String name = place + ".<" + kind.label() + ">";
            return List.of(Map.of(ON, kind.name(), NAME, name, "FUTURE", "TRUE"));
        }
        return request.catalog()
                .entries()
                .filter(entry -> entry.kind() == kind && entry.name().display().startsWith(place + "."))
                .map(Grants::target)
                .toList();
    }

    private static ObjectKind plural(Tokens in) {
        return Stream.of(ObjectKind.values())
                .filter(kind -> in.accept((kind.label() + "S").split(" ")))
                .findFirst()
                .orElseThrow(() -> SnowflakeError.unsupported(in.sql()));
    }

    private static Entry entry(Request request, ObjectKind kind) {
        return request.catalog().require(kind, Ddl.name(request, kind));
    }

    private static Map<String, String> target(Request request, ObjectKind kind) {
        return target(entry(request, kind));
    }

    private static Map<String, String> target(Entry entry) {
        return Map.of(ON, entry.kind().name(), NAME, entry.name().display());
    }

    private static Map<String, String> grantee(Request request) {
        Tokens in = request.tokens();
        ObjectKind kind = in.accept("USER") ? ObjectKind.USER : ObjectKind.ROLE;
        if (kind == ObjectKind.ROLE) {
            in.accept("ROLE");
        }
        return Map.of(
                "GRANTED_TO",
                kind.name(),
                "GRANTEE_NAME",
                entry(request, kind).name().name());
    }

    private static Change<?> ownership(Request request, Granted granted, Map<String, String> grantee) {
        Tokens in = request.tokens();
        if (in.accept("COPY") || in.accept("REVOKE")) {
            in.expect("CURRENT", "GRANTS");
        }
        String role = String.valueOf(grantee.get("GRANTEE_NAME"));
        return edit -> {
            request.catalog()
                    .entries()
                    .filter(entry -> granted.targets().contains(target(entry)))
                    .forEach(entry -> edit.put(entry.with(Entry.OWNER, role)));
            return granted;
        };
    }

    /** One for each privilege on each object. */
    private static List<Entry> entries(Request request, Granted granted, Map<String, String> grantee) {
        List<Entry> entries = new ArrayList<>();
        for (Map<String, String> target : granted.targets()) {
            for (String privilege : privileges(granted, target)) {
                Map<String, String> attributes = new LinkedHashMap<>(target);
                attributes.putAll(grantee);
                attributes.put(PRIVILEGE, privilege);
                entries.add(entry(request.names().now(), attributes));
            }
        }
        return entries;
    }

    private static Entry entry(java.time.Instant created, Map<String, String> attributes) {
        String name = Stream.of(PRIVILEGE, ON, NAME, "GRANTED_TO", "GRANTEE_NAME", "FUTURE")
                .map(attributes::get)
                .map(String::valueOf)
                .collect(Collectors.joining(" "));
        return new Entry(
                ObjectKind.GRANT,
                QualifiedName.ofAccount(name),
                created,
                new Entry.Body(attributes, List.of(), List.of()));
    }

    private static List<String> privileges(Granted granted, Map<String, String> target) {
        if (!granted.privileges().get(0).matches("ALL( PRIVILEGES)?")) {
            return granted.privileges();
        }
        String all =
                switch (String.valueOf(target.get(ON))) {
                    case "TABLE" -> "SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,EVOLVE SCHEMA";
                    case "VIEW" -> "SELECT,REFERENCES";
                    case "DYNAMIC_TABLE" -> "SELECT,MONITOR,OPERATE";
                    case "STAGE" -> "READ,WRITE";
                    case "FILE_FORMAT" -> "USAGE";
                    case "WAREHOUSE" -> "USAGE,OPERATE,MONITOR,MODIFY,APPLYBUDGET";
                    case "DATABASE" -> "USAGE,CREATE SCHEMA,MONITOR,MODIFY";
                    case "SCHEMA" ->
                        "USAGE,CREATE TABLE,CREATE VIEW,CREATE DYNAMIC TABLE,CREATE STAGE,CREATE FILE FORMAT,MONITOR,MODIFY";
                    default -> throw SnowflakeError.unsupported("ALL PRIVILEGES on " + target.get(ON));
                };
        return Arrays.asList(all.split(","));
    }

    /** Whether it is granted on this object, or to it. */
    static boolean concerns(Entry grant, Entry entry) {
        String name = entry.name().display();
        String kind = entry.kind().name();
        boolean on = grant.attribute(ON).equals(Optional.of(kind))
                && grant.attribute(NAME).equals(Optional.of(name));
        boolean to = grant.attribute("GRANTED_TO").equals(Optional.of(kind))
                && grant.attribute("GRANTEE_NAME").equals(Optional.of(name));
        return on || to;
    }

    /** What is granted on an object stays granted when its name changes. */
    static void rename(Edit edit, Entry before, QualifiedName to) {
        String from = before.name().display();
        edit.catalog()
                .entries()
                .filter(e -> e.kind() == ObjectKind.GRANT && concerns(e, before))
                .forEach(grant -> {
                    Map<String, String> attributes =
                            new LinkedHashMap<>(grant.body().attributes());
                    attributes.replace(
                            grant.attribute(NAME).equals(Optional.of(from)) ? NAME : "GRANTEE_NAME", to.display());
                    edit.forget(grant);
                    edit.put(entry(grant.created(), attributes));
                });
    }
}
