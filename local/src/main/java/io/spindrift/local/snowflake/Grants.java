package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Catalog.Change;
import io.spindrift.local.snowflake.Catalog.Edit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** GRANT and REVOKE: each privilege is kept as an object of its own, shown, and not enforced. */
final class Grants {
    private static final String ON = "GRANTED_ON";
    private static final String NAME = "NAME";
    private static final String TO = "GRANTED_TO";
    private static final String GRANTEE = "GRANTEE_NAME";

    /** What ALL stands for, by kind. */
    private static final Map<String, String> ALL = Map.of(
            "TABLE", "SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,EVOLVE SCHEMA",
            "VIEW", "SELECT,REFERENCES",
            "DYNAMIC_TABLE", "SELECT,MONITOR,OPERATE",
            "STAGE", "READ,WRITE",
            "FILE_FORMAT", "USAGE",
            "WAREHOUSE", "USAGE,OPERATE,MONITOR,MODIFY,APPLYBUDGET",
            "DATABASE", "USAGE,CREATE SCHEMA,MONITOR,MODIFY",
            "SCHEMA",
                    "USAGE,CREATE TABLE,CREATE VIEW,CREATE DYNAMIC TABLE,CREATE STAGE,CREATE FILE FORMAT,MONITOR,MODIFY");

    private Grants() {}

    static Change<?> grant(Request request) {
        return change(request, "TO", (edit, grant) -> {
            if (grant.attribute("PRIVILEGE").orElse("").equals("OWNERSHIP")) {
                edit.catalog()
                        .entries()
                        .filter(entry -> on(grant, entry))
                        .forEach(entry -> edit.put(
                                entry.with(Entry.OWNER, grant.attribute(GRANTEE).orElseThrow())));
            } else {
                edit.put(grant);
            }
        });
    }

    static Change<?> revoke(Request request) {
        return change(request, "FROM", Edit::forget);
    }

    /** {@code privileges ON what TO|FROM whom}, applied to each single grant. */
    private static Change<?> change(Request request, String preposition, BiConsumer<Edit, Entry> each) {
        Tokens in = request.tokens();
        List<String> privileges = in.atWord("ROLE") ? List.of("USAGE") : privileges(in);
        List<Map<String, String>> targets =
                in.accept("ROLE") ? List.of(target(entry(request, ObjectKind.ROLE))) : targets(request);
        in.expect(preposition);
        Map<String, String> grant = new LinkedHashMap<>(grantee(request));
        grant.put(Entry.OWNER, request.session().role());
        grant.put("GRANT_OPTION", String.valueOf(in.accept("WITH", "GRANT", "OPTION")));
        if (!in.accept("CASCADE") && !in.accept("RESTRICT") && !in.accept("COPY", "CURRENT", "GRANTS")) {
            in.accept("REVOKE", "CURRENT", "GRANTS");
        }
        List<Entry> grants = new ArrayList<>();
        for (Map<String, String> target : targets) {
            grant.putAll(target);
            for (String privilege : expanded(privileges, target)) {
                grant.put("PRIVILEGE", privilege);
                grants.add(entry(request.names().now(), grant));
            }
        }
        return edit -> {
            grants.forEach(one -> each.accept(edit, one));
            return grants;
        };
    }

    private static Map<String, String> grantee(Request request) {
        Tokens in = request.tokens();
        ObjectKind kind = in.accept("USER") ? ObjectKind.USER : ObjectKind.ROLE;
        if (kind == ObjectKind.ROLE) {
            in.accept("ROLE");
        }
        return Map.of(TO, kind.name(), GRANTEE, entry(request, kind).name().name());
    }

    /** {@code SELECT, CREATE TABLE … ON}. */
    private static List<String> privileges(Tokens in) {
        List<String> privileges = new ArrayList<>();
        do {
            List<String> words = new ArrayList<>();
            while (in.peek().kind() == Token.Kind.WORD && !in.atWord("ON")) {
                words.add(in.next().upper());
            }
            privileges.add(String.join(" ", words));
        } while (in.acceptSymbol(","));
        in.expect("ON");
        return privileges;
    }

    private static List<String> expanded(List<String> privileges, Map<String, String> target) {
        if (!privileges.get(0).matches("ALL( PRIVILEGES)?")) {
            return privileges;
        }
        String all = ALL.get(target.get(ON));
        if (all == null) {
            throw SnowflakeError.unsupported("ALL PRIVILEGES on " + target.get(ON));
        }
        return List.of(all.split(","));
    }

    private static List<Map<String, String>> targets(Request request) {
        Tokens in = request.tokens();
        if (in.accept("ACCOUNT")) {
            return List.of(Map.of(ON, "ACCOUNT", NAME, "LOCAL"));
        }
        boolean future = in.accept("FUTURE");
        if (!future && !in.accept("ALL")) {
            return List.of(target(entry(request, ObjectKind.parse(in))));
        }
        ObjectKind kind = Stream.of(ObjectKind.values())
                .filter(each -> in.accept((each.label() + "S").split(" ")))
                .findFirst()
                .orElseThrow(() -> SnowflakeError.unsupported(in.sql()));
        in.expect("IN");
        String place = entry(request, ObjectKind.parse(in)).name().display() + ".";
        if (future) {
            return List.of(Map.of(ON, kind.name(), NAME, place + "<" + kind.label() + ">", "FUTURE", "TRUE"));
        }
        return request.catalog()
                .entries()
                .filter(entry -> entry.kind() == kind && entry.name().display().startsWith(place))
                .map(Grants::target)
                .toList();
    }

    private static Entry entry(Request request, ObjectKind kind) {
        return request.catalog().require(kind, Ddl.name(request, kind));
    }

    private static Map<String, String> target(Entry entry) {
        return Map.of(ON, entry.kind().name(), NAME, entry.name().display());
    }

    /** Named by what it says, so that it is there once. */
    private static Entry entry(Instant created, Map<String, String> grant) {
        List<String> name = new ArrayList<>();
        for (String key : new String[] {"PRIVILEGE", ON, NAME, TO, GRANTEE, "FUTURE"}) {
            name.add(String.valueOf(grant.get(key)));
        }
        return Entry.of(ObjectKind.GRANT, QualifiedName.ofAccount(String.join(" ", name)), created, grant);
    }

    private static boolean on(Entry grant, Entry entry) {
        return grant.attributes().entrySet().containsAll(target(entry).entrySet());
    }

    private static boolean to(Entry grant, Entry entry) {
        Map<String, String> to =
                Map.of(TO, entry.kind().name(), GRANTEE, entry.name().name());
        return grant.attributes().entrySet().containsAll(to.entrySet());
    }

    /** Whether it is granted on this object, or to it. */
    static boolean concerns(Entry grant, Entry entry) {
        return grant.kind() == ObjectKind.GRANT && (on(grant, entry) || to(grant, entry));
    }

    /** What is granted on an object, or to it, stays granted when its name changes. */
    static void rename(Edit edit, Entry before, QualifiedName after) {
        edit.catalog().entries().filter(grant -> concerns(grant, before)).forEach(grant -> {
            edit.forget(grant);
            edit.put(entry(
                    grant.created(),
                    grant.with(on(grant, before) ? NAME : GRANTEE, after.display())
                            .attributes()));
        });
    }
}
