package dev.millrace.binary;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.node.BinaryStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Files of items in a folder of this machine, or of a file system that all processes share. Each
 * execution has a folder of its own, {@code SHARD/EXECUTION/FILE}, so that removing what an
 * execution left behind is removing one folder. A file is whole before it has its name, and on the
 * disk before {@code write} returns.
 *
 * <p>A reference, {@code filesystem-v2:SHARD/EXECUTION/FILE}, cannot be guessed (128 random bits)
 * and has exactly one form, so an item that a user's code made cannot reach other files with it.
 */
public final class FileBinaryStore implements BinaryStore {
  /** The storage mode: n8n's name for files whose path is in their reference. */
  public static final String MODE = "filesystem-v2";

  private static final Pattern REFERENCE =
      Pattern.compile(MODE + ":([0-9a-f]{2})/([a-z0-9_~-]{1,240})/([0-9a-f]{32})");
  private static final int EXECUTIONS_REMEMBERED = 10_000;

  /**
   * How much may be kept, and where.
   *
   * @param fileBytes the largest file
   * @param inlineBytes files up to this size stay inside their item as Base64: a file of its own
   *     costs two waits for the disk, some milliseconds, and more than the few kilobytes cost in a
   *     record; user code that reads {@code binary.data.data}, as many workflows do, then also
   *     works
   * @param inlineBytesPerExecution how much of an execution's content may lie in its items, so that
   *     many small files do not make its records large
   */
  public record Limits(long fileBytes, int inlineBytes, int inlineBytesPerExecution) {
    /** 1 GiB a file; 32 KiB in an item and 256 KiB in all items of an execution. */
    public static final Limits DEFAULT = new Limits(1L << 30, 32 << 10, 256 << 10);
  }

  private final Path root;
  private final Limits limits;
  private final FileDescription description;
  private final SecureRandom random = new SecureRandom();

  /** Bytes inside items, of the executions that wrote last. */
  private final Map<String, Integer> inlined =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
          return size() > EXECUTIONS_REMEMBERED;
        }
      };

  /**
   * @param root made when it does not exist
   */
  public FileBinaryStore(Path root, Limits limits, FileTypes types) throws IOException {
    this.root = Files.createDirectories(root).toRealPath();
    this.limits = limits;
    this.description = new FileDescription(types);
  }

  @Override
  public InputStream open(BinaryData file) throws IOException {
    String id = file.id();
    if (id == null) {
      return BinaryStore.inline(file);
    }
    var reference = REFERENCE.matcher(id);
    if (!reference.matches()) {
      throw gone(file);
    }
    Path path =
        root.resolve(reference.group(1)).resolve(reference.group(2)).resolve(reference.group(3));
    try {
      return Channels.newInputStream(
          Files.newByteChannel(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
    } catch (NoSuchFileException removed) {
      throw gone(file);
    }
  }

  private static MillraceException gone(BinaryData file) {
    return new MillraceException(
        ErrorCode.FILE_GONE,
        "The content of the file "
            + (file.fileName() == null ? "" : "'" + file.fileName() + "' ")
            + "is not in the store, or no longer");
  }

  @Override
  public BinaryData write(
      String executionId, InputStream content, @Nullable String mimeType, @Nullable String fileName)
      throws IOException {
    return write(executionId, (Body) content::transferTo, mimeType, fileName);
  }

  @Override
  public BinaryData write(
      String executionId, Body content, @Nullable String mimeType, @Nullable String fileName)
      throws IOException {
    try (Intake intake = new Intake(executionId)) {
      content.writeTo(intake);
      return intake.finish(mimeType, fileName);
    }
  }

  /**
   * Removes all files of an execution; does nothing when it has none. Files that are being written
   * at this moment may survive it; {@link #deleteOlderThan} finds them.
   */
  public void delete(String executionId) throws IOException {
    deleteFolder(folder(executionId));
    synchronized (inlined) {
      inlined.remove(executionId);
    }
  }

  /**
   * Removes the files of executions that have written none since.
   *
   * @param keep the ids of executions whose files are still needed, such as those that wait
   * @return how many executions lost their files
   */
  public int deleteOlderThan(Instant limit, Predicate<String> keep) throws IOException {
    int deleted = 0;
    try (DirectoryStream<Path> shards = Files.newDirectoryStream(root)) {
      for (Path shard : shards) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(shard)) {
          for (Path folder : folders) {
            // The time of a folder is that of the last file that got its name in it.
            if (Files.getLastModifiedTime(folder).toInstant().isBefore(limit)
                && !keep.test(executionId(folder))) {
              deleteFolder(folder);
              deleted++;
            }
          }
        }
      }
    }
    return deleted;
  }

  private static void deleteFolder(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException nothingThere) {
      return;
    }
    Files.deleteIfExists(folder);
  }

  private Path folder(String executionId) {
    String name = folderName(executionId);
    String shard =
        HexFormat.of().toHexDigits((byte) ((executionId.hashCode() * 0x9E3779B9) >>> 24));
    return root.resolve(shard).resolve(name);
  }

  /** Reversible, and different also where upper and lower case are the same to the file system. */
  private static String folderName(String executionId) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < executionId.length(); i++) {
      char c = executionId.charAt(i);
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
        name.append(c);
      } else {
        name.append('~').append(HexFormat.of().toHexDigits(c));
      }
    }
    if (name.isEmpty() || name.length() > 240) {
      throw new IllegalArgumentException("no folder can be named after execution " + executionId);
    }
    return name.toString();
  }

  private static String executionId(Path folder) {
    String name = Objects.requireNonNull(folder.getFileName()).toString();
    StringBuilder id = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) == '~' && i + 4 < name.length()) {
        id.append((char) HexFormat.fromHexDigits(name, i + 1, i + 5));
        i += 4;
      } else {
        id.append(name.charAt(i));
      }
    }
    return id.toString();
  }

  /** Whether the execution may keep that much more in its items; if so, it is counted. */
  private boolean mayInline(String executionId, int bytes) {
    synchronized (inlined) {
      int before = inlined.getOrDefault(executionId, 0);
      if (before + bytes > limits.inlineBytesPerExecution()) {
        return false;
      }
      inlined.put(executionId, before + bytes);
      return true;
    }
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Takes one file's content: in memory while it is small, then into an unnamed file. */
  private final class Intake extends OutputStream {
    private final String executionId;
    private final ByteArrayOutputStream start = new ByteArrayOutputStream();
    private @Nullable FileChannel channel;
    private @Nullable Path unnamed;
    private byte[] head = {};
    private long bytes;

    Intake(String executionId) {
      this.executionId = executionId;
    }

    @Override
    public void write(int single) throws IOException {
      write(new byte[] {(byte) single}, 0, 1);
    }

    @Override
    public void write(byte[] content, int from, int length) throws IOException {
      bytes += length;
      if (bytes > limits.fileBytes()) {
        throw new MillraceException(
            ErrorCode.FILE_TOO_LARGE,
            "The file is larger than " + FileDescription.sizeText(limits.fileBytes()));
      }
      FileChannel open = channel;
      if (open == null) {
        start.write(content, from, length);
        if (start.size() > Math.max(limits.inlineBytes(), FileTypes.HEAD)) {
          spill();
        }
      } else {
        writeFully(open, ByteBuffer.wrap(content, from, length));
      }
    }

    private FileChannel spill() throws IOException {
      Path folder = folder(executionId);
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder);
        force(Objects.requireNonNull(folder.getParent()));
        force(root);
      }
      byte[] name = new byte[16];
      random.nextBytes(name);
      Path part = folder.resolve(HexFormat.of().formatHex(name) + ".part");
      FileChannel open =
          FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      unnamed = part;
      channel = open;
      byte[] content = start.toByteArray();
      head = Arrays.copyOf(content, Math.min(content.length, FileTypes.HEAD));
      start.reset();
      writeFully(open, ByteBuffer.wrap(content));
      return open;
    }

    private static void writeFully(FileChannel to, ByteBuffer content) throws IOException {
      while (content.hasRemaining()) {
        to.write(content);
      }
    }

    BinaryData finish(@Nullable String mimeType, @Nullable String fileName) throws IOException {
      FileChannel open = channel;
      if (open == null) {
        byte[] content = start.toByteArray();
        if (content.length <= limits.inlineBytes() && mayInline(executionId, content.length)) {
          return description.of(
              Base64.getEncoder().encodeToString(content),
              null,
              bytes,
              content,
              mimeType,
              fileName);
        }
        open = spill();
      }
      open.force(true);
      open.close();
      Path part = Objects.requireNonNull(unnamed);
      String partName = Objects.requireNonNull(part.getFileName()).toString();
      Path folder = Objects.requireNonNull(part.getParent());
      Path file = folder.resolve(partName.substring(0, partName.length() - ".part".length()));
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      unnamed = null;
      force(folder);
      String id = MODE + ":" + root.relativize(file).toString().replace('\\', '/');
      return description.of(MODE, id, bytes, head, mimeType, fileName);
    }

    /** Leaves nothing behind of a file that was not finished. */
    @Override
    public void close() throws IOException {
      FileChannel open = channel;
      if (open != null) {
        open.close();
      }
      Path part = unnamed;
      if (part != null) {
        Files.deleteIfExists(part);
      }
    }
  }
}
