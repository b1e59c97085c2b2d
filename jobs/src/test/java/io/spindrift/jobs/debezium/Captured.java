package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.jobs.ingest.RawRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Records as Debezium 3.6.3 wrote them (PostgreSQL 17), one scenario through several connectors: Apicurio's Avro converter in Confluent's wire
 * format, and Connect's JSON converter with and without schemas; as envelopes, and flattened by ExtractNewRecordState with
 * {@code add.fields=op,table,lsn,source.ts_ms}. The bytes of a JSON record are its own, cut out of the line.
 */
final class Captured {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Captured() {}

    static List<RawRecord> avro() {
        return lines("envelope-avro.ndjson.gz").stream().map(Captured::record).toList();
    }

    static List<RawRecord> json() {
        return lines("envelope-json-schema.ndjson.gz").stream()
                .map(Captured::record)
                .toList();
    }

    /** A whole capture, line by line as it came. */
    static List<RawRecord> whole(String name) {
        return file("whole/" + name);
    }

    static List<RawRecord> file(String name) {
        return lines(name + ".ndjson.gz").stream().map(Captured::record).toList();
    }

    static List<RawRecord> of(List<RawRecord> records, String topicEnd) {
        return records.stream().filter(r -> r.topic().endsWith(topicEnd)).toList();
    }

    /** The registry that the Avro records were written against. */
    static WriterSchemas registry() {
        return registry("avro-schemas.ndjson.gz");
    }

    static WriterSchemas registryOfWhole() {
        return registry("whole/avro-schemas.ndjson.gz");
    }

    private static WriterSchemas registry(String name) {
        Map<Integer, String> schemas = new HashMap<>();
        for (String line : lines(name)) {
            JsonNode entry = tree(line);
            schemas.put(entry.get("id").asInt(), entry.get("schema").toString());
        }
        return id -> Optional.ofNullable(schemas.get(id));
    }

    static WriterSchemas noRegistry() {
        return id -> {
            throw new IOException("no registry here");
        };
    }

    private static RawRecord record(String line) {
        JsonNode json = tree(line);
        Headers headers = new RecordHeaders();
        json.path("headers")
                .properties()
                .forEach(h -> headers.add(h.getKey(), h.getValue().asText().getBytes(StandardCharsets.UTF_8)));
        return new RawRecord(
                json.get("topic").asText(),
                json.get("partition").asInt(),
                json.get("offset").asLong(),
                json.get("timestamp").asLong(),
                bytes(line, json, "key"),
                bytes(line, json, "value"),
                headers);
    }

    private static byte @Nullable [] bytes(String line, JsonNode json, String part) {
        if (json.hasNonNull(part + "_b64")) {
            return Base64.getDecoder().decode(json.get(part + "_b64").asText());
        }
        return json.hasNonNull(part) ? cut(line.getBytes(StandardCharsets.UTF_8), part) : null;
    }

    private static byte[] cut(byte[] line, String part) {
        try (JsonParser parser = new JsonFactory().createParser(line)) {
            parser.nextToken();
            while (!Objects.equals(parser.nextFieldName(), part)) {
                parser.nextToken();
                parser.skipChildren();
            }
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalStateException(part + " is no object");
            }
            int from = (int) parser.currentTokenLocation().getByteOffset();
            parser.skipChildren();
            return Arrays.copyOfRange(line, from, (int) parser.currentLocation().getByteOffset());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode tree(String line) {
        try {
            return MAPPER.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(String name) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(
                        Objects.requireNonNull(Captured.class.getResourceAsStream("/debezium/" + name), name)),
                StandardCharsets.UTF_8))) {
            return new ArrayList<>(reader.lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
