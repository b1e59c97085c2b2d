package io.spindrift.sinks.model;

/** What happened to a row, by Debezium's code: {@code r}ead in a snapshot, {@code c}reate, {@code u}pdate, {@code d}elete, {@code t}runcate. */
public enum Operation {
    READ('r'),
    CREATE('c'),
    UPDATE('u'),
    DELETE('d'),
    TRUNCATE('t');

    private final char code;

    Operation(char code) {
        this.code = code;
    }

    public char code() {
        return code;
    }

    public static Operation ofCode(int code) {
        return switch (code) {
            case 'r' -> READ;
            case 'c' -> CREATE;
            case 'u' -> UPDATE;
            case 'd' -> DELETE;
            case 't' -> TRUNCATE;
            default ->
                throw new IllegalArgumentException("unknown operation '" + (char) code + "': known are r, c, u, d, t");
        };
    }
}
