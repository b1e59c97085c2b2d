package io.spindrift.cli;

import io.spindrift.cli.check.TablesSection;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The source's catalog → the section {@code tables} of a pipeline file. */
@Command(
        name = "tables",
        description =
                "Print the section 'tables' of a pipeline file, for topics of JSON without schema, from PostgreSQL's"
                        + " catalog.",
        mixinStandardHelpOptions = true,
        footer = {"", "User and password, where the URL has none: the environment variables PGUSER and PGPASSWORD."})
final class TablesCommand implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = "--source",
            required = true,
            paramLabel = "URL",
            description = "jdbc:postgresql://host:port/database")
    String source = "";

    @Option(
            names = "--schema",
            arity = "1..*",
            defaultValue = "public",
            description = "Schemas to print; default: ${DEFAULT-VALUE}.")
    List<String> schemas = List.of();

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        PrintWriter err = command.commandLine().getErr();
        if (!source.startsWith("jdbc:postgresql:")) {
            err.println("--source must begin with jdbc:postgresql:");
            return 2;
        }
        try (Connection connection = DriverManager.getConnection(source, credentials())) {
            Optional<String> section = TablesSection.of(connection, schemas);
            if (section.isEmpty()) {
                err.printf("no tables in %s that this user may see%n", schemas);
                return 1;
            }
            PrintWriter out = command.commandLine().getOut();
            out.print(section.get());
            out.flush();
            return 0;
        } catch (SQLException e) {
            // The driver's messages name host, database and user, and no password.
            err.printf("%s (SQL state %s)%n", e.getMessage(), e.getSQLState());
            return 1;
        }
    }

    /** Of whoever runs the command. */
    static Properties credentials() {
        Properties credentials = new Properties();
        String user = System.getenv("PGUSER");
        String password = System.getenv("PGPASSWORD");
        if (user != null) {
            credentials.setProperty("user", user);
        }
        if (password != null) {
            credentials.setProperty("password", password);
        }
        return credentials;
    }
}
