package io.spindrift.cli;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Where everything is, as {@code --endpoints FILE} has it. Names are a public promise.
 *
 * @param postgres JDBC URL with user and password
 * @param kafka bootstrap servers
 * @param flink REST and web UI
 * @param snowflake JDBC URL, without user and password
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Endpoints(
        String postgres,
        String kafka,
        String schemaRegistry,
        String connect,
        String flink,
        String snowflake,
        String snowflakeUser,
        String snowflakePassword) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Readers never see half a file. */
    void write(Path file) throws IOException {
        Path target = file.toAbsolutePath();
        Path draft = target.resolveSibling(target.getFileName() + ".draft");
        Files.writeString(draft, JSON.writeValueAsString(this) + "\n");
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    }

    static Endpoints read(Path file) throws IOException {
        return JSON.readValue(Files.readString(file), Endpoints.class);
    }
}
