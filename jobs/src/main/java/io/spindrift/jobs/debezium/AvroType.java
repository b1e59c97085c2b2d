package io.spindrift.jobs.debezium;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.avro.shaded.org.apache.avro.AvroRuntimeException;
import org.apache.flink.avro.shaded.org.apache.avro.JsonProperties;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;

/**
 * A writer schema, compiled: the Connect schema it stands for, and the node that reads its binary form. Connect's part is carried as
 * Confluent's and Apicurio's AvroData write it: {@code connect.name}, {@code connect.parameters}, {@code connect.type}.
 *
 * @param fields of a record its fields in order, of an optional record too
 */
record AvroType(ConnectSchema schema, AvroNode node, List<Field> fields) {

    private static final String DECIMAL = "org.apache.kafka.connect.data.Decimal";

    record Field(String name, AvroType type) {}

    static AvroType parse(String text) throws Refused {
        try {
            // Connect writes defaults of fields by its own rules; read here is only whether there is one.
            return of(new Schema.Parser().setValidateDefaults(false).parse(text), 0);
        } catch (AvroRuntimeException e) {
            throw Refused.undecodable("the writer schema is not an Avro schema");
        }
    }

    private static AvroType of(Schema avro, int depth) throws Refused {
        if (depth > ConnectSchema.MAX_DEPTH) {
            throw Refused.undecodable("the writer schema nests deeper than %d levels", ConnectSchema.MAX_DEPTH);
        }
        return switch (avro.getType()) {
            case NULL -> scalar(avro, ConnectSchema.Type.UNION, new AvroNode.Null());
            case BOOLEAN -> scalar(avro, ConnectSchema.Type.BOOLEAN, new AvroNode.Bool());
            case INT -> scalar(avro, intType(avro), new AvroNode.Int32());
            case LONG -> scalar(avro, ConnectSchema.Type.INT64, new AvroNode.Int64());
            case FLOAT -> scalar(avro, ConnectSchema.Type.FLOAT32, new AvroNode.Float32());
            case DOUBLE -> scalar(avro, ConnectSchema.Type.FLOAT64, new AvroNode.Float64());
            case STRING -> scalar(avro, ConnectSchema.Type.STRING, new AvroNode.Text());
            case BYTES -> scalar(avro, ConnectSchema.Type.BYTES, new AvroNode.Bytes());
            case FIXED -> scalar(avro, ConnectSchema.Type.BYTES, new AvroNode.Fixed(avro.getFixedSize()));
            case ENUM -> scalar(avro, ConnectSchema.Type.STRING, new AvroNode.Enumerated(symbols(avro)));
            case ARRAY -> array(avro, of(avro.getElementType(), depth + 1));
            case MAP -> map(avro, of(avro.getValueType(), depth + 1));
            case RECORD -> struct(avro, depth);
            case UNION -> union(avro, depth);
        };
    }

    private static AvroType scalar(Schema avro, ConnectSchema.Type type, AvroNode node) {
        return new AvroType(connect(avro, type, List.of(), List.of()), node, List.of());
    }

    private static AvroType array(Schema avro, AvroType item) {
        ConnectSchema schema = connect(avro, ConnectSchema.Type.ARRAY, List.of(), List.of(item.schema));
        return new AvroType(schema, new AvroNode.Array(item.node), List.of());
    }

    private static AvroType map(Schema avro, AvroType value) {
        ConnectSchema schema = connect(avro, ConnectSchema.Type.MAP, List.of(), List.of(value.schema));
        return new AvroType(schema, new AvroNode.Mapped(value.node), List.of());
    }

    private static AvroType struct(Schema avro, int depth) throws Refused {
        List<Field> fields = new ArrayList<>();
        List<ConnectSchema.Field> connectFields = new ArrayList<>();
        List<AvroNode> nodes = new ArrayList<>();
        for (Schema.Field field : avro.getFields()) {
            AvroType type = of(field.schema(), depth + 1);
            fields.add(new Field(field.name(), type));
            connectFields.add(new ConnectSchema.Field(field.name(), type.schema, hasDefault(field)));
            nodes.add(type.node);
        }
        ConnectSchema schema = connect(avro, ConnectSchema.Type.STRUCT, connectFields, List.of());
        return new AvroType(schema, new AvroNode.Struct(new AvroFields(nodes)), List.copyOf(fields));
    }

    /** Connect gives each optional field the default null, and another one only where the column has it. */
    private static boolean hasDefault(Schema.Field field) {
        return field.hasDefaultValue() && field.defaultVal() != JsonProperties.NULL_VALUE;
    }

    private static AvroType union(Schema avro, int depth) throws Refused {
        List<Schema> choices = avro.getTypes();
        for (int i = 0; i < choices.size() && choices.size() == 2; i++) {
            if (choices.get(i).getType() == Schema.Type.NULL) {
                AvroType value = of(choices.get(1 - i), depth + 1);
                return new AvroType(value.schema.asOptional(), new AvroNode.OrNull(i, value.node), value.fields);
            }
        }
        List<AvroNode> nodes = new ArrayList<>();
        for (Schema choice : choices) {
            nodes.add(of(choice, depth + 1).node);
        }
        return new AvroType(
                ConnectSchema.of(ConnectSchema.Type.UNION), new AvroNode.Union(List.copyOf(nodes)), List.of());
    }

    private static ConnectSchema connect(
            Schema avro, ConnectSchema.Type type, List<ConnectSchema.Field> fields, List<ConnectSchema> items) {
        return new ConnectSchema(type, name(avro), parameters(avro), false, fields, items);
    }

    private static ConnectSchema.Type intType(Schema avro) {
        String type = avro.getProp("connect.type");
        if ("int8".equals(type)) {
            return ConnectSchema.Type.INT8;
        }
        return "int16".equals(type) ? ConnectSchema.Type.INT16 : ConnectSchema.Type.INT32;
    }

    /** Connect's name; without one Avro's own logical type, so that an instant is never taken for a plain number. */
    private static String name(Schema avro) {
        String name = avro.getProp("connect.name");
        String logical = avro.getProp("logicalType");
        if (name != null) {
            return name;
        }
        if (logical == null) {
            return avro.getType() == Schema.Type.RECORD ? avro.getFullName() : "";
        }
        return logical.equals("decimal") ? DECIMAL : "Avro logical type " + logical;
    }

    private static Map<String, String> parameters(Schema avro) {
        Map<String, String> parameters = new HashMap<>();
        if ("decimal".equals(avro.getProp("logicalType"))) {
            putProperty(avro, "scale", "scale", parameters);
            // AvroData writes precision 64 where Connect has none: only plain Avro means what it says here.
            if (avro.getProp("connect.name") == null) {
                putProperty(avro, "precision", "connect.decimal.precision", parameters);
                parameters.putIfAbsent("scale", "0");
            }
        }
        if (avro.getObjectProp("connect.parameters") instanceof Map<?, ?> written) {
            written.forEach((name, value) -> parameters.put(String.valueOf(name), String.valueOf(value)));
        }
        return parameters;
    }

    private static void putProperty(Schema avro, String property, String name, Map<String, String> parameters) {
        Object value = avro.getObjectProp(property);
        if (value != null) {
            parameters.put(name, value.toString());
        }
    }

    private static List<byte[]> symbols(Schema avro) {
        return avro.getEnumSymbols().stream()
                .map(symbol -> symbol.getBytes(StandardCharsets.UTF_8))
                .toList();
    }
}
