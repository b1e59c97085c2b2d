package io.spindrift.sinks.warehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WarehouseOptionsTest {

    private static WarehouseOptions options(String url, @Nullable String password, @Nullable String keyFile) {
        return new WarehouseOptions(
                url, "loader", password == null ? null : new Secret(password), keyFile, "SHOP", null, null);
    }

    @Test
    void aUrlOfAnotherDriverIsRefused() {
        assertThatThrownBy(() -> options("jdbc:postgresql://x", "p", null))
                .hasMessage("not a Snowflake JDBC URL: 'jdbc:postgresql://x'");
    }

    @Test
    void exactlyOneWayToLogInIsNeeded() {
        String message = "give either a password or a private key file for user 'loader'";
        assertThatThrownBy(() -> options("jdbc:snowflake://a/", null, null)).hasMessage(message);
        assertThatThrownBy(() -> options("jdbc:snowflake://a/", "p", "/k")).hasMessage(message);
        assertThat(options("jdbc:snowflake://a/", null, "/k").password()).isNull();
    }

    @Test
    void aSecretTravelsAndNeverPrints() throws Exception {
        WarehouseOptions shipped = InstantiationUtil.clone(options("jdbc:snowflake://a/", "hunter2", null));
        assertThat(shipped.password()).extracting(Secret::reveal).isEqualTo("hunter2");
        assertThat(shipped.toString()).contains("loader", "******").doesNotContain("hunter2");
    }
}
