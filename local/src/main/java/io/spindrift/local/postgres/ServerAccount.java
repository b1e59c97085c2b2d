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
        UNSHARE(List.of("unshare", "-U", "--")),
        SETPRIV(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOGROUP_ID, "--clear-groups", "--")),
        RUNUSER(List.of("runuser", "-u", NOBODY, "--"));

        private final List<String> launcher;

        Method(List<String> launcher) {
            this.launcher = launcher;
        }
    }

    ServerAccount {
        launcher = List.copyOf(launcher);
    }

    boolean relocated() {
        return !directory.equals(relocatedFrom);
    }

    /** A new, empty directory for the server's files, and how to start programs that can use it. */
    static ServerAccount prepare(OperatingUser user, PostgresBinaries binaries, Path wanted) throws IOException {
        Files.createDirectories(wanted);
        if (!user.root()) {
            return new ServerAccount(List.of(), wanted, wanted);
        }
        List<String> tried = new ArrayList<>();
        for (Method method : Method.values()) {
            if (usable(method, binaries, wanted)) {
                return new ServerAccount(method.launcher, wanted, wanted);
            }
            tried.add(String.join(" ", method.launcher));
        }
        Path standIn = Files.createTempDirectory("spindrift-postgres-");
        for (Method method : Method.values()) {
            if (usable(method, binaries, standIn)) {
                return new ServerAccount(method.launcher, standIn, wanted);
            }
        }
        Directories.delete(standIn);
        throw new LocalStackException(
                "PostgreSQL refuses to run as root, and none of %s can run %s with files in %s or %s. Run as an ordinary user."
                        .formatted(tried, binaries.program("postgres"), wanted, standIn));
    }

    private static boolean usable(Method method, PostgresBinaries binaries, Path directory) throws IOException {
        UserPrincipal before = Files.getOwner(directory);
        if (method != Method.UNSHARE && !handOver(directory)) {
            return false;
        }
        List<String> probe = new ArrayList<>(method.launcher);
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
