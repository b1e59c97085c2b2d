package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Key-pair authentication: the JWT that the driver signs with the user's private key, checked against the public keys that ALTER
 * USER has set (docs: user-guide/key-pair-auth).
 */
final class KeyPair {
    private static final List<String> KEYS = List.of("RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2");

    private KeyPair() {}

    /** @throws SnowflakeError 390144 unless one of the user's keys has signed the token, for this user and for now */
    static void verify(String token, String user, Map<String, String> properties, Instant now) {
        String[] parts = token.split("\\.");
        try {
            if (parts.length != 3 || !"RS256".equals(json(parts[0]).path("alg").asText())) {
                throw invalid();
            }
            JsonNode claims = json(parts[1]);
            String subject = claims.path("sub").asText();
            boolean current = claims.path("iat").asLong() <= now.getEpochSecond() + 60
                    && claims.path("exp").asLong() > now.getEpochSecond();
            if (!current || !subject.toUpperCase(Locale.ROOT).endsWith("." + user)) {
                throw invalid();
            }
            for (byte[] key : keys(properties).toList()) {
                String issuer = subject + ".SHA256:" + Base64.getEncoder().encodeToString(sha256(key));
                if (issuer.equals(claims.path("iss").asText()) && isSigned(parts, key)) {
                    return;
                }
            }
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw invalid();
        }
        throw invalid();
    }

    private static Stream<byte[]> keys(Map<String, String> properties) {
        return KEYS.stream()
                .map(key -> properties.getOrDefault(key, "").replaceAll("-----[A-Z ]+-----|\\s", ""))
                .filter(key -> !key.isEmpty())
                .map(Base64.getDecoder()::decode);
    }

    private static boolean isSigned(String[] parts, byte[] key) throws GeneralSecurityException {
        PublicKey rsa = KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(key));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(rsa);
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        return signature.verify(Base64.getUrlDecoder().decode(parts[2]));
    }

    private static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    private static JsonNode json(String base64) throws IOException {
        return Answers.JSON.readTree(Base64.getUrlDecoder().decode(base64));
    }

    private static SnowflakeError invalid() {
        return new SnowflakeError("390144", "08001", "JWT token is invalid.");
    }
}
