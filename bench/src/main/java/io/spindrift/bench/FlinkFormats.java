package io.spindrift.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.formats.avro.registry.confluent.debezium.DebeziumAvroDeserializationSchema;
import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.debezium.DebeziumJsonDeserializationSchema;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;

/** Flink's own formats for Debezium, set up as its table connectors set them up. */
final class FlinkFormats {

    private static final TypeInformation<RowData> PRODUCED = TypeInformation.of(RowData.class);

    private FlinkFormats() {}

    /** {@code debezium-json}, with or without {@code schema-include}. */
    static DeserializationSchema<RowData> json(boolean schemaInclude) throws Exception {
        DataType row = row(OrderColumn::jsonTable);
        return opened(new DebeziumJsonDeserializationSchema(
                row, List.of(), PRODUCED, schemaInclude, false, TimestampFormat.ISO_8601));
    }

    /** {@code debezium-avro-confluent}. */
    static DeserializationSchema<RowData> avro(String registryUrl) throws Exception {
        RowType row = (RowType) row(OrderColumn::avroTable).getLogicalType();
        return opened(new DebeziumAvroDeserializationSchema(row, PRODUCED, registryUrl, null, Map.of()));
    }

    private static DataType row(Function<OrderColumn, DataType> type) {
        return DataTypes.ROW(OrderColumn.ALL.stream()
                        .map(column -> DataTypes.FIELD(column.name(), type.apply(column)))
                        .toArray(DataTypes.Field[]::new))
                .notNull();
    }

    private static <T> DeserializationSchema<T> opened(DeserializationSchema<T> schema) throws Exception {
        schema.open(new DeserializationSchema.InitializationContext() {
            @Override
            public MetricGroup getMetricGroup() {
                return new UnregisteredMetricsGroup();
            }

            @Override
            public UserCodeClassLoader getUserCodeClassLoader() {
                return SimpleUserCodeClassLoader.create(FlinkFormats.class.getClassLoader());
            }
        });
        return schema;
    }

    /** A registry that knows these schemas. */
    static HttpServer registry(Map<Integer, String> schemas) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/schemas/ids/", exchange -> {
                String path = exchange.getRequestURI().getPath();
                String schema = schemas.get(Integer.parseInt(path.substring(path.lastIndexOf('/') + 1)));
                byte[] answer = new ObjectMapper()
                        .writeValueAsString(Map.of("schema", String.valueOf(schema)))
                        .getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().add("Content-Type", "application/vnd.schemaregistry.v1+json");
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
