package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Publication;
import io.spindrift.cli.check.Catalog.ReplicaIdentity;
import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.cli.check.Catalog.Type;
import io.spindrift.cli.check.Catalog.TypeKind;
import io.spindrift.jobs.debezium.ColumnSettings.Choice;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Columns that do not arrive as they are, by their types and by the connector's modes. Debezium's side of it is in its source,
 * {@code PostgresValueConverter} and {@code UnchangedToastedReplicationMessageColumn}; releases 3.6 and 3.7 were read.
 */
final class TypeRules {

    private static final Set<String> SENT = Set.of(
            "bool",
            "int2",
            "int4",
            "int8",
            "oid",
            "float4",
            "float8",
            "numeric",
            "money",
            "text",
            "varchar",
            "bpchar",
            "char",
            "bytea",
            "date",
            "time",
            "timetz",
            "timestamp",
            "timestamptz",
            "interval",
            "uuid",
            "json",
            "jsonb",
            "xml",
            "inet",
            "cidr",
            "macaddr",
            "macaddr8",
            "tsvector",
            "bit",
            "varbit",
            "point",
            "name",
            "hstore",
            "citext",
            "ltree",
            "isbn",
            "geometry",
            "geography",
            "vector",
            "halfvec",
            "sparsevec");
    private static final Set<String> SENT_SINCE_3_7 = Set.of("box", "lseg", "path", "polygon", "circle", "line");
    private static final Set<String> NOT_SENT_IN_ARRAYS = Set.of(
            "money", "name", "interval", "bit", "varbit", "xml", "point", "isbn", "vector", "halfvec", "sparsevec");
    private static final Set<String> RANGES =
            Set.of("int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange");
    private static final Set<String> ARRAYS_WITH_PLACEHOLDER =
            Set.of("text", "varchar", "bpchar", "json", "jsonb", "int4", "int8", "uuid");
    private static final Set<String> WITHOUT_PLACEHOLDER =
            Set.of("geometry", "geography", "vector", "halfvec", "sparsevec", "path", "polygon");
    private static final Set<String> TEXTS = Set.of("text", "varchar", "bpchar");
    private static final int MAX_PRECISION = 38;
    private static final int MAX_SCALE = 37;
    /** PostgreSQL leaves shorter values in their row (the size of a TOAST pointer). */
    private static final int SMALLEST_TOASTED_BITS = 18 * 8;

    private TypeRules() {}

    static Stream<Finding> findings(Facts facts) {
        return Stream.of(
                        facts.connector().stream().flatMap(connector -> modes(facts, connector)),
                        unchanged(facts),
                        absent(facts),
                        Columns.refused(
                                facts,
                                Rule.COLUMN_REFUSED,
                                column -> column.type().isOne("sparsevec"),
                                ""),
                        bits(facts),
                        textArrays(facts),
                        Columns.byTable(
                                facts,
                                Rule.ARRAY_OF_ARRAYS,
                                column -> column.type().dimensions() > 1,
                                ""),
                        Columns.byTable(
                                facts, Rule.NAME_COLUMN, column -> column.type().isOne("name"), ""),
                        generated(facts),
                        Columns.byTable(
                                facts,
                                Rule.TIMETZ_COLUMN,
                                column -> column.type().isOne("timetz"),
                                ""))
                .flatMap(findings -> findings);
    }

    static Stream<Finding> modes(Facts facts, Connector connector) {
        return Stream.of(
                        decimals(facts, connector),
                        intervals(facts, connector),
                        times(facts, connector),
                        binaries(facts, connector))
                .flatMap(findings -> findings);
    }

    /** A column of one of these types, or an array of them. */
    private static Predicate<Column> of(String... types) {
        Set<String> names = Set.of(types);
        return column -> column.type().kind() == TypeKind.BASE
                && names.contains(column.type().name());
    }

    static Stream<Finding> decimals(Facts facts, Connector connector) {
        String shown = connector.shown("decimal.handling.mode");
        Predicate<Column> decimal = of("numeric", "money");
        return switch (connector.setting("decimal.handling.mode")) {
            case "double" -> Columns.setting(facts, connector, Rule.DECIMAL_AS_DOUBLE, shown, decimal);
            case "string" ->
                some(facts, decimal)
                        ? Columns.setting(facts, connector, Rule.DECIMAL_AS_TEXT, shown, decimal)
                        : Stream.empty();
            default ->
                Stream.concat(
                        tooWide(facts),
                        some(facts, of("numeric"))
                                ? Columns.setting(facts, connector, Rule.NAN_BECOMES_NULL, shown, of("numeric"))
                                : Stream.empty());
        };
    }

    private static boolean some(Facts facts, Predicate<Column> concerned) {
        return facts.tables().stream()
                .flatMap(table -> table.columns().stream())
                .anyMatch(concerned);
    }

    private static Stream<Finding> tooWide(Facts facts) {
        Stream<Finding> findings =
                Columns.refused(facts, Rule.DECIMAL_TOO_WIDE, (table, column) -> isTooWide(facts, table, column), "");
        return facts.readsDeclarations()
                ? findings.map(finding -> finding.setting("decimal.handling.mode=string in the connector, and"
                        + " source.connector.decimal-handling-mode: string"))
                : findings;
    }

    /** As text a column holds any number; an array's elements have no such setting, and no declaration can name such a type. */
    private static boolean isTooWide(Facts facts, Table table, Column column) {
        boolean isText = !column.type().isArray()
                && !facts.readsDeclarations()
                && facts.choice(table, column.name()).equals(Optional.of(Choice.TEXT));
        return of("numeric").test(column) && !isText && isTooWide(column.type());
    }

    private static boolean isTooWide(Type type) {
        return type.precision().map(precision -> precision > MAX_PRECISION).orElse(false)
                || type.scale() > MAX_SCALE
                || type.scale() < 0;
    }

    static Stream<Finding> intervals(Facts facts, Connector connector) {
        return connector.is("interval.handling.mode", "string")
                ? Stream.empty()
                : Columns.refusedBySetting(
                        facts,
                        connector,
                        Rule.INTERVAL_AS_NUMBER,
                        connector.shown("interval.handling.mode"),
                        of("interval"));
    }

    static Stream<Finding> times(Facts facts, Connector connector) {
        String shown = connector.shown("time.precision.mode");
        return switch (connector.setting("time.precision.mode")) {
            case "connect", "structured" ->
                Columns.refusedBySetting(
                        facts, connector, Rule.TIME_MODE_REFUSED, shown, of("date", "time", "timestamp"));
            case "nanoseconds" -> Columns.setting(facts, connector, Rule.TIME_AS_NANOS, shown, of("timestamp"));
            case "isostring" -> Columns.setting(facts, connector, Rule.TIME_AS_TEXT, shown, of("time"));
            default -> Stream.empty();
        };
    }

    static Stream<Finding> binaries(Facts facts, Connector connector) {
        return connector.is("binary.handling.mode", "bytes", "") || !some(facts, of("bytea"))
                ? Stream.empty()
                : Columns.setting(
                        facts, connector, Rule.BINARY_AS_TEXT, connector.shown("binary.handling.mode"), of("bytea"));
    }

    /** The modes that decide what a type becomes; a connector that is not known has the right ones. */
    private record Modes(String decimal, String binary, String time, boolean since37) {
        static Modes of(Facts facts) {
            return new Modes(
                    facts.connector()
                            .map(c -> c.setting("decimal.handling.mode"))
                            .orElse("precise"),
                    facts.connector()
                            .map(c -> c.setting("binary.handling.mode"))
                            .orElse("bytes"),
                    facts.connector().map(c -> c.setting("time.precision.mode")).orElse("microseconds"),
                    isSince37(facts));
        }

        boolean binaryAsIs() {
            return binary.isEmpty() || binary.equals("bytes");
        }
    }

    static Stream<Finding> unchanged(Facts facts) {
        Modes modes = Modes.of(facts);
        boolean stops = facts.connector()
                .map(c -> c.is("event.converting.failure.handling.mode", "fail"))
                .orElse(false);
        return facts.tables().stream()
                .filter(table -> table.replicaIdentity() != ReplicaIdentity.FULL)
                .flatMap(table -> Stream.concat(
                                leftOut(table, modes, stops, column -> !isBelieved(column.type(), modes)),
                                leftOut(table, modes, stops, column -> isBelieved(column.type(), modes))
                                        .map(finding -> finding.as(Severity.BENDS_VALUES)))
                        .map(finding -> stops ? finding.as(Severity.RISK) : finding));
    }

    private static Stream<Finding> leftOut(Table table, Modes modes, boolean stops, Predicate<Column> concerned) {
        return Columns.in(
                        table,
                        Rule.UNCHANGED_ARRIVES_AS_NULL,
                        concerned.and(column -> column.toastable()
                                && isSent(column.type(), modes.since37())
                                && !hasPlaceholder(column.type(), modes)),
                        "; REPLICA IDENTITY " + table.replicaIdentity()
                                + (stops ? "; the connector stops rather than write NULL" : ""))
                .map(finding -> finding.setting("ALTER TABLE %s REPLICA IDENTITY FULL".formatted(quoted(table))));
    }

    /** Whether the job takes NULL for NULL: nothing tells a bytea in base64 from a text, nor a numeric that came as a double from one. */
    private static boolean isBelieved(Type type, Modes modes) {
        return type.isOne("bytea", "bit", "varbit")
                || type.isOne("numeric") && modes.decimal().equals("double");
    }

    /** Whether Debezium has something to say that a value was left out, and the column's schema takes it. */
    private static boolean hasPlaceholder(Type type, Modes modes) {
        if (type.kind() != TypeKind.BASE) {
            return !type.isArray();
        }
        if (type.isArray()) {
            return switch (type.name()) {
                case "bytea" -> modes.binaryAsIs();
                case "date" -> !Set.of("connect", "isostring", "structured").contains(modes.time());
                default -> ARRAYS_WITH_PLACEHOLDER.contains(type.name());
            };
        }
        return switch (type.name()) {
            case "numeric" ->
                modes.decimal().equals("string") || type.precision().isPresent();
            case "bytea" -> modes.binaryAsIs() || modes.binary().equals("hex");
            case "bit", "varbit" -> type.bits().orElse(Integer.MAX_VALUE) < SMALLEST_TOASTED_BITS;
            default -> !WITHOUT_PLACEHOLDER.contains(type.name());
        };
    }

    static boolean isSince37(Facts facts) {
        return facts.connector().map(c -> !c.isBefore(3, 7)).orElse(true);
    }

    static Stream<Finding> absent(Facts facts) {
        boolean since37 = isSince37(facts);
        boolean opaque = facts.connector()
                .map(connector -> connector.is("include.unknown.datatypes", "true"))
                .orElse(false);
        Stream<Finding> findings = Columns.byTable(
                facts,
                Rule.COLUMN_ABSENT,
                column -> !isSent(column.type(), since37),
                opaque ? "; include.unknown.datatypes=true: bytes of no documented form at best" : "");
        return opaque ? findings.map(finding -> finding.as(Severity.RISK)) : findings;
    }

    static boolean isSent(Type type, boolean since37) {
        return switch (type.kind()) {
            case ENUM -> true;
            case RANGE -> RANGES.contains(type.name());
            case COMPOSITE, MULTIRANGE, DOMAIN -> false;
            case BASE ->
                SENT.contains(type.name()) && !(type.isArray() && NOT_SENT_IN_ARRAYS.contains(type.name()))
                        || since37 && SENT_SINCE_3_7.contains(type.name());
        };
    }

    /** One bit is a boolean; of a {@code bit varying(1)} since Debezium 3.6. A declaration says of which type the bits are. */
    static Stream<Finding> bits(Facts facts) {
        boolean since36 = facts.connector().map(c -> !c.isBefore(3, 6)).orElse(true);
        Stream<Finding> varying = Columns.refused(
                facts,
                Rule.BIT_VARYING,
                column -> column.type().isOne("varbit")
                        && !(since36 && column.type().bits().equals(Optional.of(1))),
                "");
        Stream<Finding> fixed = facts.connector().stream()
                .filter(connector -> !facts.readsDeclarations())
                .flatMap(connector -> Columns.refused(
                        facts,
                        Rule.BIT_WITHOUT_TYPE,
                        (table, column) -> column.type().isOne("bit")
                                && column.type().bits().orElse(1) > 1
                                && !travels(connector, facts.catalog(), table.name() + "." + column.name()),
                        propagated(connector)));
        return Stream.concat(varying, fixed);
    }

    private static String propagated(Connector connector) {
        return "; column.propagate.source.type does not name "
                + (connector.isSet("column.propagate.source.type") ? "all of them" : "any");
    }

    /** The job takes such an array for one of those types whose left-out values are NULL, unless the record says of which type it is. */
    static Stream<Finding> textArrays(Facts facts) {
        return facts.connector().stream().flatMap(connector -> facts.tables().stream()
                .filter(table -> table.replicaIdentity() != ReplicaIdentity.FULL)
                .flatMap(table -> Columns.in(
                                table,
                                Rule.TEXT_ARRAY_WITHOUT_TYPE,
                                column -> column.type().isArray()
                                        && column.toastable()
                                        && TEXTS.contains(column.type().name())
                                        && (facts.readsDeclarations()
                                                || !travels(
                                                        connector,
                                                        facts.catalog(),
                                                        table.name() + "." + column.name())),
                                facts.readsDeclarations() ? "; JSON without schema" : propagated(connector))
                        .map(finding -> facts.readsDeclarations()
                                ? finding.setting("ALTER TABLE %s REPLICA IDENTITY FULL".formatted(quoted(table)))
                                : finding)));
    }

    /** Whether the column's own type and name stand in its schema's parameters. */
    static boolean travels(Connector connector, Optional<Catalog> catalog, String column) {
        String list = connector.setting("column.propagate.source.type");
        return !list.isEmpty()
                && (Connector.matches(list, column)
                        || catalog.map(one -> Connector.matches(list, one.database() + "." + column))
                                .orElse(false));
    }

    static Stream<Finding> generated(Facts facts) {
        boolean published =
                facts.publication().map(Publication::generatedColumns).orElse(false);
        return published ? Stream.empty() : Columns.byTable(facts, Rule.GENERATED_COLUMN, Column::generated, "");
    }

    static String quoted(Table table) {
        return quoted(table.name().schema()) + "." + quoted(table.name().table());
    }

    private static String quoted(String name) {
        return name.matches("[a-z_][a-z0-9_]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
    }
}
