package dev.millrace.standalone;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder that holds everything a process keeps, locked for as long as this is open. The lock is
 * the operating system's: it is gone when the process is, however it ends.
 */
final class DataFolder implements AutoCloseable {
  private final Path root;
  private final FileChannel channel;
  private final boolean temporary;

  private DataFolder(Path root, FileChannel channel, boolean temporary) {
    this.root = root;
    this.channel = channel;
    this.temporary = temporary;
  }

  /**
   * Opens a folder, which is created when it is not there.
   *
   * @throws MillraceException {@code DATA_IN_USE} when another process has it
   */
  static DataFolder open(Path root) {
    return open(root, false);
  }

  /** A new folder that is deleted when it is closed. */
  static DataFolder temporary() {
    try {
      return open(Files.createTempDirectory("millrace-"), true);
    } catch (IOException impossible) {
      throw unusable(Path.of(System.getProperty("java.io.tmpdir", ".")), impossible);
    }
  }

  private static DataFolder open(Path root, boolean temporary) {
    try {
      Files.createDirectories(root);
      FileChannel channel =
          FileChannel.open(
              root.resolve("lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      if (lock(channel) == null) {
        String holder = Files.readString(root.resolve("lock")).strip();
        channel.close();
        throw new MillraceException(
            ErrorCode.DATA_IN_USE,
            "the data folder "
                + root.toAbsolutePath()
                + " is used by another process"
                + (holder.isEmpty() ? "" : " (process " + holder + ")"));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
      return new DataFolder(root, channel, temporary);
    } catch (IOException unwritable) {
      throw unusable(root, unwritable);
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      return null;
    }
  }

  Path kafka() {
    return root.resolve("kafka");
  }

  Path streams() {
    return root.resolve("streams");
  }

  /** The files of items. */
  Path files() {
    return root.resolve("files");
  }

  /** Files on their way to an object store. */
  Path spool() {
    return root.resolve("spool");
  }

  /** The secret that the URLs of waiting executions are signed with. */
  Path resumeKey() {
    return root.resolve("resume.key");
  }

  /** The secret by which the processes of the installation know each other. */
  Path installationKey() {
    return root.resolve("installation.key");
  }

  /** The key that wraps the keys of credentials, where the environment names none. */
  Path encryptionKey() {
    return root.resolve("encryption.key");
  }

  /** The folder itself. */
  Path root() {
    return root;
  }

  /** Where a running server says at what address its Kafka is. */
  Path address() {
    return address(root);
  }

  /** The same of a folder that another process has. */
  static Path address(Path root) {
    return root.resolve("kafka-address");
  }

  /** Where the workflow folder remembers what it published. */
  Path publishedFiles() {
    return root.resolve("workflow-files.json");
  }

  @Override
  public void close() {
    try {
      channel.close();
      if (temporary) {
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(root)) {
          deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
          Files.deleteIfExists(path);
        }
      }
    } catch (IOException leftBehind) {
      throw unusable(root, leftBehind);
    }
  }

  private static MillraceException unusable(Path root, IOException cause) {
    return new MillraceException(
        ErrorCode.UNREADABLE_FILE, "the data folder " + root + " cannot be used: " + cause, cause);
  }
}
