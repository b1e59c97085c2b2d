package io.spindrift.local.postgres;

import io.spindrift.local.process.ChildProcess;
import io.spindrift.local.process.LocalStackException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The account PostgreSQL runs under and the directory it may write: it refuses to run as root. For root, in this order:
 *
 * <ol>
 *   <li>{@code unshare -U}: a user namespace in which root has no name; the files stay root's. Fails in containers whose
 *       seccomp profile forbids it.
 *   <li>{@code setpriv --reuid=nobody}: the directory becomes nobody's.
 *   <li>{@code runuser -u nobody}: likewise, for old util-linux.
 * </ol>
 *
 * <p>Where nobody cannot enter the wanted directory (below /root, a private temporary directory), a directory in
 * java.io.tmpdir stands in.
 */
record ServerAccount(List<String> launcher, Path directory, Path relocatedFrom) {
    private static final String NOBODY = "nobody";
    private static final String NOGROUP_ID = "65534";

    private enum Method {
        UNSHARE,
        SETPRIV,
        RUNUSER;

        List<String> launcher() {
            return switch (this) {
                case UNSHARE -> List.of("unshare", "-U", "--");
                case SETPRIV ->
                    List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOGROUP_ID, "--clear-groups", "--");
                case RUNUSER -> List.of("runuser", "-u", NOBODY, "--");
            };
        }
    }

    ServerAccount {
        launcher = List.copyOf(launcher);
    }

    /** A new, empty directory for the server's files, and how to start programs that can use it. */
    static ServerAccount prepare(OperatingUser user, PostgresBinaries binaries, Path wanted) throws IOException {
        Files.createDirectories(wanted);
        if (!user.root()) {
            return new ServerAccount(List.of(), wanted, wanted);
        }
        Optional<Method> here = firstUsable(binaries, wanted);
        if (here.isPresent()) {
            return new ServerAccount(here.get().launcher(), wanted, wanted);
        }
        Path standIn = Files.createTempDirectory("spindrift-postgres-");
        Optional<Method> elsewhere = firstUsable(binaries, standIn);
        if (elsewhere.isPresent()) {
            return new ServerAccount(elsewhere.get().launcher(), standIn, wanted);
        }
        Directories.delete(standIn);
        throw new LocalStackException(
                "PostgreSQL refuses to run as root, and neither unshare nor setpriv nor runuser can run %s with files in %s or %s; start as an ordinary user"
                        .formatted(binaries.program("postgres"), wanted, standIn));
    }

    private static Optional<Method> firstUsable(PostgresBinaries binaries, Path directory) throws IOException {
        for (Method method : Method.values()) {
            if (usable(method, binaries, directory)) {
                return Optional.of(method);
            }
        }
        return Optional.empty();
    }

    /** Removes the directory if it stands in for the wanted one. */
    void discardStandIn() throws IOException {
        if (!directory.equals(relocatedFrom)) {
            Directories.delete(directory);
        }
    }

    private static boolean usable(Method method, PostgresBinaries binaries, Path directory) throws IOException {
        UserPrincipal before = Files.getOwner(directory);
        if (method != Method.UNSHARE && !handOver(directory)) {
            return false;
        }
        List<String> probe = new ArrayList<>(method.launcher());
        probe.addAll(List.of("sh", "-c", "touch \"$0/probe\" && rm \"$0/probe\" && \"$1\" --version"));
        probe.addAll(List.of(directory.toString(), binaries.program("postgres").toString()));
        boolean works = ChildProcess.run(probe, Path.of("/"), Path.of("/dev/null")) == 0;
        if (!works) {
            Files.setOwner(directory, before);
        }
        return works;
    }

    private static boolean handOver(Path directory) throws IOException {
        try {
            UserPrincipal nobody =
                    directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(NOBODY);
            Files.setOwner(directory, nobody);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            return true;
        } catch (UserPrincipalNotFoundException e) {
            return false;
        }
    }
}
