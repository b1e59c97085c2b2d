package io.spindrift.local.snowflake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spindrift.local.snowflake.Result.ResultColumn;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Results, errors and sessions in the JSON that the driver reads. */
final class Answers {
    static final ObjectMapper JSON = new ObjectMapper();

    /** What the driver is told of the session, besides what the session has set. */
    private static final Map<String, Object> PARAMETERS = Map.of(
            "CLIENT_TELEMETRY_ENABLED", false,
            "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", 65_280,
            "CLIENT_PREFETCH_THREADS", 1,
            "JDBC_QUERY_RESULT_FORMAT", "JSON",
            "TIMESTAMP_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF6 TZHTZM",
            "TIMESTAMP_NTZ_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF6",
            "TIMESTAMP_LTZ_OUTPUT_FORMAT", "",
            "TIMESTAMP_TZ_OUTPUT_FORMAT", "",
            "DATE_OUTPUT_FORMAT", "YYYY-MM-DD",
            "TIME_OUTPUT_FORMAT", "HH24:MI:SS.FF6");

    private Answers() {}

    private static byte[] answer(boolean success, @Nullable String code, @Nullable String message, ObjectNode data) {
        ObjectNode answer = JSON.createObjectNode().put("success", success);
        answer.put("code", code).put("message", message).set("data", data);
        try {
            return JSON.writeValueAsBytes(answer);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] success(ObjectNode data) {
        return answer(true, null, null, data);
    }

    static byte[] empty() {
        return success(JSON.createObjectNode());
    }

    /** The state of a query, which the driver asks for before it fetches one of several results. */
    static byte[] finished(String queryId) {
        Map<String, String> query = Map.of("id", queryId, "status", "SUCCESS", "state", "SUCCEEDED");
        return success(JSON.createObjectNode().putPOJO("queries", List.of(query)));
    }

    static byte[] error(SnowflakeError error, String queryId) {
        ObjectNode data = JSON.createObjectNode()
                .put("errorCode", error.code())
                .put("sqlState", error.sqlState())
                .put("queryId", queryId)
                .put("internalError", false);
        return answer(false, error.code(), error.getMessage(), data);
    }

    static byte[] login(Session session) {
        ObjectNode data = JSON.createObjectNode()
                .put("token", session.token())
                .put("masterToken", session.masterToken())
                .put("validityInSeconds", Sessions.TOKEN.toSeconds())
                .put("masterValidityInSeconds", Sessions.MASTER_TOKEN.toSeconds())
                .put("displayUserName", session.user())
                .put("serverVersion", ContextFunctions.VERSION)
                .put("firstLogin", false)
                .put("healthCheckInterval", 45)
                .put("sessionId", session.id());
        parameters(data, session);
        data.putObject("sessionInfo")
                .put("databaseName", session.database().orElse(null))
                .put("schemaName", session.schema().orElse(null))
                .put("warehouseName", session.warehouse().orElse(null))
                .put("roleName", session.role());
        return success(data);
    }

    static byte[] renewed(Session session) {
        return success(JSON.createObjectNode()
                .put("sessionToken", session.token())
                .put("validityInSecondsST", Sessions.TOKEN.toSeconds())
                .put("masterToken", session.masterToken())
                .put("validityInSecondsMT", Sessions.MASTER_TOKEN.toSeconds())
                .put("sessionId", session.id()));
    }

    private static void parameters(ObjectNode data, Session session) {
        var parameters = data.putArray("parameters");
        PARAMETERS.forEach(
                (name, value) -> parameters.addObject().put("name", name).putPOJO("value", value));
        parameters.addObject().put("name", "AUTOCOMMIT").put("value", session.autocommit());
        String zone = session.parameters().getOrDefault("TIMEZONE", "UTC");
        parameters.addObject().put("name", "TIMEZONE").put("value", zone);
    }

    static byte[] result(Result result, Session session, String queryId, int binds) {
        if (result instanceof Result.Transfer transfer) {
            return transfer(transfer, queryId);
        }
        Result.Rows rows = (Result.Rows) result;
        ObjectNode data = rows(session, queryId, rows)
                .put("numberOfBinds", binds)
                .put("arrayBindSupported", rows.statementType() == Result.INSERT);
        return success(data);
    }

    private static ObjectNode rows(Session session, String queryId, Result.Rows rows) {
        ObjectNode data = JSON.createObjectNode();
        parameters(data, session);
        var types = data.putArray("rowtype");
        rows.columns().forEach(column -> types.add(column(column)));
        return data.putPOJO("rowset", rows.rows())
                .put("total", rows.rows().size())
                .put("returned", rows.rows().size())
                .put("queryId", queryId)
                .put("queryResultFormat", "json")
                .put("statementTypeId", rows.statementType())
                .put("version", 1)
                .put("finalDatabaseName", session.database().orElse(null))
                .put("finalSchemaName", session.schema().orElse(null))
                .put("finalWarehouseName", session.warehouse().orElse(null))
                .put("finalRoleName", session.role());
    }

    private static ObjectNode column(ResultColumn column) {
        SnowflakeType type = column.type();
        return JSON.createObjectNode()
                .put("name", column.name())
                .put("type", type.kind().wireName())
                .put("nullable", true)
                .put("precision", type.precision())
                .put("scale", type.scale())
                .put("length", type.length())
                .put("byteLength", Math.min(4L * type.length(), SnowflakeType.TEXT_MAX))
                .put("database", "")
                .put("schema", "")
                .put("table", "");
    }

    private static byte[] transfer(Result.Transfer transfer, String queryId) {
        return success(transfer.answer().put("queryId", queryId).put("statementTypeId", transfer.statementType()));
    }

    /** Several statements: their results are fetched one by one. */
    static byte[] multiple(List<String> queryIds, List<Result> results, Session session, String queryId) {
        String types = results.stream()
                .map(result -> String.valueOf(result.statementType()))
                .collect(Collectors.joining(","));
        Result.Rows done = Result.done(Result.MULTIPLE, "Multiple statements executed successfully.");
        return success(rows(session, queryId, done)
                .put("resultIds", String.join(",", queryIds))
                .put("resultTypes", types));
    }
}
