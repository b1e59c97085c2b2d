package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TypeDocsTest {

    private static final Path PAGE = Path.of("..", "docs", "types.md");

    /** With {@code -Dspindrift.docs.write=true} it writes the page. */
    @Test
    void thePageSaysWhatTheTableSays() throws IOException {
        if (Boolean.getBoolean("spindrift.docs.write")) {
            Files.writeString(PAGE, TypeDocs.markdown());
        }
        assertThat(Files.readString(PAGE))
                .as("docs/types.md; to write it anew: mvn -pl sinks,jobs test -Dtest=TypeDocsTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dspindrift.docs.write=true")
                .isEqualTo(TypeDocs.markdown());
    }

    @ParameterizedTest
    @MethodSource("io.spindrift.jobs.debezium.TypeDocs#rows")
    void everyRowIsWhatTheDecoderDoes(TypeDocs.Row row) {
        assertThat(snowflake(row.schema())).isEqualTo(row.snowflake());
    }

    private static String snowflake(ConnectSchema schema) {
        try {
            return FieldTypes.of(schema)
                    .column()
                    .sql()
                    .replace("VARCHAR(134217728)", "VARCHAR")
                    .replace("BINARY(67108864)", "BINARY");
        } catch (Refused refused) {
            return TypeDocs.REFUSED;
        }
    }

    @Test
    void everySemanticNameHasARow() {
        assertThat(TypeDocs.rows().stream().map(row -> row.schema().name()).collect(Collectors.toSet()))
                .containsAll(FieldTypes.names());
    }
}
