package io.spindrift.local.snowflake;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.local.snowflake.Result.ResultColumn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Results, errors and sessions in the JSON that the driver reads. */
final class Answers {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final int TOKEN_SECONDS = 3600;

    private Answers() {}

    /** Writes the fields of {@code data}. */
    private interface Data {
        void write(JsonGenerator json) throws IOException;
    }

    private static byte[] success(Data data) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeObjectFieldStart("data");
            data.write(json);
            json.writeEndObject();
            json.writeNullField("code");
            json.writeNullField("message");
            json.writeBooleanField("success", true);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] empty() {
        return success(json -> {});
    }

    /** The state of a query, which the driver asks for before it fetches one of several results. */
    static byte[] finished(String queryId) {
        return success(json -> json.writeObjectField(
                "queries", List.of(Map.of("id", queryId, "status", "SUCCESS", "state", "SUCCEEDED"))));
    }

    static byte[] error(SnowflakeError error, String queryId) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeObjectFieldStart("data");
            json.writeStringField("errorCode", error.code());
            json.writeStringField("sqlState", error.sqlState());
            json.writeStringField("queryId", queryId);
            json.writeBooleanField("internalError", false);
            json.writeEndObject();
            json.writeStringField("code", error.code());
            json.writeStringField("message", error.getMessage());
            json.writeBooleanField("success", false);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] login(Session session) {
        return success(json -> {
            json.writeStringField("token", session.token());
            json.writeStringField("masterToken", session.masterToken());
            json.writeNumberField("validityInSeconds", TOKEN_SECONDS);
            json.writeNumberField("masterValidityInSeconds", 4 * TOKEN_SECONDS);
            json.writeStringField("displayUserName", session.user());
            json.writeStringField("serverVersion", ContextFunctions.VERSION);
            json.writeBooleanField("firstLogin", false);
            json.writeNumberField("healthCheckInterval", 45);
            json.writeNumberField("sessionId", session.id());
            parameters(json, session);
            json.writeObjectFieldStart("sessionInfo");
            json.writeStringField("databaseName", session.database().orElse(null));
            json.writeStringField("schemaName", session.schema().orElse(null));
            json.writeStringField("warehouseName", session.warehouse().orElse(null));
            json.writeStringField("roleName", session.role());
            json.writeEndObject();
        });
    }

    static byte[] renewed(Session session) {
        return success(json -> {
            json.writeStringField("sessionToken", session.renewToken());
            json.writeNumberField("validityInSecondsST", TOKEN_SECONDS);
            json.writeStringField("masterToken", session.masterToken());
            json.writeNumberField("validityInSecondsMT", 4 * TOKEN_SECONDS);
            json.writeNumberField("sessionId", session.id());
        });
    }

    private static void parameters(JsonGenerator json, Session session) throws IOException {
        json.writeArrayFieldStart("parameters");
        parameter(json, "AUTOCOMMIT", session.autocommit());
        parameter(json, "TIMEZONE", session.parameters().getOrDefault("TIMEZONE", "UTC"));
        parameter(json, "CLIENT_TELEMETRY_ENABLED", false);
        parameter(json, "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", 65_280);
        parameter(json, "CLIENT_PREFETCH_THREADS", 1);
        parameter(json, "JDBC_QUERY_RESULT_FORMAT", "JSON");
        parameter(json, "TIMESTAMP_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF6 TZHTZM");
        parameter(json, "TIMESTAMP_NTZ_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF6");
        parameter(json, "TIMESTAMP_LTZ_OUTPUT_FORMAT", "");
        parameter(json, "TIMESTAMP_TZ_OUTPUT_FORMAT", "");
        parameter(json, "DATE_OUTPUT_FORMAT", "YYYY-MM-DD");
        parameter(json, "TIME_OUTPUT_FORMAT", "HH24:MI:SS.FF6");
        parameter(json, "BINARY_OUTPUT_FORMAT", "HEX");
        json.writeEndArray();
    }

    private static void parameter(JsonGenerator json, String name, Object value) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", name);
        json.writeObjectField("value", value);
        json.writeEndObject();
    }

    static byte[] result(Result result, Session session, String queryId, int binds) {
        if (result instanceof Result.Transfer transfer) {
            return transfer(transfer, queryId);
        }
        return rows((Result.Rows) result, session, queryId, binds);
    }

    private static byte[] rows(Result.Rows rows, Session session, String queryId, int binds) {
        return success(json -> {
            parameters(json, session);
            json.writeArrayFieldStart("rowtype");
            for (ResultColumn column : rows.columns()) {
                column(json, column);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("rowset");
            for (List<@Nullable String> row : rows.rows()) {
                json.writeStartArray();
                for (String value : row) {
                    json.writeString(value);
                }
                json.writeEndArray();
            }
            json.writeEndArray();
            json.writeNumberField("total", rows.rows().size());
            json.writeNumberField("returned", rows.rows().size());
            json.writeStringField("queryId", queryId);
            json.writeStringField("queryResultFormat", "json");
            json.writeNumberField("statementTypeId", rows.statementType());
            json.writeNumberField("version", 1);
            json.writeNumberField("numberOfBinds", binds);
            json.writeBooleanField("arrayBindSupported", rows.statementType() == Result.INSERT);
            context(json, session);
        });
    }

    private static void context(JsonGenerator json, Session session) throws IOException {
        json.writeStringField("finalDatabaseName", session.database().orElse(null));
        json.writeStringField("finalSchemaName", session.schema().orElse(null));
        json.writeStringField("finalWarehouseName", session.warehouse().orElse(null));
        json.writeStringField("finalRoleName", session.role());
        json.writeStringField("databaseProvider", null);
    }

    private static void column(JsonGenerator json, ResultColumn column) throws IOException {
        SnowflakeType type = column.type();
        json.writeStartObject();
        json.writeStringField("name", column.name());
        json.writeStringField("type", type.kind().wireName());
        json.writeBooleanField("nullable", true);
        json.writeNumberField("precision", type.precision());
        json.writeNumberField("scale", type.scale());
        json.writeNumberField("length", type.length());
        json.writeNumberField("byteLength", Math.min(4L * type.length(), SnowflakeType.TEXT_MAX));
        json.writeStringField("database", "");
        json.writeStringField("schema", "");
        json.writeStringField("table", "");
        json.writeEndObject();
    }

    private static byte[] transfer(Result.Transfer transfer, String queryId) {
        return success(json -> {
            for (Map.Entry<String, JsonNode> field : transfer.answer().properties()) {
                json.writeObjectField(field.getKey(), field.getValue());
            }
            json.writeStringField("queryId", queryId);
            json.writeNumberField("statementTypeId", transfer.statementType());
        });
    }

    /** The results of several statements: the driver fetches each by its id. */
    static byte[] multiple(List<String> queryIds, List<Result> results, Session session, String queryId) {
        String types =
                results.stream().map(r -> String.valueOf(r.statementType())).collect(Collectors.joining(","));
        return success(json -> {
            parameters(json, session);
            json.writeStringField("queryId", queryId);
            json.writeStringField("resultIds", String.join(",", queryIds));
            json.writeStringField("resultTypes", types);
            json.writeStringField("queryResultFormat", "json");
            json.writeNumberField("statementTypeId", Result.MULTIPLE);
            json.writeNumberField("version", 1);
            json.writeArrayFieldStart("rowtype");
            column(json, ResultColumn.text("multiple statement execution"));
            json.writeEndArray();
            json.writeArrayFieldStart("rowset");
            json.writeStartArray();
            json.writeString("Multiple statements executed successfully.");
            json.writeEndArray();
            json.writeEndArray();
            json.writeNumberField("total", 1);
            json.writeNumberField("returned", 1);
            context(json, session);
        });
    }
}
