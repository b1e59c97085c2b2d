package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.util.List;

/** One place of a writer schema, compiled: it reads a value into an encoder, or steps over it. */
interface AvroNode {

    void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused;

    void skip(AvroInput in) throws Refused;

    record Null() implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            encoder.ofNull(out);
        }

        @Override
        public void skip(AvroInput in) {}
    }

    record Bool() implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            encoder.ofBoolean(in.readBoolean(), out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            in.readBoolean();
        }
    }

    record Int32() implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            encoder.ofLong(in.readInt(), out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            in.readInt();
        }
    }

    record Int64() implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            encoder.ofLong(in.readLong(), out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            in.readLong();
        }
    }

    record Float32() implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            encoder.ofDouble(in.readFloat(), out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            in.readFloat();
        }
    }

    record Float64() implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            encoder.ofDouble(in.readDouble(), out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            in.readDouble();
        }
    }

    record Text() implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            int length = in.readLength();
            encoder.ofText(in.bytes(), in.take(length), length, out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            in.take(in.readLength());
        }
    }

    record Bytes() implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            int length = in.readLength();
            encoder.ofBytes(in.bytes(), in.take(length), length, out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            in.take(in.readLength());
        }
    }

    record Fixed(int length) implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            encoder.ofBytes(in.bytes(), in.take(length), length, out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            in.take(length);
        }
    }

    /** Its symbols are Avro names, thus ASCII. */
    record Enumerated(List<byte[]> symbols) implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            byte[] symbol = symbols.get(in.readChoice(symbols.size()));
            encoder.ofText(symbol, 0, symbol.length, out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            in.readChoice(symbols.size());
        }
    }

    /** A union of null and one other, which stands at {@code 1 - nullChoice}. */
    record OrNull(int nullChoice, AvroNode value) implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            if (isNull(in)) {
                encoder.ofNull(out);
            } else {
                value.read(in, encoder, out);
            }
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            if (!isNull(in)) {
                value.skip(in);
            }
        }

        boolean isNull(AvroInput in) throws Refused {
            return in.readChoice(2) == nullChoice;
        }
    }

    /** Is stepped over: it has no column type, so a table that needs one is refused when its plan is made. */
    record Union(List<AvroNode> choices) implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            throw Refused.undecodable("a union stands where a single value is read");
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            choices.get(in.readChoice(choices.size())).skip(in);
        }
    }

    record Array(AvroNode item) implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            Parts parts = encoder.ofParts();
            parts.begin(out);
            for (int count = in.readBlock(); count != 0; count = in.readBlock()) {
                for (int i = 0; i < count; i++) {
                    item.read(in, parts.part(0), parts.buffer());
                    parts.add(0, out);
                }
            }
            parts.end(out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            for (int count = in.readBlock(); count != 0; count = in.readBlock()) {
                for (int i = 0; i < count; i++) {
                    item.skip(in);
                }
            }
        }
    }

    record Mapped(AvroNode value) implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            Parts parts = encoder.ofParts();
            parts.begin(out);
            for (int count = in.readBlock(); count != 0; count = in.readBlock()) {
                for (int i = 0; i < count; i++) {
                    int length = in.readLength();
                    parts.key(in.bytes(), in.take(length), length);
                    value.read(in, parts.part(0), parts.buffer());
                    parts.add(0, out);
                }
            }
            parts.end(out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            for (int count = in.readBlock(); count != 0; count = in.readBlock()) {
                for (int i = 0; i < count; i++) {
                    in.take(in.readLength());
                    value.skip(in);
                }
            }
        }
    }

    record Struct(AvroFields fields) implements AvroNode {
        @Override
        public void read(AvroInput in, CellEncoder encoder, CellBuffer out) throws Refused {
            Parts parts = encoder.ofParts();
            parts.begin(out);
            for (int i = 0; i < fields.size(); i++) {
                fields.read(in, i, parts.part(i), parts.buffer());
                parts.add(i, out);
            }
            parts.end(out);
        }

        @Override
        public void skip(AvroInput in) throws Refused {
            fields.skipAll(in);
        }
    }
}
