package io.spindrift.cli;

import io.spindrift.cli.connector.ConnectorProblems;
import io.spindrift.jobs.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;

/** {@code bin/spindrift}. Exit codes: 0 done, 1 failed, 2 the command line or the configuration has problems. */
@Command(
        name = "spindrift",
        description = "PostgreSQL changes, exactly once, in Snowflake.",
        subcommands = {
            LocalCommand.class,
            RunCommand.class,
            SqlCommand.class,
            CheckCommand.class,
            TablesCommand.class,
            ConnectorCommand.class,
            HealthCommand.class,
            AcceptCommand.class,
            DeadLettersCommand.class,
            StoppedTablesCommand.class,
            SweepCommand.class,
            ClusterCommand.class,
            UpgradeCommand.class,
            UpgradeCommand.Rescale.class,
            UpgradeCommand.Rollback.class,
            SnowflakeCommand.class,
            ChaosCommand.class
        },
        mixinStandardHelpOptions = true,
        version = "spindrift 0.1.0-SNAPSHOT")
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        IExecutionExceptionHandler failure = (exception, command, parsed) -> {
            if (exception instanceof ConfigException || exception instanceof ConnectorProblems) {
                command.getErr().println(exception.getMessage());
                return 2;
            }
            command.getErr().println("spindrift: " + reason(exception));
            return 1;
        };
        return new CommandLine(new Main())
                .setExecutionExceptionHandler(failure)
                .registerConverter(java.time.Duration.class, Durations::parse)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    private static String reason(Throwable failure) {
        StringBuilder reason = new StringBuilder(String.valueOf(failure.getMessage()));
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (message != null && reason.indexOf(message) < 0) {
                reason.append("\n  because: ").append(message);
            }
        }
        return reason.toString();
    }
}
