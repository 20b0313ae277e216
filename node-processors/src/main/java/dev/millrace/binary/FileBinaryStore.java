package dev.millrace.binary;

import dev.millrace.item.BinaryData;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Files of items in a folder of this machine, or of a file system that all processes share. Each
 * execution has a folder of its own, {@code SHARD/EXECUTION/FILE}, so that removing what an
 * execution left behind is removing one folder. A file is whole before it has its name, and on the
 * disk before {@code write} returns.
 *
 * <p>A reference, {@code filesystem-v2:SHARD/EXECUTION/FILE}, cannot be guessed (128 random bits)
 * and has exactly one form, so an item that a user's code made cannot reach other files with it.
 */
public final class FileBinaryStore extends SpooledBinaryStore {
  /** The storage mode: n8n's name for files whose path is in their reference. */
  public static final String MODE = "filesystem-v2";

  private static final Pattern REFERENCE =
      Pattern.compile(MODE + ":([0-9a-f]{2})/(" + ExecutionFolders.PATTERN + ")/([0-9a-f]{32})");
  private static final String UNFINISHED = ".part";

  private final Path root;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param root made when it does not exist
   */
  public FileBinaryStore(Path root, StoreLimits limits, FileTypes types) throws IOException {
    this(root, limits, types, InstantSource.system());
  }

  /**
   * @param clock for the time at which files are renewed
   */
  FileBinaryStore(Path root, StoreLimits limits, FileTypes types, InstantSource clock)
      throws IOException {
    super(limits, types, MODE, REFERENCE);
    this.root = Files.createDirectories(root).toRealPath();
    this.clock = clock;
  }

  @Override
  InputStream open(BinaryData file, MatchResult reference) throws IOException {
    Path path =
        root.resolve(reference.group(1)).resolve(reference.group(2)).resolve(reference.group(3));
    try {
      return Channels.newInputStream(
          Files.newByteChannel(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
    } catch (NoSuchFileException removed) {
      throw gone(file);
    }
  }

  @Override
  Path spool(String executionId) throws IOException {
    Path folder = folder(executionId);
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      force(Objects.requireNonNull(folder.getParent()));
      force(root);
    }
    byte[] name = new byte[16];
    random.nextBytes(name);
    return folder.resolve(HexFormat.of().formatHex(name) + UNFINISHED);
  }

  @Override
  String keep(String executionId, Path spooled) throws IOException {
    String name = Objects.requireNonNull(spooled.getFileName()).toString();
    Path file = spooled.resolveSibling(name.substring(0, name.length() - UNFINISHED.length()));
    Files.move(spooled, file, StandardCopyOption.ATOMIC_MOVE);
    force(Objects.requireNonNull(file.getParent()));
    return MODE + ":" + root.relativize(file).toString().replace('\\', '/');
  }

  @Override
  public void delete(String executionId) throws IOException {
    deleteFolder(folder(executionId));
    forget(executionId);
  }

  @Override
  public int review(Instant quietSince, Review review) throws IOException {
    int deleted = 0;
    try (DirectoryStream<Path> shards = Files.newDirectoryStream(root)) {
      for (Path shard : shards) {
        if (!Files.isDirectory(shard, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(shard)) {
          for (Path folder : folders) {
            deleted += review(folder, quietSince, review) ? 1 : 0;
          }
        }
      }
    }
    return deleted;
  }

  private boolean review(Path folder, Instant quietSince, Review review) throws IOException {
    Instant lastSign;
    try {
      // The time of a folder is that of the last file that got its name in it.
      lastSign = Files.getLastModifiedTime(folder).toInstant();
    } catch (NoSuchFileException deletedMeanwhile) {
      return false;
    }
    if (!lastSign.isBefore(quietSince)) {
      return false;
    }
    String executionId =
        ExecutionFolders.executionId(Objects.requireNonNull(folder.getFileName()).toString());
    return switch (review.of(executionId, lastSign)) {
      case KEEP -> false;
      case RENEW -> {
        Files.setLastModifiedTime(folder, FileTime.from(clock.instant()));
        yield false;
      }
      case DELETE -> {
        deleteFolder(folder);
        forget(executionId);
        yield true;
      }
    };
  }

  private static void deleteFolder(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException nothingThere) {
      return;
    }
    try {
      Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException writtenMeanwhile) {
      return;
    }
  }

  private Path folder(String executionId) {
    String name = ExecutionFolders.name(executionId);
    String shard =
        HexFormat.of().toHexDigits((byte) ((executionId.hashCode() * 0x9E3779B9) >>> 24));
    return root.resolve(shard).resolve(name);
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
