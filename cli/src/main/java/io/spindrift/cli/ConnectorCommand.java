package io.spindrift.cli;

import io.spindrift.cli.connector.ConnectApi;
import io.spindrift.cli.connector.ConnectorFile;
import io.spindrift.cli.connector.ConnectorRemoval;
import io.spindrift.cli.connector.ConnectorReport;
import io.spindrift.cli.connector.DeployedConnector;
import io.spindrift.cli.connector.DeployedConnector.Restart;
import io.spindrift.cli.connector.Patience;
import io.spindrift.cli.connector.SourceDatabase;
import io.spindrift.jobs.config.ConfigException;
import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineConfig.Upstream;
import io.spindrift.jobs.config.PipelineFile;
import io.spindrift.sinks.warehouse.Secret;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The Debezium connector before the topics, by Kafka Connect's REST API. */
@Command(
        name = "connector",
        description =
                "Deploy the Debezium connector, look at it, restart it, remove it with what it leaves in the source.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "source.connect.* and source.database.* in the pipeline file say where, unless --connect and --source do.",
            "User and password of --source, where the URL has none: the environment variables PGUSER and PGPASSWORD."
        })
final class ConnectorCommand {

    private static final String STANDARD_SLOT = "debezium";
    private static final String STANDARD_PUBLICATION = "dbz_publication";

    @Spec
    @Nullable
    CommandSpec spec;

    /** Which connector; picocli fills it in. */
    static final class Where {
        @Option(names = "--connect", paramLabel = "URL", description = "Kafka Connect's REST API.")
        @Nullable
        String connect;

        @Option(
                names = "--config",
                paramLabel = "FILE",
                description = "The pipeline file, where it says what is not given here.")
        @Nullable
        Path config;

        @Option(names = "--name", description = "The connector's. Default: the file's, or the only one there is.")
        @Nullable
        String name;

        @Option(
                names = "--timeout",
                defaultValue = "2m",
                description = "How long to wait for Connect to do it; default: ${DEFAULT-VALUE}.")
        Duration timeout = Duration.ofMinutes(2);
    }

    /** Its slot; picocli fills it in. */
    static final class Source {
        @Option(names = "--source", paramLabel = "URL", description = "jdbc:postgresql://host:port/database")
        @Nullable
        String url;

        @Option(names = "--slot", paramLabel = "NAME", description = "Default: slot.name of the connector.")
        @Nullable
        String slot;
    }

    @Command(
            name = "deploy",
            description =
                    "Create or change a connector, after Connect has found its settings good, and wait until it runs.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Secrets are not in the file: ${file:/path:key} and ${env:NAME} are resolved by Connect's workers.",
                "Exit code 1: it does not run; 2: its settings have problems, and nothing was changed."
            })
    int deploy(
            @Mixin Where where,
            @Option(
                            names = "--file",
                            required = true,
                            paramLabel = "FILE",
                            description = "Its settings in JSON, as in connect/.")
                    Path file)
            throws Exception {
        ConnectorFile wanted = ConnectorFile.read(file, Optional.ofNullable(where.name));
        ConnectApi api = api(where, pipeline(where));
        DeployedConnector connector = new DeployedConnector(api, wanted.name(), Patience.of(where.timeout));
        DeployedConnector.Change change = connector.deploy(wanted.config());
        print("connector %s at %s: %s, and it runs"
                .formatted(wanted.name(), api.url(), change.name().toLowerCase(Locale.ROOT)));
        return 0;
    }

    @Command(
            name = "status",
            description = "Print what the connector and its tasks do, and how its replication slot stands.",
            mixinStandardHelpOptions = true,
            footer = {"", "Exit code 0: all of it runs, and the slot is read and whole; 1: not so."})
    int status(@Mixin Where where, @Mixin Source source) throws Exception {
        Optional<PipelineConfig> pipeline = pipeline(where);
        DeployedConnector connector = connector(where, pipeline);
        ConnectorReport report = new ConnectorReport(connector, out());
        boolean runs = report.connector();
        Optional<SourceDatabase> database = database(source, pipeline);
        if (database.isEmpty()) {
            return runs ? 0 : 1;
        }
        try (SourceDatabase open = database.get()) {
            boolean read = report.slot(open, slot(source, connector));
            return runs && read ? 0 : 1;
        }
    }

    @Command(
            name = "restart",
            description = "Start what has failed of the connector again, and wait until it runs.",
            mixinStandardHelpOptions = true)
    int restart(@Mixin Where where, @Option(names = "--all", description = "Also what runs.") boolean all)
            throws Exception {
        DeployedConnector connector = connector(where, pipeline(where));
        boolean failed = connector.requireStatus().failed();
        if (!failed && !all) {
            print("connector %s: nothing has failed, nothing was restarted".formatted(connector.name()));
            return 0;
        }
        connector.restart(all ? Restart.ALL : Restart.FAILED);
        print("connector %s: restarted, and it runs".formatted(connector.name()));
        return 0;
    }

    @Command(
            name = "delete",
            description = "Delete the connector, and on demand its replication slot and publication. Topics stay.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "A slot without a connector keeps the source's log until it is dropped, or the disk is full.",
                "With the slot Connect's offsets go too, so that a connector of the same name begins with a snapshot."
            })
    int delete(
            @Mixin Where where,
            @Mixin Source source,
            @Option(names = "--drop-slot", description = "Drop its replication slot, unless something else reads it.")
                    boolean dropSlot,
            @Option(names = "--drop-publication", description = "Drop its publication.") boolean dropPublication,
            @Option(names = "--yes", description = "Do it. Without it, what would be done is printed.") boolean yes)
            throws Exception {
        Optional<PipelineConfig> pipeline = pipeline(where);
        DeployedConnector connector = connector(where, pipeline);
        if (!dropSlot && !dropPublication) {
            return new ConnectorRemoval(connector, out()).run(yes);
        }
        try (SourceDatabase database = database(source, pipeline)
                .orElseThrow(() -> problem(
                        "--drop-slot and --drop-publication need --source, or source.database.url in --config"))) {
            ConnectorRemoval removal = new ConnectorRemoval(connector, out());
            if (dropSlot) {
                removal.withSlot(database, slot(source, connector));
            }
            if (dropPublication) {
                removal.withPublication(
                        database, setting(connector, "publication.name", STANDARD_PUBLICATION, "drop it with SQL"));
            }
            return removal.run(yes);
        }
    }

    private String slot(Source source, DeployedConnector connector) throws Exception {
        return source.slot != null ? source.slot : setting(connector, "slot.name", STANDARD_SLOT, "give --slot");
    }

    /** As the connector has it, or as Debezium does without. */
    private String setting(DeployedConnector connector, String key, String standard, String otherwise)
            throws Exception {
        String value = connector
                .config()
                .orElseThrow(() -> problem(
                        "there is no connector %s that tells its %s: %s".formatted(connector.name(), key, otherwise)))
                .getOrDefault(key, standard);
        if (value.contains("${")) {
            throw problem("%s of connector %s is %s, which only Connect's workers can read: %s"
                    .formatted(key, connector.name(), value, otherwise));
        }
        return value;
    }

    private static Optional<PipelineConfig> pipeline(Where where) throws ConfigException {
        return where.config == null
                ? Optional.empty()
                : Optional.of(PipelineFile.read(where.config, List.of(), System::getenv));
    }

    private ConnectApi api(Where where, Optional<PipelineConfig> pipeline) {
        String url = where.connect != null
                ? where.connect
                : pipeline.flatMap(file -> file.upstream().connect())
                        .map(Upstream.Connect::url)
                        .orElseThrow(
                                () -> problem("where is Connect? Give --connect, or source.connect.url in --config"));
        if (!url.matches("https?://[^@\\s]+")) {
            throw problem("--connect must be an http or https URL, without credentials");
        }
        return new ConnectApi(url);
    }

    private DeployedConnector connector(Where where, Optional<PipelineConfig> pipeline) throws Exception {
        ConnectApi api = api(where, pipeline);
        Optional<String> named = Optional.ofNullable(where.name)
                .or(() -> pipeline.flatMap(file -> file.upstream().connect()).flatMap(Upstream.Connect::connector));
        String name = named.isPresent() ? named.get() : only(api);
        return new DeployedConnector(api, name, Patience.of(where.timeout));
    }

    private String only(ConnectApi api) throws Exception {
        List<String> names = DeployedConnector.names(api);
        if (names.size() != 1) {
            throw problem(
                    names.isEmpty()
                            ? "Connect at %s has no connectors".formatted(api.url())
                            : "Connect at %s has several connectors %s: name one with --name"
                                    .formatted(api.url(), names));
        }
        return names.get(0);
    }

    private Optional<SourceDatabase> database(Source source, Optional<PipelineConfig> pipeline) throws SQLException {
        if (source.url != null) {
            if (!source.url.startsWith("jdbc:postgresql:")) {
                throw problem("--source must begin with jdbc:postgresql:");
            }
            return Optional.of(SourceDatabase.open(source.url, TablesCommand.credentials()));
        }
        Optional<Upstream.Database> database =
                pipeline.flatMap(file -> file.upstream().database());
        if (database.isEmpty()) {
            return Optional.empty();
        }
        Properties credentials = new Properties();
        credentials.put("user", database.get().user());
        database.get().password().map(Secret::reveal).ifPresent(password -> credentials.put("password", password));
        return Optional.of(SourceDatabase.open(database.get().url(), credentials));
    }

    private ParameterException problem(String what) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), what);
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private void print(String line) {
        out().println(line);
        out().flush();
    }
}
