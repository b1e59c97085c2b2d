package io.spindrift.chaos;

import java.util.Locale;

/** What a new job starts from. */
enum Origin {
    /** The savepoint with which the one before it is stopped. */
    STOP_WITH_SAVEPOINT,
    /** A savepoint of the one before it, which then is cancelled. */
    SAVEPOINT,
    /** The newest checkpoint of the one before it, which is cancelled. */
    NEWEST_CHECKPOINT,
    /** A savepoint with commits behind it. */
    OLDER_SAVEPOINT,
    /** Nothing: every topic from its beginning. */
    NO_STATE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
