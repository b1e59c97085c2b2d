package io.spindrift.local.snowflake;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Set;

/** Kinds of objects: how each is named, which options it takes, and what stands for it in DuckDB. */
enum ObjectKind {
    DATABASE(Level.ACCOUNT, "TRANSIENT", Options.DATABASE),
    SCHEMA(Level.DATABASE, "TRANSIENT", Options.DATABASE),
    TABLE(Level.SCHEMA, "TRANSIENT TEMPORARY", Options.TABLE),
    VIEW(Level.SCHEMA, "SECURE TEMPORARY", "CHANGE_TRACKING"),
    DYNAMIC_TABLE(Level.SCHEMA, "TRANSIENT", Options.DYNAMIC_TABLE),
    STAGE(Level.SCHEMA, "TEMPORARY", "ENCRYPTION DIRECTORY FILE_FORMAT COPY_OPTIONS"),
    FILE_FORMAT(Level.SCHEMA, "TEMPORARY", Options.ANY),
    ROLE(Level.ACCOUNT, "", ""),
    USER(Level.ACCOUNT, "", Options.USER),
    WAREHOUSE(Level.ACCOUNT, "", Options.WAREHOUSE),
    RESOURCE_MONITOR(Level.ACCOUNT, "", "CREDIT_QUOTA FREQUENCY START_TIMESTAMP END_TIMESTAMP NOTIFY_USERS"),
    GRANT(Level.ACCOUNT, "", "");

    /** How many parts a full name has: one, two, three. */
    enum Level {
        ACCOUNT,
        DATABASE,
        SCHEMA
    }

    private final Level level;
    private final Set<String> modifiers;
    private final Set<String> options;

    ObjectKind(Level level, String modifiers, String options) {
        this.level = level;
        this.modifiers = Set.of(modifiers.split(" "));
        this.options = Set.of(options.split("\\s+"));
    }

    /** Consumes the words of a kind. */
    static ObjectKind parse(Tokens in) {
        return Arrays.stream(values())
                .sorted(Comparator.comparing(kind -> -kind.words().length))
                .filter(kind -> kind != GRANT && in.accept(kind.words()))
                .findFirst()
                .orElseThrow(() -> SnowflakeError.unsupported(in.sql()));
    }

    private String[] words() {
        return name().split("_");
    }

    /** {@code FILE FORMAT}. */
    String label() {
        return name().replace('_', ' ');
    }

    /** {@code File format}. */
    String title() {
        return name().charAt(0) + label().substring(1).toLowerCase(Locale.ROOT);
    }

    Level level() {
        return level;
    }

    /** Kinds that share their names have the same space. */
    ObjectKind space() {
        return isRelation() ? TABLE : this;
    }

    boolean isRelation() {
        return this == TABLE || this == VIEW || this == DYNAMIC_TABLE;
    }

    /** Kinds whose options are read again later, and therefore kept as they were written. */
    boolean keepsText() {
        return this == STAGE || this == FILE_FORMAT;
    }

    /** What a relation is in DuckDB: dynamic tables are views, and so always fresh. */
    String duck() {
        return this == TABLE ? "TABLE" : "VIEW";
    }

    boolean allows(String option) {
        return option.equals("COMMENT") || options.contains(option) || options.contains(Options.ANY);
    }

    /** Words before the kind: TRANSIENT, TEMPORARY, SECURE. */
    Set<String> modifiers() {
        return modifiers;
    }

    /** Options by name; a word list each. */
    private static final class Options {
        static final String ANY = "*";
        static final String DATABASE =
                "DATA_RETENTION_TIME_IN_DAYS MAX_DATA_EXTENSION_TIME_IN_DAYS DEFAULT_DDL_COLLATION";
        static final String TABLE = DATABASE + " CHANGE_TRACKING ENABLE_SCHEMA_EVOLUTION";
        static final String DYNAMIC_TABLE = """
                TARGET_LAG WAREHOUSE REFRESH_MODE INITIALIZE SCHEDULER
                DATA_RETENTION_TIME_IN_DAYS MAX_DATA_EXTENSION_TIME_IN_DAYS""";
        static final String USER = """
                PASSWORD LOGIN_NAME DISPLAY_NAME FIRST_NAME MIDDLE_NAME LAST_NAME EMAIL MUST_CHANGE_PASSWORD DISABLED
                DAYS_TO_EXPIRY MINS_TO_UNLOCK DEFAULT_WAREHOUSE DEFAULT_NAMESPACE DEFAULT_ROLE DEFAULT_SECONDARY_ROLES
                RSA_PUBLIC_KEY RSA_PUBLIC_KEY_FP RSA_PUBLIC_KEY_2 RSA_PUBLIC_KEY_2_FP TYPE""";
        static final String WAREHOUSE = """
                WAREHOUSE_TYPE WAREHOUSE_SIZE RESOURCE_CONSTRAINT GENERATION MAX_CLUSTER_COUNT MIN_CLUSTER_COUNT
                SCALING_POLICY AUTO_SUSPEND AUTO_RESUME INITIALLY_SUSPENDED RESOURCE_MONITOR
                ENABLE_QUERY_ACCELERATION QUERY_ACCELERATION_MAX_SCALE_FACTOR MAX_CONCURRENCY_LEVEL
                STATEMENT_QUEUED_TIMEOUT_IN_SECONDS STATEMENT_TIMEOUT_IN_SECONDS WAIT_FOR_COMPLETION""";

        private Options() {}
    }
}
