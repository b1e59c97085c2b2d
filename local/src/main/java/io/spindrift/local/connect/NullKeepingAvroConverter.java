package io.spindrift.local.connect;

import io.apicurio.registry.utils.converter.AvroConverter;
import io.apicurio.registry.utils.converter.avro.AvroData;
import java.lang.reflect.Field;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Apicurio's Avro converter with an option that its code has but never reads: with {@value #OPTION} a NULL in a column
 * with a DEFAULT is written as null, not as the default. The schema keeps the default, as Confluent's converter does.
 */
public final class NullKeepingAvroConverter<T> extends AvroConverter<T> {
    private static final String OPTION = "ignore.default.for.nullables";

    @Override
    public void configure(Map<String, ?> configuration, boolean isKey) {
        super.configure(configuration, isKey);
        if (Boolean.parseBoolean(String.valueOf(configuration.get(OPTION)))) {
            keepNulls();
        }
    }

    private void keepNulls() {
        try {
            Field data = AvroConverter.class.getDeclaredField("avroData");
            data.setAccessible(true);
            Field ignoreDefaults = AvroData.class.getDeclaredField("ignoreDefaultForNullables");
            ignoreDefaults.setAccessible(true);
            ignoreDefaults.setBoolean(data.get(this), true);
        } catch (ReflectiveOperationException e) {
            throw new ConnectException(
                    "this version of Apicurio's Avro converter cannot keep NULLs in columns with a DEFAULT", e);
        }
    }
}
