package io.spindrift.local.snowflake;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBLogicalType;
import org.jspecify.annotations.Nullable;

/** Functions that SQL cannot express, in Java: texts in, a text or NULL out. They live as long as the process. */
final class Natives {
    private static final Map<String, String> DIGESTS =
            Map.of("224", "SHA-224", "256", "SHA-256", "0", "SHA-256", "384", "SHA-384", "512", "SHA-512");

    private Natives() {}

    /** Arguments in, of which any may be NULL. */
    private interface Native {
        @Nullable
        Object apply(@Nullable String[] args);
    }

    static void register(Connection connection) throws SQLException {
        register(connection, "sf_checked_json", String.class, args -> Json.checked(args[0]));
        register(connection, "sf_valid_json", String.class, args -> attempt(() -> Json.checked(args[0])));
        register(connection, "sf_get", String.class, strict(args -> Json.get(args)));
        register(connection, "sf_flatten", String.class, args -> Json.flatten(args[0], args[1], args[2]));
        register(connection, "sf_elements", String.class, strict(args -> Json.joined(args[0], args[1])));
        register(connection, "sf_keys", String.class, strict(args -> Json.keys(args[0])));
        register(connection, "sf_contains_element", String.class, strict(args -> Json.contains(args[0], args[1])));
        register(connection, "sf_compare_variants", Integer.class, strict(args -> Json.compare(args[0], args[1])));
        register(connection, "sf_compare_numbers", Integer.class, strict(args -> number(args[0])
                .compareTo(number(args[1]))));
        register(connection, "sf_quotient", String.class, strict(Natives::quotient));
        register(connection, "sf_read_time", String.class, strict(args -> TimeText.read(args[0], args[1], args[2])));
        register(
                connection,
                "sf_try_read_time",
                String.class,
                strict(args -> attempt(() -> TimeText.read(args[0], args[1], args[2]))));
        register(connection, "sf_write_time", String.class, strict(args -> TimeText.write(args[0], args[1])));
        register(connection, "sf_sha2", String.class, strict(Natives::sha2));
        register(connection, "sf_initcap", String.class, strict(args -> initcap(args[0])));
    }

    private static void register(Connection connection, String name, Class<?> result, Native function)
            throws SQLException {
        Function<Object[], Object> call = args -> function.apply(Arrays.copyOf(args, args.length, String[].class));
        try (var builder = DuckDBFunctions.scalarFunction();
                var text = DuckDBLogicalType.of(DuckDBColumnType.VARCHAR)) {
            builder.withName(name)
                    .withVarArgs(text)
                    .withReturnType(result)
                    .withVarArgsFunction(call)
                    .register(connection);
        }
    }

    /** NULL of a NULL. */
    private static Native strict(Native function) {
        return args -> Arrays.asList(args).contains(null) ? null : function.apply(args);
    }

    private interface Attempt {
        @Nullable
        String run();
    }

    private static @Nullable String attempt(Attempt attempt) {
        try {
            return attempt.run();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** An error of Snowflake's, on its way through DuckDB. */
    static IllegalArgumentException error(String code, String sqlState, String message) {
        return new IllegalArgumentException(DuckDbErrors.tagged(code, sqlState, message));
    }

    private static BigDecimal number(String text) {
        try {
            return new BigDecimal(text.strip());
        } catch (NumberFormatException e) {
            throw error("100038", "22018", "Numeric value '" + text + "' is not recognized");
        }
    }

    private static String quotient(String[] args) {
        BigDecimal divisor = number(args[1]);
        if (divisor.signum() == 0) {
            throw error("100051", "22012", "Division by zero");
        }
        return number(args[0])
                .divide(divisor, Integer.parseInt(args[2]), RoundingMode.HALF_UP)
                .toPlainString();
    }

    private static String sha2(String[] args) {
        String digest = DIGESTS.get(args.length > 1 ? args[1] : "256");
        if (digest == null) {
            throw error("000002", "0A000", "not supported by the local Snowflake: SHA2 with " + args[1]);
        }
        try {
            byte[] hash = MessageDigest.getInstance(digest).digest(args[0].getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String initcap(String text) {
        StringBuilder capital = new StringBuilder();
        boolean within = false;
        for (char c : text.toCharArray()) {
            capital.append(within ? Character.toLowerCase(c) : Character.toUpperCase(c));
            within = Character.isLetterOrDigit(c);
        }
        return capital.toString();
    }
}
