package io.spindrift.local.workload;

import io.spindrift.local.workload.EcommerceTransaction.Ending;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** People: sign-ups, profiles, departures and returns. */
final class UserTransactions {
    private static final List<String> LOCALES = List.of("de", "en", "fr", "nl", "pt");

    private UserTransactions() {}

    static Ending signUp(ShopSession session) throws SQLException {
        Optional<UUID> departed =
                session.values().oneIn(3) ? session.keys().departedUsers().take(session.random()) : Optional.empty();
        departed.ifPresent(user ->
                session.afterRollback(() -> session.keys().departedUsers().add(user)));
        insertUser(session, departed.orElseGet(session.values()::key));
        return Ending.COMMIT;
    }

    private static void insertUser(ShopSession session, UUID user) throws SQLException {
        Random random = session.random();
        String name = "User " + Integer.toHexString(random.nextInt());
        String email = name.replace(' ', '.').toLowerCase(Locale.ROOT) + "@example.com";
        if (session.values().oneIn(4)) {
            session.execute(EcommerceSql.SIGN_UP_BRIEFLY, user, email, name);
        } else {
            session.execute(
                    EcommerceSql.SIGN_UP,
                    user,
                    email,
                    name,
                    session.values().orNull("+49 431 " + random.nextInt(1_000_000)),
                    session.values().orNull(LocalDate.of(1950, 1, 1).plusDays(random.nextInt(20_000))),
                    session.values().orNull(LOCALES.get(random.nextInt(LOCALES.size()))),
                    session.values().orNull(random.nextBoolean()),
                    session.values().orNull(random.nextInt(5_000)),
                    session.values().orNull(session.values().address()),
                    session.values().document("recent"));
        }
        session.afterCommit(() -> session.keys().users().add(user));
    }

    static Ending updateProfile(ShopSession session) throws SQLException {
        Random random = session.random();
        Optional<UUID> user = session.keys().users().any(random);
        if (user.isPresent()) {
            session.execute(
                    EcommerceSql.UPDATE_PROFILE,
                    session.values().orNull("+49 40 " + random.nextInt(1_000_000)),
                    session.values().orNull(LOCALES.get(random.nextInt(LOCALES.size()))),
                    session.values().orNull(random.nextBoolean()),
                    session.values().orNull(random.nextInt(5_000)),
                    session.values().orNull(session.values().address()),
                    user.get());
        }
        return Ending.COMMIT;
    }

    static Ending logIn(ShopSession session) throws SQLException {
        Optional<UUID> user = session.keys().users().any(session.random());
        if (user.isPresent()) {
            session.execute(EcommerceSql.LOG_IN, user.get());
        }
        return Ending.COMMIT;
    }

    static Ending replacePreferences(ShopSession session) throws SQLException {
        Optional<UUID> user = session.keys().users().any(session.random());
        if (user.isPresent()) {
            session.execute(EcommerceSql.REPLACE_PREFERENCES, session.values().document("recent"), user.get());
        }
        return Ending.COMMIT;
    }

    static Ending deleteUser(ShopSession session) throws SQLException {
        Optional<UUID> user = takeUser(session);
        if (user.isPresent()) {
            session.execute(EcommerceSql.DELETE_USER, user.get());
            session.afterCommit(() -> session.keys().departedUsers().add(user.get()));
        }
        return Ending.COMMIT;
    }

    static Ending deleteAndReinsertUser(ShopSession session) throws SQLException {
        Optional<UUID> user = takeUser(session);
        if (user.isPresent()) {
            session.execute(EcommerceSql.DELETE_USER, user.get());
            insertUser(session, user.get());
        }
        return Ending.COMMIT;
    }

    private static Optional<UUID> takeUser(ShopSession session) {
        Optional<UUID> user = session.keys().users().take(session.random());
        user.ifPresent(key -> session.afterRollback(() -> session.keys().users().add(key)));
        return user;
    }
}
