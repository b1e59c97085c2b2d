package io.spindrift.cli;

import io.spindrift.jobs.config.ConfigException;
import io.spindrift.jobs.config.PipelineFile;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** SQL through the Snowflake driver, against the local stand-in or an account. */
@Command(
        name = "sql",
        description = "Run SQL through the Snowflake driver.",
        mixinStandardHelpOptions = true,
        footer = {"", "Without --endpoints and --config: the spindrift local that started last on this machine."})
final class SqlCommand implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @ArgGroup
    Target target = new Target();

    static final class Target {
        @Option(names = "--endpoints", paramLabel = "FILE", description = "A file written by spindrift local.")
        @Nullable
        Path endpoints;

        @Option(names = "--config", paramLabel = "FILE", description = "A pipeline file.")
        @Nullable
        Path config;
    }

    @Option(
            names = "--format",
            defaultValue = "table",
            description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
    ResultPrinter.Format format = ResultPrinter.Format.TABLE;

    @Parameters(paramLabel = "SQL", description = "One statement.")
    String sql = "";

    @Override
    public Integer call() throws Exception {
        CommandSpec command = java.util.Objects.requireNonNull(spec);
        WarehouseOptions options;
        try {
            options = options();
        } catch (IOException e) {
            throw new ParameterException(command.commandLine(), "cannot read the endpoints: " + e, e);
        }
        try (Connection connection = options.connect();
                Statement statement = connection.createStatement()) {
            return run(statement, command.commandLine().getOut());
        } catch (SQLException e) {
            command.commandLine()
                    .getErr()
                    .printf("%s (SQL state %s, code %d)%n", e.getMessage(), e.getSQLState(), e.getErrorCode());
            return 1;
        }
    }

    private int run(Statement statement, PrintWriter out) throws SQLException {
        if (statement.execute(sql)) {
            try (ResultSet rows = statement.getResultSet()) {
                ResultPrinter.print(rows, format, out);
            }
        } else {
            out.printf("%d rows affected%n", statement.getUpdateCount());
        }
        out.flush();
        return 0;
    }

    private WarehouseOptions options() throws ConfigException, IOException {
        Path config = target.config;
        if (config != null) {
            return PipelineFile.read(config, List.of(), System::getenv).sink();
        }
        Path file = target.endpoints == null ? LocalCommand.lastEndpoints() : target.endpoints;
        return Endpoints.read(file).warehouse();
    }
}
