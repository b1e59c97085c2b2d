package io.spindrift.jobs.debezium;

import io.spindrift.jobs.ingest.RawRecord;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Hand-made records in Connect's JSON, of table public.t. */
final class InlineJson {

    static final String ID = "{\"type\":\"int32\",\"optional\":false,\"field\":\"id\"}";
    static final String NAME = "{\"type\":\"string\",\"optional\":true,\"field\":\"name\"}";
    static final String KEY =
            "{\"schema\":{\"type\":\"struct\",\"fields\":[" + ID + "],\"optional\":false},\"payload\":{\"id\":1}}";

    private InlineJson() {}

    static String value(String fields, String op, String before, String after) {
        return value(fields, op, before, after, "\"snapshot\":\"false\",\"ts_us\":5,\"lsn\":7,\"txId\":9");
    }

    static String value(String fields, String op, String before, String after, String source) {
        String row = "{\"type\":\"struct\",\"fields\":[" + fields + "],\"optional\":true,\"field\":";
        return """
            {"schema":{"type":"struct","fields":[%s"before"},%s"after"},{"type":"struct","fields":[
            {"type":"string","field":"schema"},{"type":"string","field":"table"}],"field":"source"},
            {"type":"string","field":"op"}],"name":"x.public.t.Envelope"},
            "payload":{"before":%s,"after":%s,"source":{%s,"schema":"public","table":"t"},"op":"%s","ts_ms":1}}""".formatted(row, row, before, after, source, op);
    }

    static RawRecord record(@Nullable String key, @Nullable String value, String... headers) {
        RecordHeaders all = new RecordHeaders();
        for (String header : headers) {
            all.add(header, new byte[0]);
        }
        return new RawRecord("x.public.t", 0, 0, 0, utf8(key), utf8(value), all);
    }

    private static byte @Nullable [] utf8(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}
