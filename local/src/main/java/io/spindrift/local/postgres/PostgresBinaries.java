package io.spindrift.local.postgres;

import io.spindrift.local.process.LocalStackException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The PostgreSQL programs, unpacked once a user and archive. The directory carries the archive's digest and appears by
 * one atomic rename, so starts at the same time cannot see half of it, and a new version never meets an old directory.
 */
record PostgresBinaries(Path home) {
    private static final Set<PosixFilePermission> PROGRAM = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r--r--");
    private static final int ANY_EXECUTE = 0111;

    Path program(String name) {
        return home.resolve("bin").resolve(name);
    }

    static PostgresBinaries unpacked(OperatingUser user) {
        String archive = archiveName();
        try {
            Path cache = cacheDirectory(user);
            Path home = cache.resolve(archive.replace(".txz", "-" + digest(archive)));
            if (!Files.isDirectory(home)) {
                unpack(archive, cache, home);
            }
            return new PostgresBinaries(home);
        } catch (IOException e) {
            throw new LocalStackException("cannot unpack PostgreSQL from " + archive, e);
        }
    }

    private static String archiveName() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "");
        String system = os.startsWith("mac") ? "darwin" : "linux";
        String machine = Set.of("aarch64", "arm64").contains(arch) ? "arm_64" : "x86_64";
        return "postgres-%s-%s.txz".formatted(system, machine);
    }

    private static InputStream open(String archive) {
        InputStream stream = PostgresBinaries.class.getResourceAsStream("/" + archive);
        if (stream == null) {
            throw new LocalStackException("no PostgreSQL for this platform (%s %s): %s is not on the class path"
                    .formatted(System.getProperty("os.name"), System.getProperty("os.arch"), archive));
        }
        return stream;
    }

    private static String digest(String archive) throws IOException {
        try (InputStream stream = open(archive)) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
                sha.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(sha.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first of these that this user can own: a system cache for root, whose home others cannot enter; then the home's; then tmp. */
    private static Path cacheDirectory(OperatingUser user) {
        List<Path> candidates = new ArrayList<>();
        if (user.root()) {
            candidates.add(Path.of("/var/cache/spindrift"));
        } else {
            String xdg = System.getenv("XDG_CACHE_HOME");
            String home = System.getProperty("user.home", "/nonexistent");
            candidates.add(xdg == null ? Path.of(home, ".cache", "spindrift") : Path.of(xdg, "spindrift"));
        }
        candidates.add(Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "spindrift-cache-" + user.uid()));
        for (Path candidate : candidates) {
            if (usable(candidate, user)) {
                return candidate;
            }
        }
        throw new LocalStackException("no directory for the PostgreSQL programs; tried " + candidates);
    }

    /** Only a directory of the user's own: in a shared one somebody else could have put the programs there. */
    private static boolean usable(Path directory, OperatingUser user) {
        try {
            Files.createDirectories(directory);
            return user.owns(directory) && Files.isWritable(directory);
        } catch (IOException e) {
            return false;
        }
    }

    private static void unpack(String archive, Path cache, Path home) throws IOException {
        Path partial = Files.createTempDirectory(cache, "unpacking-");
        Files.setPosixFilePermissions(partial, PROGRAM);
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(open(archive))))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                extract(tar, entry, partial);
            }
        }
        try {
            Files.move(partial, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            Directories.delete(partial);
        } catch (AtomicMoveNotSupportedException e) {
            throw new LocalStackException("the cache directory %s cannot rename atomically".formatted(cache), e);
        } catch (IOException e) {
            Directories.delete(partial);
            if (!Files.isDirectory(home)) {
                throw e;
            }
        }
    }

    private static void extract(TarArchiveInputStream tar, TarArchiveEntry entry, Path root) throws IOException {
        Path target = root.resolve(entry.getName()).normalize();
        if (!target.startsWith(root)) {
            throw new LocalStackException("entry outside of the archive: " + entry.getName());
        }
        if (entry.isDirectory()) {
            directories(root, target);
            return;
        }
        directories(root, Objects.requireNonNull(target.getParent()));
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else {
            Files.copy(tar, target);
            Files.setPosixFilePermissions(target, (entry.getMode() & ANY_EXECUTE) == 0 ? FILE : PROGRAM);
        }
    }

    /** Creates what is missing from the root downward, open to readers whatever the umask. */
    private static void directories(Path root, Path directory) throws IOException {
        if (directory.equals(root)) {
            return;
        }
        Path current = root;
        for (Path name : root.relativize(directory)) {
            current = current.resolve(name);
            if (!Files.isDirectory(current)) {
                Files.createDirectory(current);
                Files.setPosixFilePermissions(current, PROGRAM);
            }
        }
    }
}
