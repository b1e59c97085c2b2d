package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Catalog.Change;
import io.spindrift.local.snowflake.Catalog.Edit;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** GRANT and REVOKE: each privilege on one object is kept as an object of its own, shown, and not enforced. */
final class Grants {
    private static final String PRIVILEGE = "PRIVILEGE";
    private static final String ON = "GRANTED_ON";
    private static final String NAME = "NAME";
    private static final String TO = "GRANTED_TO";
    private static final String GRANTEE = "GRANTEE_NAME";

    private Grants() {}

    static Change<String> grant(Request request) {
        return change(request, "TO", Edit::put);
    }

    static Change<String> revoke(Request request) {
        return change(request, "FROM", Edit::forget);
    }

    /** {@code privileges ON what TO|FROM whom}, applied to each single grant. */
    private static Change<String> change(Request request, String preposition, BiConsumer<Edit, Entry> each) {
        Tokens in = request.tokens();
        List<String> privileges = in.atWord("ROLE") ? List.of("USAGE") : privileges(in);
        Map<String, String> grant = new TreeMap<>(on(existing(request, ObjectKind.parse(in))));
        in.expect(preposition);
        grant.putAll(to(grantee(request)));
        grant.put(Entry.OWNER, request.session().role());
        grant.put("GRANT_OPTION", String.valueOf(in.accept("WITH", "GRANT", "OPTION")));
        return edit -> {
            for (String privilege : privileges) {
                grant.put(PRIVILEGE, privilege);
                each.accept(edit, entry(request.names().now(), grant));
            }
            return Ddl.DONE;
        };
    }

    /** {@code SELECT, CREATE TABLE … ON}. */
    private static List<String> privileges(Tokens in) {
        int start = in.position();
        do {
            in.next();
        } while (!in.atEnd() && !in.atWord("ON"));
        List<String> privileges =
                List.of(in.text(start).toUpperCase(Locale.ROOT).split("\\s*,\\s*"));
        if (!in.accept("ON")
                || privileges.stream().anyMatch(each -> each.matches("GRANT|OWNERSHIP|ALL( PRIVILEGES)?"))) {
            throw SnowflakeError.unsupported(in.sql());
        }
        return privileges;
    }

    /** {@code [ROLE] name} or {@code USER name}. */
    static Entry grantee(Request request) {
        Tokens in = request.tokens();
        boolean user = in.accept("USER");
        if (!user) {
            in.accept("ROLE");
        }
        return existing(request, user ? ObjectKind.USER : ObjectKind.ROLE);
    }

    /** What is called by the name that comes next. */
    static Entry existing(Request request, ObjectKind kind) {
        return request.catalog().require(kind, Ddl.name(request, kind));
    }

    /** What a grant on this object says of it. */
    static Map<String, String> on(Entry entry) {
        return Map.of(ON, entry.kind().name(), NAME, entry.name().display());
    }

    /** What a grant to this role or user says of it. */
    static Map<String, String> to(Entry entry) {
        return Map.of(TO, entry.kind().name(), GRANTEE, entry.name().name());
    }

    /** Named by what it says, so that it is there once. */
    private static Entry entry(Instant created, Map<String, String> grant) {
        List<String> name = Stream.of(PRIVILEGE, ON, NAME, TO, GRANTEE)
                .map(key -> grant.getOrDefault(key, ""))
                .toList();
        return Entry.of(ObjectKind.GRANT, QualifiedName.ofAccount(String.join(" ", name)), created, grant);
    }

    private static boolean says(Entry grant, Map<String, String> what) {
        return grant.kind() == ObjectKind.GRANT && grant.attributes().entrySet().containsAll(what.entrySet());
    }

    /** Whether it is granted on this object, or to it. */
    static boolean concerns(Entry grant, Entry entry) {
        return says(grant, on(entry)) || says(grant, to(entry));
    }

    /** What is granted on an object stays granted when its name changes. */
    static void rename(Edit edit, Entry before, QualifiedName after) {
        edit.catalog().entries().filter(grant -> says(grant, on(before))).forEach(grant -> {
            edit.forget(grant);
            edit.put(entry(grant.created(), grant.with(NAME, after.display()).attributes()));
        });
    }
}
