package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.OutsideRows.Failure;
import io.spindrift.local.snowflake.OutsideRows.Place;
import io.spindrift.local.snowflake.OutsideRows.Problems;
import io.spindrift.local.snowflake.RejectedRows.Rejected;
import io.spindrift.local.snowflake.Result.ResultColumn;
import io.spindrift.local.snowflake.Token.Kind;
import io.spindrift.local.snowflake.Transaction.Access;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * COPY INTO a table from staged files, plain or through a SELECT. All files are loaded in one statement of one transaction: all rows
 * that ON_ERROR does not let go, or none. Files already loaded, by name and content, are skipped unless FORCE = TRUE; that history
 * is written in the same transaction.
 */
final class CopyInto {
    private static final int MOST_FILES = 1000;
    private static final Map<String, Set<String>> ALLOWED = FileFormat.options("""
            FILES
            PATTERN
            FILE_FORMAT
            ON_ERROR
            FORCE TRUE FALSE
            PURGE TRUE FALSE
            RETURN_FAILED_ONLY TRUE FALSE
            ENFORCE_LENGTH TRUE
            TRUNCATECOLUMNS FALSE
            MATCH_BY_COLUMN_NAME NONE""");
    private static final List<ResultColumn> COLUMNS =
            ResultColumn.of("file status #rows_parsed #rows_loaded #error_limit"
                    + " #errors_seen first_error #first_error_line #first_error_character first_error_column_name");
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

    /** A file to load. */
    record StagedFile(Path path, String relative, String md5) {}

    /** What is known of a row's file, and how DuckDB gets it from the number of the file. */
    private enum Metadata {
        FILENAME,
        FILE_ROW_NUMBER,
        FILE_CONTENT_KEY,
        FILE_LAST_MODIFIED,
        START_SCAN_TIME;

        private static Optional<Metadata> of(String word) {
            return Arrays.stream(values())
                    .filter(metadata -> word.equals("METADATA$" + metadata))
                    .findFirst();
        }

        private String sql(List<StagedFile> files, Request request) {
            Function<StagedFile, String> value =
                    switch (this) {
                        case FILENAME -> file -> QualifiedName.literal(file.relative());
                        case FILE_CONTENT_KEY -> file -> QualifiedName.literal(file.md5());
                        case FILE_LAST_MODIFIED -> file -> "TIMESTAMP '" + Stages.modified(file.path()) + "'";
                        case START_SCAN_TIME ->
                            file -> "TIMESTAMPTZ '" + request.names().now() + "'";
                        case FILE_ROW_NUMBER -> file -> "row";
                    };
            String list = files.stream().map(value).collect(Collectors.joining(", ", "[", "][part]"));
            return (this == FILE_ROW_NUMBER ? "row" : list) + " AS " + name();
        }
    }

    /** {@code $n} → {@code cn}; METADATA columns. Counts how many fields a file must have. */
    private static final class FileFields {
        private final Set<Metadata> metadata = new TreeSet<>();
        private int count = 1;
        private @Nullable String first;

        private Optional<String> of(Token token) {
            if (token.kind() == Kind.POSITION) {
                return Optional.of(field(Integer.parseInt(token.text())));
            }
            Optional<Metadata> known = Metadata.of(token.upper());
            known.ifPresent(metadata::add);
            return known.map(Metadata::name);
        }

        private String field(int number) {
            count = Math.max(count, number);
            first = first == null ? "c" + number : first;
            return "c" + number;
        }
    }

    /** A parsed COPY. A plain one says how many fields each row must have; one with a SELECT takes any number. */
    record Copy(
            Request request,
            Table table,
            List<Item> items,
            FileFields fields,
            int mustHave,
            Stages.Location location,
            Options options,
            FileFormat format,
            OnError onError) {
        boolean says(String option) {
            return options.upper(option, "FALSE").equals("TRUE");
        }

        OutsideRows rows(List<StagedFile> files, Problems problems, Set<Place> left) {
            List<OutsideRows.Part> parts = new ArrayList<>();
            files.forEach(file -> parts.add(() -> format.read(file.path(), fields.count, mustHave)));
            return new OutsideRows(fields.count, parts, problems, left);
        }

        /** The rows as DuckDB reads them, with the metadata that is asked for. */
        String source(OutsideRows rows, List<StagedFile> files) {
            String star = format.type() == FileFormat.Type.JSON ? "* REPLACE (CAST(c1 AS JSON) AS c1)" : "*";
            return fields.metadata.stream()
                    .map(metadata -> ", " + metadata.sql(files, request))
                    .collect(Collectors.joining("", "(SELECT " + star, " FROM " + rows.sql() + ")"));
        }
    }

    /** What becomes of files with rows that fail: in the words of the option, and how many errors are one too many. */
    record OnError(String action, long limit) {
        private static final Pattern ACTION =
                Pattern.compile("(ABORT_STATEMENT|CONTINUE|SKIP_FILE)(?:(?<=SKIP_FILE)_(\\d+)(%?))?");

        static OnError of(String option) {
            Matcher action = ACTION.matcher(option);
            if (!action.matches()) {
                throw SnowflakeError.unsupported("the option ON_ERROR = " + option);
            }
            String limit = action.group(2);
            String percent = limit == null ? "" : action.group(3);
            return new OnError(action.group(1) + percent, limit == null ? 1 : Long.parseLong(limit));
        }

        boolean aborts() {
            return action.equals("ABORT_STATEMENT");
        }

        boolean skips(long errors, long rows) {
            return switch (action) {
                case "SKIP_FILE" -> errors > 0 && errors >= limit;
                case "SKIP_FILE%" -> errors * 100 > limit * rows;
                default -> false;
            };
        }

        long shown(long rows) {
            return switch (action) {
                case "CONTINUE" -> rows;
                case "SKIP_FILE%" -> limit * rows / 100;
                default -> limit;
            };
        }
    }

    Result run(Request request) {
        Copy copy = parse(request);
        List<Path> files = files(copy);
        Queries.implicitBegin(request);
        Transaction transaction = request.transaction();
        List<Loaded> loaded = transaction.run(Access.WRITE, connection -> load(connection, copy, files));
        if (loaded.isEmpty()) {
            return Result.done(Result.COPY, "Copy executed with 0 files processed.");
        }
        if (copy.says("PURGE")) {
            transaction.afterCommit(() -> loaded.stream()
                    .filter(file -> file.errors().isEmpty())
                    .forEach(file -> Stages.delete(file.file().path())));
        }
        return new Result.Rows(
                Result.COPY,
                COLUMNS,
                loaded.stream()
                        .filter(file -> !copy.says("RETURN_FAILED_ONLY")
                                || !file.errors().isEmpty())
                        .map(file -> file.row(copy))
                        .toList());
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
        FileFields fields = new FileFields();
        boolean selects = in.acceptSymbol("(");
        List<Item> items = selects ? transformation(request, columns, fields) : List.of();
        Stages.Location location = stages.location(request);
        if (selects) {
            if (in.accept("AS") || in.peek().isName()) {
                in.identifier();
            }
            in.expectSymbol(")");
        }
        Options options = Options.parse(in);
        options.requireOnly(ALLOWED);
        if (location.options().has("COPY_OPTIONS")) {
            throw SnowflakeError.unsupported("the COPY_OPTIONS of a stage");
        }
        FileFormat format = FileFormat.of(request, options, location.options());
        return new Copy(
                request,
                table,
                selects ? items : plain(columns, fields, format),
                fields,
                selects || format.type() == FileFormat.Type.JSON ? 0 : columns.size(),
                location,
                options,
                format,
                OnError.of(options.upper("ON_ERROR", "ABORT_STATEMENT")));
    }

    private static List<Item> plain(List<Column> columns, FileFields fields, FileFormat format) {
        boolean document = format.type() == FileFormat.Type.JSON;
        if (document && columns.size() > 1) {
            throw SnowflakeError.compilation(
                    "002044",
                    "22000",
                    "JSON file format can produce one and only one column of variant, object, or array type.");
        }
        List<Item> items = new ArrayList<>();
        for (Column column : columns) {
            String field = fields.field(items.size() + 1);
            Storing.Value value = document
                    ? Storing.Value.typed(field, SnowflakeType.of(SnowflakeType.Kind.VARIANT))
                    : Rewriter.field(field);
            items.add(new Item(column, value, Optional.of(field)));
        }
        return items;
    }

    private static List<Item> transformation(Request request, List<Column> columns, FileFields fields) {
        Tokens in = request.tokens();
        in.expect("SELECT");
        Rewriter rewriter = request.rewriter().overStagedFile(fields::of);
        List<Item> items = items(in, columns, column -> {
            fields.first = null;
            Storing.Value value = rewriter.expressionOf("FROM");
            return new Item(column, value, Optional.ofNullable(fields.first));
        });
        in.expect("FROM");
        return items;
    }

    /** A list of values, as many as there are columns. */
    static List<Item> items(Tokens in, List<Column> columns, Function<Column, Item> next) {
        List<Item> items = new ArrayList<>();
        do {
            items.add(next.apply(columns.get(Math.min(items.size(), columns.size() - 1))));
        } while (in.acceptSymbol(","));
        if (items.size() != columns.size()) {
            String counts = "expecting " + columns.size() + " but got " + items.size();
            throw SnowflakeError.compilation(
                    "002020", "21S01", "Insert value list does not match column list " + counts);
        }
        return items;
    }

    private static List<Path> files(Copy copy) {
        Stages.Location location = copy.location();
        Optional<List<String>> listed = copy.options().texts("FILES");
        if (listed.isEmpty()) {
            return location.files(copy.options().text("PATTERN"));
        }
        if (listed.get().size() > MOST_FILES) {
            throw SnowflakeError.unsupported("FILES of more than " + MOST_FILES + " names, as in Snowflake");
        }
        List<Path> files = listed.get().stream().map(location::file).toList();
        for (Path file : files) {
            if (!Files.isRegularFile(file)) {
                throw new SnowflakeError(
                        "091016", "02000", "Remote file '" + location.relative(file) + "' was not found.");
            }
        }
        return files;
    }

    /** What became of a file. */
    private record Loaded(StagedFile file, long parsed, long rows, List<Rejected> errors) {
        private List<@Nullable String> row(Copy copy) {
            @Nullable Rejected first = errors.isEmpty() ? null : errors.get(0);
            return Arrays.asList(
                    file.relative(),
                    first == null ? "LOADED" : rows > 0 ? "PARTIALLY_LOADED" : "LOAD_FAILED",
                    String.valueOf(parsed),
                    String.valueOf(rows),
                    String.valueOf(copy.onError().shown(parsed)),
                    String.valueOf(errors.size()),
                    first == null ? null : first.error().getMessage(),
                    first == null ? null : String.valueOf(first.line()),
                    null,
                    first == null ? null : first.column());
        }
    }

    private List<Loaded> load(Connection connection, Copy copy, List<Path> files) throws SQLException {
        List<StagedFile> staged = new ArrayList<>();
        for (Path path : files) {
            StagedFile file = new StagedFile(path, copy.location().relative(path), Stages.md5(path));
            if (copy.says("FORCE") || !known(connection, copy, file)) {
                staged.add(file);
            }
        }
        List<Loaded> loaded = staged.isEmpty() ? List.of() : loadAll(connection, copy, staged);
        for (Loaded file : loaded) {
            if (file.rows() > 0 || file.errors().isEmpty()) {
                remember(connection, copy, file);
            }
        }
        return loaded;
    }

    private List<Loaded> loadAll(Connection connection, Copy copy, List<StagedFile> files) throws SQLException {
        RejectedRows found =
                copy.onError().aborts() ? RejectedRows.NONE : RejectedRows.find(copy, files, engine, Integer.MAX_VALUE);
        Set<Place> left = new HashSet<>();
        for (int part = 1; part <= files.size(); part++) {
            List<Rejected> errors = found.of(part);
            errors.forEach(error -> left.add(error.place()));
            if (copy.onError().skips(errors.size(), found.parsed(part))) {
                left.add(new Place(part, 0));
            }
        }
        List<Loaded> loaded = new ArrayList<>();
        try (OutsideRows rows = copy.rows(files, Problems.FAIL, left)) {
            long total = insert(connection, copy, files, rows);
            for (int part = 1; part <= files.size(); part++) {
                List<Rejected> errors = found.of(part);
                long count = left.contains(new Place(part, 0)) ? 0 : rows.count(part) - errors.size();
                loaded.add(new Loaded(files.get(part - 1), rows.count(part), count, errors));
                total -= count;
            }
            if (total != 0) {
                throw new IllegalStateException("COPY stored " + total + " rows more than it read");
            }
        }
        return loaded;
    }

    private long insert(Connection connection, Copy copy, List<StagedFile> files, OutsideRows rows) {
        String sql = insert(copy.table(), copy.items(), copy.source(rows, files));
        try (PreparedStatement statement = copy.request().transaction().running(connection.prepareStatement(sql))) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            Failure failure = rows.failure();
            if (failure != null) {
                throw RejectedRows.located(failure, files);
            }
            SnowflakeError error = DuckDbErrors.translate(e);
            boolean canceled = error.code().equals(SnowflakeError.canceled().code());
            throw canceled
                    ? error
                    : RejectedRows.find(copy, files, engine, 1).first(files).orElse(error);
        }
    }

    /** Two levels, as macros repeat their argument: one inside the other would repeat it by the square. */
    static String insert(Table table, List<Item> items, String source) {
        List<String> names = new ArrayList<>();
        List<String> values = new ArrayList<>();
        List<String> stored = new ArrayList<>();
        for (Item item : items) {
            String name = "v" + values.size();
            names.add(QualifiedName.quote(item.column().name()));
            values.add(item.value().sql() + " AS " + name);
            stored.add(Storing.value(new Storing.Value(name, item.value().type()), item.column()));
        }
        return "INSERT INTO " + table.name().duck() + " (" + String.join(", ", names) + ") SELECT "
                + String.join(", ", stored) + " FROM (SELECT " + String.join(", ", values) + " FROM " + source + ")";
    }

    private static String historyName(Copy copy, StagedFile file) {
        return copy.location().name() + "/" + file.relative();
    }

    private static boolean known(Connection connection, Copy copy, StagedFile file) throws SQLException {
        String sql =
                "SELECT 1 FROM _LOCAL.loads WHERE " + Catalog.where(copy.table().name()) + " AND file = "
                        + QualifiedName.literal(historyName(copy, file)) + " AND md5 = '" + file.md5() + "'";
        return !Catalog.rows(connection, sql).isEmpty();
    }

    private static void remember(Connection connection, Copy copy, Loaded loaded) throws SQLException {
        QualifiedName table = copy.table().name();
        Catalog.execute(
                connection,
                "INSERT INTO _LOCAL.loads VALUES (?, ?, ?, ?, ?, ?, ?, now())",
                table.database(),
                table.schema(),
                table.name(),
                table.session(),
                historyName(copy, loaded.file()),
                loaded.file().md5(),
                loaded.rows());
    }
}
