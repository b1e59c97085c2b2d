package io.spindrift.local.snowflake;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The documents of a JSON file, each unchanged as the one field of its row. */
final class JsonReader implements OutsideRows.Reader {
    private final byte[] bytes;
    private final JsonParser parser;
    private final boolean strips;
    private int from;
    private int to;
    private long line;
    private @Nullable SnowflakeError problem;

    JsonReader(InputStream in, boolean strips) throws IOException {
        try (in) {
            this.bytes = in.readAllBytes();
        }
        this.parser = Natives.STRICT.createParser(bytes);
        this.strips = strips;
    }

    @Override
    public boolean next() throws IOException {
        if (problem != null) {
            return false;
        }
        try {
            JsonToken token = parser.nextToken();
            while (strips && isOuter(token)) {
                token = parser.nextToken();
            }
            if (token == null) {
                return false;
            }
            from = (int) parser.currentTokenLocation().getByteOffset();
            line = parser.currentTokenLocation().getLineNr();
            parser.skipChildren();
            parser.finishToken();
            to = (int) parser.currentLocation().getByteOffset();
        } catch (JsonProcessingException e) {
            problem = new SnowflakeError("100069", "22P02", "Error parsing JSON: " + e.getOriginalMessage(), e);
        }
        return true;
    }

    /** Whether this opens or closes an array around the documents. */
    private boolean isOuter(@Nullable JsonToken token) {
        JsonStreamContext context = parser.getParsingContext();
        return token == JsonToken.START_ARRAY && context.getParent().inRoot()
                || token == JsonToken.END_ARRAY && context.inRoot();
    }

    @Override
    public byte @Nullable [] text(int column) {
        return column == 0 && problem == null ? Arrays.copyOfRange(bytes, from, to) : null;
    }

    @Override
    public long line() {
        return line;
    }

    @Override
    public @Nullable SnowflakeError problem() {
        return problem;
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }
}
