package io.spindrift.cli.connector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.cli.connector.DeployedConnector.Change;
import io.spindrift.cli.connector.DeployedConnector.Restart;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeployedConnectorTest {

    /** A busy machine is no Connect that does not answer. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final Map<String, String> SETTINGS =
            Map.of("name", "shop", "connector.class", "Postgres", "topic.prefix", "shop");
    private static final Map<String, String> OTHERS =
            Map.of("name", "shop", "connector.class", "Postgres", "topic.prefix", "other");

    private final FakeConnect connect;

    DeployedConnectorTest() throws IOException {
        connect = new FakeConnect();
    }

    @AfterEach
    void stop() {
        connect.close();
    }

    private DeployedConnector connector() {
        return connector(Duration.ofMillis(300));
    }

    private DeployedConnector connector(Duration failed) {
        Patience patience = new Patience(PATIENCE, Duration.ofMillis(2), Duration.ofMillis(20), failed);
        return new DeployedConnector(new ConnectApi(connect.url(), PATIENCE), "shop", patience);
    }

    @Test
    void aNewConnectorIsDeployedAndWaitedFor() throws Exception {
        connect.states("UNASSIGNED", "RESTARTING", "RUNNING");
        assertThat(connector().deploy(SETTINGS)).isEqualTo(Change.CREATED);
        assertThat(connect.changes()).containsExactly("PUT /connectors/shop/config");
        assertThat(connector().config()).contains(SETTINGS);
    }

    @Test
    void theSameSettingsAreLeftAlone() throws Exception {
        connect.deployed(SETTINGS).states("RUNNING");
        assertThat(connector().deploy(SETTINGS)).isEqualTo(Change.UNCHANGED);
        assertThat(connect.changes()).isEmpty();
    }

    @Test
    void settingsThatConnectRefusesChangeNothingAndShowNoSecret() {
        connect.deployed(SETTINGS).states("RUNNING").validationErrors("""
                ["FATAL: no login at jdbc:postgresql://db/shop?user=cdc&password=hunter2&x\\nsecond line", "unknown host"]""");
        assertThatThrownBy(() -> connector().deploy(OTHERS))
                .isInstanceOf(ConnectorProblems.class)
                .hasMessage("2 problems in connector shop, says Connect at " + connect.url() + ":\n"
                        + "  - 'database.hostname': FATAL: no login at jdbc:postgresql://db/shop?user=cdc&password=…\n"
                        + "  - 'database.hostname': unknown host");
        assertThat(connect.changes()).isEmpty();
    }

    @Test
    void aTaskThatFailsIsToldByItsFirstLine() {
        connect.states("RUNNING", "FAILED").trace("ConnectException: slot is gone\nCaused by: row 4711");
        assertThatThrownBy(() -> connector().deploy(SETTINGS))
                .isInstanceOf(IOException.class)
                .hasMessage("connector shop has failed: ConnectException: slot is gone");
    }

    @Test
    void aFailureFromBeforeTheChangeIsNotItsOwn() throws Exception {
        connect.deployed(SETTINGS).states("FAILED", "FAILED", "FAILED", "RUNNING");
        assertThat(connector(PATIENCE).deploy(OTHERS)).isEqualTo(Change.CHANGED);
    }

    @Test
    void aFailureThatStaysIsTold() {
        connect.deployed(SETTINGS).states("FAILED").trace("still");
        assertThatThrownBy(() -> connector(Duration.ofMillis(20)).restart(Restart.FAILED))
                .hasMessage("connector shop has failed: still");
        assertThat(connect.changes())
                .containsExactly("POST /connectors/shop/restart?includeTasks=true&onlyFailed=true");
    }

    @Test
    void aHaltedConnectorIsNotWaitedFor() {
        connect.deployed(SETTINGS).states("PAUSED");
        assertThatThrownBy(() -> connector().deploy(OTHERS))
                .hasMessage("connector shop is PAUSED, with these settings; PUT " + connect.url()
                        + "/connectors/shop/resume lets it run");
    }

    @Test
    void aConnectThatMovesConnectorsIsAskedAgain() throws Exception {
        connect.states("RUNNING").conflicts(2);
        connector().deploy(SETTINGS);
        assertThat(connect.changes()).hasSize(3).containsOnly("PUT /connectors/shop/config");
        connect.conflicts(1);
        connector().forgetOffsets();
        assertThat(connect.changes().subList(3, 5)).containsOnly("DELETE /connectors/shop/offsets");
    }

    @Test
    void deletedIsWhatIsGone() throws Exception {
        connect.deployed(SETTINGS).states("RUNNING").looksUntilGone(3);
        connector().delete();
        assertThat(connect.changes()).containsExactly("DELETE /connectors/shop");
        assertThat(connector().config()).isEmpty();
    }

    @Test
    void anAnswerThatIsNotInTimeIsSaid() {
        connect.deployed(SETTINGS).states("UNASSIGNED");
        Patience none = new Patience(Duration.ZERO, Duration.ofMillis(1), Duration.ZERO, Duration.ZERO);
        assertThatThrownBy(() ->
                        new DeployedConnector(new ConnectApi(connect.url(), PATIENCE), "shop", none).deploy(OTHERS))
                .hasMessage("waited 0 s for: connector shop to run");
    }
}
