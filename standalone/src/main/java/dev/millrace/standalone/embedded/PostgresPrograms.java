package dev.millrace.standalone.embedded;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** PostgreSQL's own programs, which come along on the class path for one platform. */
final class PostgresPrograms {
  private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
  private static final String PREFIX = "postgres-bin-";
  private static final int COPY_BYTES = 1 << 16;

  private static final Set<PosixFilePermission> ALL_READ =
      PosixFilePermissions.fromString("rw-r--r--");
  private static final Set<PosixFilePermission> ALL_RUN =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private PostgresPrograms() {}

  /** The version that comes along, such as {@code 18.6.0}. */
  static String version() {
    Properties versions = new Properties();
    try (InputStream in = PostgresPrograms.class.getResourceAsStream("servers.properties")) {
      if (in == null) {
        throw new IllegalStateException("the build left servers.properties out");
      }
      versions.load(in);
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
    return versions.getProperty("postgresql");
  }

  /** The first number of the version: data of another one cannot be read. */
  static String major() {
    String version = version();
    return version.substring(0, version.indexOf('.'));
  }

  /**
   * Unpacks them where that was not done before: 15 MB that become 60.
   *
   * @return the folder that {@code bin} is in
   */
  static Path unpack(Path root) throws IOException, InterruptedException {
    Path folder = root.resolve(PREFIX + version());
    if (Files.isDirectory(folder)) {
      return folder;
    }
    ProgramFolder.make(folder, PostgresPrograms::unpackInto);
    // Those of an older version are used by nobody: this process has the data folder.
    ProgramFolder.deleteOthers(root, PREFIX, folder);
    return folder;
  }

  private static void unpackInto(Path folder) throws IOException {
    try (InputStream packed = PostgresPrograms.class.getResourceAsStream(ARCHIVE)) {
      if (packed == null) {
        throw new MillraceException(
            ErrorCode.DATABASE_UNAVAILABLE,
            "PostgreSQL's programs are missing on the class path: " + ARCHIVE);
      }
      Files.setPosixFilePermissions(folder, ALL_RUN);
      try (TarArchiveInputStream archive =
          new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(packed)))) {
        for (TarArchiveEntry entry = archive.getNextEntry();
            entry != null;
            entry = archive.getNextEntry()) {
          unpack(archive, entry, folder);
        }
      }
    }
  }

  private static void unpack(TarArchiveInputStream archive, TarArchiveEntry entry, Path folder)
      throws IOException {
    Path path = folder.resolve(entry.getName()).normalize();
    if (!path.startsWith(folder)) {
      throw new IOException("the archive names a file outside of it: " + entry.getName());
    }
    if (entry.isDirectory()) {
      makeFolder(path);
      return;
    }
    // The archive has no entries of folders, or has them later.
    makeFolder(path.resolve("..").normalize());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else if (entry.isLink()) {
      Files.createLink(path, folder.resolve(entry.getLinkName()).normalize());
    } else {
      write(archive, path);
      // Not as the mask of this process has it: the server may run as another user.
      Files.setPosixFilePermissions(path, (entry.getMode() & 0100) == 0 ? ALL_READ : ALL_RUN);
    }
  }

  private static void makeFolder(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      makeFolder(path.resolve("..").normalize());
      Files.createDirectory(path);
      Files.setPosixFilePermissions(path, ALL_RUN);
    }
  }

  private static void write(TarArchiveInputStream archive, Path path) throws IOException {
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var out = Channels.newOutputStream(file);
      byte[] some = new byte[COPY_BYTES];
      for (int read = archive.read(some); read > 0; read = archive.read(some)) {
        out.write(some, 0, read);
      }
    }
  }
}
