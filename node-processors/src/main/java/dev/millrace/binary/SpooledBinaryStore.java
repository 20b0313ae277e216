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
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What stores have in common: content is taken in memory while it is small and may stay in its
 * item, else it is spooled to a file of this machine, which the store then keeps. So the heap holds
 * some kilobytes of each file that is being written, whatever its size.
 */
abstract sealed class SpooledBinaryStore implements BinaryStore, StoredFiles
    permits FileBinaryStore, S3BinaryStore {
  private static final int EXECUTIONS_REMEMBERED = 10_000;

  private final StoreLimits limits;
  private final FileDescription description;
  private final String mode;
  private final Pattern references;

  /** Bytes inside items, of the executions that wrote last. */
  private final Map<String, Integer> inlined =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
          return size() > EXECUTIONS_REMEMBERED;
        }
      };

  /**
   * @param mode n8n's name for the kind of store, which stands in items in place of content
   * @param references what {@link #keep} returns; nothing else is looked for in the store
   */
  SpooledBinaryStore(StoreLimits limits, FileTypes types, String mode, Pattern references) {
    this.limits = limits;
    this.description = new FileDescription(types);
    this.mode = mode;
    this.references = references;
  }

  @Override
  public final InputStream open(BinaryData file) throws IOException {
    String id = file.id();
    if (id == null) {
      return BinaryStore.inline(file);
    }
    Matcher reference = references.matcher(id);
    if (!reference.matches()) {
      throw gone(file);
    }
    return open(file, reference);
  }

  /**
   * Opens a file that was kept.
   *
   * @throws MillraceException {@link #gone} when it is not there any more
   */
  abstract InputStream open(BinaryData file, MatchResult reference) throws IOException;

  /** A name for a file that does not exist, in a folder that does. */
  abstract Path spool(String executionId) throws IOException;

  /**
   * Keeps a spooled file, which is whole and on the disk. It is removed afterwards, if it is still
   * there.
   *
   * @return the reference to it
   */
  abstract String keep(String executionId, Path spooled) throws IOException;

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

  static MillraceException gone(BinaryData file) {
    return new MillraceException(
        ErrorCode.FILE_GONE,
        "The content of the file "
            + (file.fileName() == null ? "" : "'" + file.fileName() + "' ")
            + "is not in the store, or no longer");
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

  /** Forgets how much an execution has in its items. */
  void forget(String executionId) {
    synchronized (inlined) {
      inlined.remove(executionId);
    }
  }

  /** Takes one file's content: in memory while it is small, then into a spooled file. */
  private final class Intake extends OutputStream {
    private final String executionId;
    private final ByteArrayOutputStream start = new ByteArrayOutputStream();
    private @Nullable FileChannel channel;
    private @Nullable Path spooled;
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

    private Path spill() throws IOException {
      Path file = spool(executionId);
      FileChannel open =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      spooled = file;
      channel = open;
      byte[] content = start.toByteArray();
      head = Arrays.copyOf(content, Math.min(content.length, FileTypes.HEAD));
      start.reset();
      writeFully(open, ByteBuffer.wrap(content));
      return file;
    }

    private static void writeFully(FileChannel to, ByteBuffer content) throws IOException {
      while (content.hasRemaining()) {
        to.write(content);
      }
    }

    BinaryData finish(@Nullable String mimeType, @Nullable String fileName) throws IOException {
      Path file = spooled;
      if (file == null) {
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
        file = spill();
      }
      FileChannel open = Objects.requireNonNull(channel);
      open.force(true);
      open.close();
      String id = keep(executionId, file);
      return description.of(mode, id, bytes, head, mimeType, fileName);
    }

    /** Leaves nothing behind of a file that was not finished. */
    @Override
    public void close() throws IOException {
      FileChannel open = channel;
      if (open != null) {
        open.close();
      }
      Path file = spooled;
      if (file != null) {
        Files.deleteIfExists(file);
      }
    }
  }
}
