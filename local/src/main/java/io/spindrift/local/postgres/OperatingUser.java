package io.spindrift.local.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The account this JVM runs under, seen by the owner of a file it makes. */
record OperatingUser(int uid) {
    static OperatingUser current() throws IOException {
        Path probe = Files.createTempFile("spindrift-", ".probe");
        try {
            return new OperatingUser(ownerOf(probe));
        } finally {
            Files.delete(probe);
        }
    }

    boolean root() {
        return uid == 0;
    }

    boolean owns(Path path) throws IOException {
        return ownerOf(path) == uid;
    }

    private static int ownerOf(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid");
    }
}
