package io.spindrift.sinks.warehouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureKindTest {

    @ParameterizedTest
    @CsvSource({
        "625, 57014, RETRY",
        "604, 57014, RETRY",
        "606, 57P03, RETRY",
        "390111, 08001, RETRY",
        "390112, 08001, RETRY",
        "390114, 08001, RETRY",
        "390144, 08001, FAIL",
        "390189, 08001, FAIL",
        "390100, 08001, FAIL",
        "100038, 22018, FAIL",
        "100090, 42P18, FAIL",
        "2003, 02000, FAIL",
        "2003, 42S02, FAIL",
        "1003, 42000, FAIL",
        "3001, 42501, FAIL",
        "90073, 22000, FAIL",
        "4711, 22000, FAIL",
        "4711, 28000, FAIL",
        "4711, 02000, FAIL",
        "4711, 42601, FAIL",
        "4711, 0A000, FAIL",
        "4711, 08001, RETRY",
        "4711, XX000, RETRY",
        "4711, 57014, RETRY",
        "4711, , RETRY",
        "4711, 42, RETRY"
    })
    void aCodeDecidesAndOtherwiseItsClass(int code, @Nullable String state, FailureKind kind) {
        assertThat(FailureKind.of(new SQLException("no luck", state, code))).isEqualTo(kind);
    }

    @Test
    void aFailureOfTheDriverItselfMayPass() {
        assertThat(FailureKind.of(new SQLException("connection reset"))).isEqualTo(FailureKind.RETRY);
    }
}
