package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Result.ResultColumn;
import io.spindrift.local.snowflake.Token.Kind;
import io.spindrift.local.snowflake.Transaction.Access;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * COPY INTO a table from staged CSV files, plain or through a SELECT of casts. All files in one transaction, and in one statement
 * unless a file's name or row numbers are asked for: all of them or none. Files already loaded, by name and content, are skipped unless FORCE = TRUE; that history is written in the same transaction.
 */
final class CopyInto {
    private static final Map<String, Set<String>> ALLOWED = Map.of(
            "FILES", Set.of(),
            "PATTERN", Set.of(),
            "FILE_FORMAT", Set.of(),
            "ON_ERROR", Set.of("ABORT_STATEMENT"),
            "FORCE", Set.of("TRUE", "FALSE"),
            "PURGE", Set.of("FALSE"),
            "RETURN_FAILED_ONLY", Set.of("FALSE"),
            "ENFORCE_LENGTH", Set.of("TRUE"),
            "TRUNCATECOLUMNS", Set.of("FALSE"));
    private static final List<ResultColumn> COLUMNS = List.of(
            ResultColumn.text("file"),
            ResultColumn.text("status"),
            ResultColumn.number("rows_parsed"),
            ResultColumn.number("rows_loaded"),
            ResultColumn.number("error_limit"),
            ResultColumn.number("errors_seen"),
            ResultColumn.text("first_error"),
            ResultColumn.number("first_error_line"),
            ResultColumn.number("first_error_character"),
            ResultColumn.text("first_error_column_name"));

    private final Stages stages;
    private final Engine engine;

    CopyInto(Stages stages, Engine engine) {
        this.stages = stages;
        this.engine = engine;
    }

    /** What fills one column: DuckDB's expression over a row's fields, before the column's own rules, and the first field in it, if any. */
    record Item(Column column, Storing.Value value, Optional<String> field) {
        String expression() {
            return Storing.value(value, column);
        }
    }

    /** A parsed COPY. */
    record Copy(
            Table table,
            List<Item> items,
            FileFields fields,
            Stages.Location location,
            Options options,
            CsvFormat format) {
        boolean forced() {
            return options.upper("FORCE", "FALSE").equals("TRUE");
        }

        List<Column> columns() {
            return items.stream().map(Item::column).toList();
        }
    }

    Result run(Request request) {
        Copy copy = parse(request);
        List<Path> files = files(copy);
        Queries.implicitBegin(request);
        Transaction transaction = request.transaction();
        List<List<@Nullable String>> rows = transaction.run(Access.WRITE, connection -> load(connection, copy, files));
        if (rows.isEmpty()) {
            return Result.done(Result.COPY, "Copy executed with 0 files processed.");
        }
        return new Result.Rows(Result.COPY, COLUMNS, rows);
    }

    private Copy parse(Request request) {
        Tokens in = request.tokens();
        in.expect("COPY", "INTO");
        if (in.peek().kind() == Kind.STAGE) {
            throw SnowflakeError.unsupported(in.sql());
        }
        Table table = request.catalog().require(request.object());
        List<Column> columns = Dml.columnList(in, table);
        in.expect("FROM");
        List<Item> items = new ArrayList<>();
        Stages.Location location;
        FileFields fields = new FileFields();
        if (in.acceptSymbol("(")) {
            in.expect("SELECT");
            items.addAll(transformation(request, columns, fields));
            in.expect("FROM");
            location = stages.location(request);
            if (in.accept("AS") || in.peek().isName()) {
                in.identifier();
            }
            in.expectSymbol(")");
        } else {
            location = stages.location(request);
            for (Column column : columns) {
                String field = fields.field(items.size() + 1);
                items.add(new Item(column, Rewriter.field(field), Optional.of(field)));
            }
        }
        Options options = Options.parse(in);
        options.requireOnly(ALLOWED);
        return new Copy(table, items, fields, location, options, format(request, options));
    }

    private static List<Item> transformation(Request request, List<Column> columns, FileFields fields) {
        Tokens in = request.tokens();
        Rewriter rewriter = request.rewriter().overStagedFile(fields::of);
        List<Item> items = new ArrayList<>();
        do {
            if (items.size() == columns.size()) {
                throw SnowflakeError.compilation(
                        "002020", "21S01", "COPY selects more than its " + columns.size() + " columns.");
            }
            Column column = columns.get(items.size());
            fields.startItem();
            Storing.Value value = rewriter.expressionOf("FROM");
            items.add(new Item(column, value, fields.firstOfItem()));
        } while (in.acceptSymbol(","));
        if (items.size() != columns.size()) {
            throw SnowflakeError.compilation(
                    "002020", "21S01", "COPY names " + columns.size() + " columns and selects " + items.size() + ".");
        }
        return items;
    }

    /** {@code $n} → {@code cn}; METADATA columns. Counts how many fields a file must have. */
    static final class FileFields {
        private int count;
        private boolean perFile;
        private @Nullable String first;

        Optional<String> of(Token token) {
            if (token.kind() == Kind.POSITION) {
                return Optional.of(field(Integer.parseInt(token.text())));
            }
            Optional<String> metadata =
                    switch (token.upper()) {
                        case "METADATA$FILENAME" -> Optional.of("file_name");
                        case "METADATA$FILE_ROW_NUMBER" -> Optional.of("file_row_number");
                        default -> Optional.empty();
                    };
            perFile |= metadata.isPresent();
            return metadata;
        }

        /** Whether a row's value depends on its file and its place in it. */
        boolean perFile() {
            return perFile;
        }

        String field(int number) {
            count = Math.max(count, number);
            if (first == null) {
                first = "c" + number;
            }
            return "c" + number;
        }

        void startItem() {
            first = null;
        }

        Optional<String> firstOfItem() {
            return Optional.ofNullable(first);
        }

        int count() {
            return Math.max(1, count);
        }
    }

    private static CsvFormat format(Request request, Options options) {
        Options inline = options.nested("FILE_FORMAT").orElse(new Options(Map.of()));
        Optional<String> named = inline.text("FORMAT_NAME").or(() -> options.text("FILE_FORMAT"));
        if (named.isEmpty()) {
            return CsvFormat.of(inline);
        }
        QualifiedName name = request.names().resolve(new Tokens(named.get()).name());
        String text = request.catalog()
                .options(ObjectKind.FILE_FORMAT, name)
                .orElseThrow(() -> SnowflakeError.missing("File format", name.display()));
        return CsvFormat.of(Options.parse(new Tokens(text)));
    }

    private static List<Path> files(Copy copy) {
        Optional<List<String>> listed = copy.options().texts("FILES");
        if (listed.isEmpty()) {
            Optional<String> pattern = copy.options().text("PATTERN");
            return copy.location().files().stream()
                    .filter(file ->
                            pattern.isEmpty() || copy.location().relative(file).matches(pattern.get()))
                    .toList();
        }
        List<Path> files = new ArrayList<>();
        for (String name : listed.get()) {
            Path file = copy.location().file(name);
            if (!Files.isRegularFile(file)) {
                throw new SnowflakeError(
                        "091016", "02000", "Remote file '" + copy.location().relative(file) + "' was not found.");
            }
            files.add(file);
        }
        return files;
    }

    /** A file to load, by its name in the load history. */
    private record StagedFile(Path path, String name, String md5) {}

    private List<List<@Nullable String>> load(Connection connection, Copy copy, List<Path> files) throws SQLException {
        List<StagedFile> staged = new ArrayList<>();
        for (Path file : files) {
            String name =
                    copy.location().stage().display() + "/" + copy.location().relative(file);
            String md5 = Stages.md5(file);
            if (copy.forced() || !loaded(connection, copy.table(), name, md5)) {
                staged.add(new StagedFile(file, name, md5));
            }
        }
        List<Long> counts = loadFiles(
                connection, copy, staged.stream().map(StagedFile::path).toList());
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
            remember(connection, copy.table().name(), staged.get(i), counts.get(i));
            rows.add(loadedRow(copy.location().relative(staged.get(i).path()), counts.get(i)));
        }
        return rows;
    }

    private static void remember(Connection connection, QualifiedName table, StagedFile file, long count)
            throws SQLException {
        Catalog.execute(
                connection,
                "INSERT INTO _LOCAL.loads VALUES (?, ?, ?, ?, ?, ?, ?, now())",
                table.database(),
                table.schema(),
                table.name(),
                table.session(),
                file.name(),
                file.md5(),
                count);
    }

    /** The rows loaded of each file. */
    private List<Long> loadFiles(Connection connection, Copy copy, List<Path> files) throws SQLException {
        List<CsvScan> scans = files.stream().map(copy.format()::scan).toList();
        if (!copy.fields().perFile()
                && scans.stream().map(CsvScan::codec).distinct().count() == 1) {
            return loadTogether(connection, copy, scans);
        }
        List<Long> counts = new ArrayList<>();
        for (CsvScan scan : scans) {
            counts.add(insert(connection, copy, List.of(scan), numbered(copy, scan)));
        }
        return counts;
    }

    /** One statement for all files: DuckDB then plans once. Should it see other rows than the scans did, it counts them itself. */
    private List<Long> loadTogether(Connection connection, Copy copy, List<CsvScan> scans) throws SQLException {
        long total = insert(connection, copy, scans, rows(copy, scans));
        List<Long> counts = scans.stream().map(CsvScan::rows).toList();
        if (counts.stream().mapToLong(Long::longValue).sum() == total) {
            return counts;
        }
        List<Long> counted = new ArrayList<>();
        for (CsvScan scan : scans) {
            String sql = "SELECT count(*) FROM " + rows(copy, List.of(scan));
            counted.add(Long.valueOf(
                    String.valueOf(Catalog.rows(connection, sql).get(0).get(0))));
        }
        return counted;
    }

    private static String rows(Copy copy, List<CsvScan> scans) {
        return copy.format().rows(scans, copy.fields().count());
    }

    private static boolean loaded(Connection connection, Table table, String file, String md5) throws SQLException {
        String sql = "SELECT 1 FROM _LOCAL.loads WHERE " + Catalog.where(table.name()) + " AND file = "
                + QualifiedName.literal(file) + " AND md5 = '" + md5 + "'";
        return !Catalog.rows(connection, sql).isEmpty();
    }

    private long insert(Connection connection, Copy copy, List<CsvScan> scans, String source) throws SQLException {
        List<String> names =
                copy.columns().stream().map(c -> QualifiedName.quote(c.name())).toList();
        // Two levels, as macros repeat their argument: one inside the other would repeat it by the square.
        List<String> values = new ArrayList<>();
        List<String> stored = new ArrayList<>();
        for (Item item : copy.items()) {
            String name = "v" + values.size();
            values.add(item.value().sql() + " AS " + name);
            stored.add(Storing.value(new Storing.Value(name, item.value().type()), item.column()));
        }
        String sql = "INSERT INTO " + copy.table().name().duck() + " (" + String.join(", ", names) + ") SELECT "
                + String.join(", ", stored) + " FROM (SELECT " + String.join(", ", values) + " FROM " + source + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw CopyFailure.explain(copy, scans, e, engine);
        }
    }

    /** The rows of a file, numbered, with the file's name. */
    static String numbered(Copy copy, CsvScan scan) {
        return "(SELECT *, row_number() OVER () AS file_row_number, "
                + QualifiedName.literal(copy.location().relative(scan.file())) + " AS file_name FROM "
                + rows(copy, List.of(scan)) + ")";
    }

    private static List<@Nullable String> loadedRow(String file, long count) {
        List<@Nullable String> row = new ArrayList<>();
        row.add(file);
        row.add("LOADED");
        row.add(String.valueOf(count));
        row.add(String.valueOf(count));
        row.add("1");
        row.add("0");
        for (int i = 0; i < 4; i++) {
            row.add(null);
        }
        return row;
    }
}
