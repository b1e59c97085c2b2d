package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.OutsideRows.Part;
import io.spindrift.local.snowflake.OutsideRows.Place;
import io.spindrift.local.snowflake.OutsideRows.Rejected;
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
import java.util.function.Consumer;
import java.util.function.Function;
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
            ON_ERROR ABORT_STATEMENT CONTINUE SKIP_FILE
            FORCE TRUE FALSE
            PURGE FALSE""");
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

    /** {@code $n} and METADATA columns → those of {@link OutsideRows}. Counts how many fields a file must have. */
    private static final class FileFields {
        private int count = 1;
        private @Nullable String first;

        private Optional<String> of(Token token) {
            if (token.kind() == Kind.POSITION) {
                return Optional.of(field(Integer.parseInt(token.text())));
            }
            String word = token.upper();
            if (!word.startsWith("METADATA$")) {
                return Optional.empty();
            }
            return Optional.of(
                    switch (word) {
                        case "METADATA$FILENAME" -> "file";
                        case "METADATA$FILE_ROW_NUMBER" -> "row";
                        default -> throw SnowflakeError.unsupported(word);
                    });
        }

        private String field(int number) {
            count = Math.max(count, number);
            first = first == null ? "c" + number : first;
            return "c" + number;
        }
    }

    /** A parsed COPY of files with so many fields. A plain one says how many each row must have; with a SELECT it is 0, for any number. */
    record Copy(
            Request request,
            Table table,
            List<Item> items,
            int fields,
            int mustHave,
            Stages.Location location,
            Options options,
            FileFormat format) {
        String onError() {
            return options.upper("ON_ERROR", "ABORT_STATEMENT");
        }

        OutsideRows rows(List<StagedFile> files, Set<Place> left, Consumer<Rejected> unreadable) {
            List<Part> parts = files.stream()
                    .map(file -> new Part(file.relative(), () -> format.read(file.path(), fields, mustHave)))
                    .toList();
            return new OutsideRows(fields, parts, left, unreadable);
        }
    }

    Result run(Request request) {
        Copy copy = parse(request);
        List<Path> files = files(copy);
        Queries.implicitBegin(request);
        List<List<@Nullable String>> rows = request.transaction().run(Access.WRITE, connection -> {
            List<Loaded> loaded = load(connection, copy, files);
            loaded.forEach(
                    each -> request.session().loaded(each.file().path().toFile().length()));
            boolean all = copy.onError().equals("CONTINUE");
            return loaded.stream().map(file -> file.row(all)).toList();
        });
        return rows.isEmpty()
                ? Result.done(Result.COPY, "Copy executed with 0 files processed.")
                : new Result.Rows(Result.COPY, COLUMNS, rows);
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
        List<Item> items = selects ? transformation(request, columns, fields) : plain(columns, fields);
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
        int mustHave = selects ? 0 : columns.size();
        return new Copy(request, table, items, fields.count, mustHave, location, options, format);
    }

    private static List<Item> plain(List<Column> columns, FileFields fields) {
        List<Item> items = new ArrayList<>();
        for (Column column : columns) {
            String field = fields.field(items.size() + 1);
            items.add(new Item(column, Rewriter.field(field), Optional.of(field)));
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
        Dml.requireAsMany(columns, items.size());
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
                String message = "Remote file '" + location.relative(file) + "' was not found.";
                throw new SnowflakeError("091016", "02000", message);
            }
        }
        return files;
    }

    /** What became of a file. */
    private record Loaded(StagedFile file, long parsed, long rows, List<Rejected> errors) {
        private List<@Nullable String> row(boolean unlimited) {
            String loaded = errors.isEmpty() ? "LOADED" : rows > 0 ? "PARTIALLY_LOADED" : "LOAD_FAILED";
            long limit = unlimited ? parsed : 1;
            List<@Nullable String> row = new ArrayList<>(List.of(file.relative(), loaded));
            for (long number : new long[] {parsed, rows, limit, errors.size()}) {
                row.add(String.valueOf(number));
            }
            if (errors.isEmpty()) {
                row.addAll(Arrays.asList(null, null, null, null));
            } else {
                Rejected first = errors.get(0);
                row.addAll(
                        Arrays.asList(first.error().getMessage(), String.valueOf(first.line()), null, first.column()));
            }
            return row;
        }
    }

    private List<Loaded> load(Connection connection, Copy copy, List<Path> files) throws SQLException {
        boolean force = copy.options().upper("FORCE", "FALSE").equals("TRUE");
        List<StagedFile> staged = new ArrayList<>();
        for (Path path : files) {
            StagedFile file = new StagedFile(path, copy.location().relative(path), Stages.md5(path));
            if (force || !known(connection, copy, file)) {
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
        boolean aborts = copy.onError().equals("ABORT_STATEMENT");
        List<Rejected> found = aborts ? List.of() : RejectedRows.find(copy, files, engine, Integer.MAX_VALUE);
        boolean skips = copy.onError().equals("SKIP_FILE");
        Set<Place> left = new HashSet<>();
        found.forEach(each -> left.add(skips ? new Place(each.place().part(), 0) : each.place()));
        List<Loaded> loaded = new ArrayList<>();
        try (OutsideRows rows = copy.rows(files, left, Rejected::fail)) {
            long total = insert(connection, copy, files, rows);
            for (int i = 1; i <= files.size(); i++) {
                int part = i;
                List<Rejected> errors = found.stream()
                        .filter(each -> each.place().part() == part)
                        .toList();
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
        String sql = insert(copy.table(), copy.items(), rows.sql());
        try (PreparedStatement statement = copy.request().transaction().running(connection.prepareStatement(sql))) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            SnowflakeError error = DuckDbErrors.translate(e);
            boolean canceled = error.code().equals(SnowflakeError.canceled().code());
            List<Rejected> found = canceled ? List.of() : RejectedRows.find(copy, files, engine, 1);
            throw found.isEmpty() ? error : found.get(0).located();
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
        Object[] file = {historyName(copy, loaded.file()), loaded.file().md5(), loaded.rows()};
        Object[] row = {table.database(), table.schema(), table.name(), table.session(), file[0], file[1], file[2]};
        Catalog.execute(connection, "INSERT INTO _LOCAL.loads VALUES (?, ?, ?, ?, ?, ?, ?, now())", row);
    }
}
