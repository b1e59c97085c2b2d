package io.spindrift.local.snowflake;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/** Kinds of objects: how each is named, which options it takes, and what stands for it in DuckDB. */
enum ObjectKind {
    DATABASE(Level.ACCOUNT, "TRANSIENT", Options.DATABASE),
    SCHEMA(Level.DATABASE, "TRANSIENT", Options.DATABASE),
    TABLE(Level.SCHEMA, "TRANSIENT TEMPORARY", Options.DATABASE + " CHANGE_TRACKING ENABLE_SCHEMA_EVOLUTION"),
    VIEW(Level.SCHEMA, "SECURE TEMPORARY", "CHANGE_TRACKING"),
    DYNAMIC_TABLE(Level.SCHEMA, "TRANSIENT", Options.DATABASE + " TARGET_LAG WAREHOUSE REFRESH_MODE INITIALIZE"),
    STAGE(Level.SCHEMA, "TEMPORARY", "ENCRYPTION DIRECTORY FILE_FORMAT COPY_OPTIONS"),
    FILE_FORMAT(Level.SCHEMA, "TEMPORARY", Options.ANY),
    ROLE(Level.ACCOUNT, "", ""),
    USER(Level.ACCOUNT, "", Options.USER),
    WAREHOUSE(Level.ACCOUNT, "", Options.WAREHOUSE),
    GRANT(Level.ACCOUNT, "", "");

    /** How many parts a full name has: one, two, three. */
    enum Level {
        ACCOUNT,
        DATABASE,
        SCHEMA
    }

    final Level level;
    /** Words before the kind: TRANSIENT, TEMPORARY, SECURE. */
    final Set<String> modifiers;

    private final Set<String> options;

    ObjectKind(Level level, String modifiers, String options) {
        this.level = level;
        this.modifiers = Set.of(modifiers.split(" "));
        this.options = Set.of(options.split("\\s+"));
    }

    /** Consumes the words of a kind. */
    static ObjectKind parse(Tokens in) {
        return Arrays.stream(values())
                .filter(kind -> kind != GRANT && in.accept(kind.name().split("_")))
                .findFirst()
                .orElseThrow(() -> SnowflakeError.unsupported(in.sql()));
    }

    /** {@code FILE FORMAT}. */
    String label() {
        return name().replace('_', ' ');
    }

    /** {@code File format}. */
    String title() {
        return name().charAt(0) + label().substring(1).toLowerCase(Locale.ROOT);
    }

    /** Kinds that share their names have the same space. */
    ObjectKind space() {
        return isRelation() ? TABLE : this;
    }

    boolean isRelation() {
        return this == TABLE || this == VIEW || this == DYNAMIC_TABLE;
    }

    /** Whether its names lie in DuckDB, whose identifiers ignore case. */
    boolean isInDuck() {
        return isRelation() || this == SCHEMA || this == DATABASE;
    }

    /** Kinds whose options are read again later, and therefore kept as they were written. */
    boolean keepsText() {
        return this == STAGE || this == FILE_FORMAT;
    }

    /** What a relation is in DuckDB: dynamic tables are views, and so always fresh. */
    String duck() {
        return this == TABLE ? "TABLE" : "VIEW";
    }

    /** The name of an option of this kind, which comes next. */
    String option(Tokens in) {
        String option = in.identifier();
        if (!option.equals("COMMENT") && !options.contains(option) && !options.contains(Options.ANY)) {
            throw SnowflakeError.unsupported("the option " + option + " of a " + label());
        }
        return option;
    }

    /** Options by name; a word list each. */
    private static final class Options {
        static final String ANY = "*";
        static final String DATABASE = "DATA_RETENTION_TIME_IN_DAYS MAX_DATA_EXTENSION_TIME_IN_DAYS";
        static final String USER = """
                PASSWORD LOGIN_NAME DISPLAY_NAME FIRST_NAME LAST_NAME EMAIL MUST_CHANGE_PASSWORD DISABLED TYPE
                DEFAULT_WAREHOUSE DEFAULT_NAMESPACE DEFAULT_ROLE DEFAULT_SECONDARY_ROLES RSA_PUBLIC_KEY RSA_PUBLIC_KEY_2""";
        static final String WAREHOUSE = """
                WAREHOUSE_TYPE WAREHOUSE_SIZE MAX_CLUSTER_COUNT MIN_CLUSTER_COUNT SCALING_POLICY AUTO_SUSPEND AUTO_RESUME
                INITIALLY_SUSPENDED MAX_CONCURRENCY_LEVEL STATEMENT_TIMEOUT_IN_SECONDS""";

        private Options() {}
    }
}
