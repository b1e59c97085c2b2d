package io.spindrift.cli;

import io.spindrift.local.snowflake.Latency;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.local.snowflake.StageTransport;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;

/** The local Snowflake alone, in the foreground, until a signal. */
@Command(
        name = "snowflake",
        description = "Start the local Snowflake alone. Its tables, stages and password stay in its data directory.",
        mixinStandardHelpOptions = true)
final class SnowflakeCommand implements Callable<Integer> {

    enum Speed {
        OFF(Latency.OFF),
        ACCOUNT(Latency.ACCOUNT);

        private final Latency latency;

        Speed(Latency latency) {
            this.latency = latency;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = "--port", paramLabel = "N", description = "The port; 0, the default: a free one.")
    int port;

    @Option(names = "--host", paramLabel = "ADDRESS", description = "Listen on this address. Default: loopback only.")
    @Nullable
    InetAddress host;

    @Option(names = "--data", paramLabel = "DIR", description = "Default: ~/.spindrift/snowflake.")
    Path data = Path.of(System.getProperty("user.home"), ".spindrift", "snowflake");

    enum Files {
        LOCAL(StageTransport.LOCAL_FS),
        HTTP(StageTransport.HTTP);

        private final StageTransport transport;

        Files(StageTransport transport) {
            this.transport = transport;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--stages",
            defaultValue = "local",
            description =
                    "${COMPLETION-CANDIDATES}; how clients move staged files: through a shared directory, or over http. Default: ${DEFAULT-VALUE}.")
    Files stages = Files.LOCAL;

    @Option(
            names = "--latency",
            defaultValue = "off",
            description =
                    "${COMPLETION-CANDIDATES}; account: statements as slow as an account's. Default: ${DEFAULT-VALUE}.")
    Speed latency = Speed.OFF;

    @Option(
            names = "--endpoints",
            paramLabel = "FILE",
            description = "Write the address, user and password there. Default: endpoints.json in the data directory.")
    @Nullable
    Path endpointsFile;

    @Override
    public Integer call() throws Exception {
        CountDownLatch stop = new CountDownLatch(1);
        Signal.handle(new Signal("INT"), signal -> stop.countDown());
        Signal.handle(new Signal("TERM"), signal -> stop.countDown());
        InetAddress address = host == null ? InetAddress.getLoopbackAddress() : host;
        LocalSnowflake.Settings settings = new LocalSnowflake.Settings(
                data, address, port, stages.transport, latency.latency, LocalSnowflake.Settings.Process.OWN);
        try (LocalSnowflake snowflake = LocalSnowflake.start(settings)) {
            Path file = endpointsFile == null ? data.resolve("endpoints.json") : endpointsFile;
            Endpoints.ofSnowflake(snowflake).write(file);
            System.out.printf(
                    """

                      Snowflake  %s
                      user       %s, its password in %s
                      faults     http://%s:%d/admin/faults

                      look:  bin/spindrift sql --endpoints %s "SHOW TABLES IN ACCOUNT"
                      stop:  Ctrl-C

                    """, snowflake.jdbcUrl(), snowflake.user(), file, address.getHostAddress(), snowflake.port(), file);
            System.out.flush();
            stop.await();
        }
        return 0;
    }
}
