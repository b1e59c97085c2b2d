package io.spindrift.cli;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.warehouse.Secret;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where everything is, as {@code --endpoints FILE} has it. Names are a public promise.
 *
 * @param postgres JDBC URL with user and password
 * @param kafka bootstrap servers
 * @param flink REST and web UI
 * @param snowflake JDBC URL, without user and password
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
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

    /** Of a local Snowflake without the rest, whose addresses are left out of the file. */
    static Endpoints ofSnowflake(LocalSnowflake snowflake) {
        return new Endpoints("", "", "", "", "", snowflake.jdbcUrl(), snowflake.user(), snowflake.password());
    }

    /** The warehouse behind them. */
    WarehouseOptions warehouse() {
        return new WarehouseOptions(
                snowflake, snowflakeUser, new Secret(snowflakePassword), null, LocalPipeline.DATABASE, null, null);
    }

    /** Readers never see half a file; it holds passwords, so nobody else sees any of it. */
    void write(Path file) throws IOException {
        Path target = file.toAbsolutePath();
        Path draft = target.resolveSibling(target.getFileName() + ".draft");
        Files.deleteIfExists(draft);
        Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(draft, JSON.writeValueAsString(this) + "\n");
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    }

    static Endpoints read(Path file) throws IOException {
        return JSON.readValue(Files.readString(file), Endpoints.class);
    }
}
