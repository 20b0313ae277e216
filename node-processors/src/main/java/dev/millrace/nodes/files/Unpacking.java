package dev.millrace.nodes.files;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.node.BinaryStore;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes archives apart, from the store into the store as a stream. One bound holds for all archives
 * of an item. Archives within archives stay closed.
 */
final class Unpacking {
  /** An item with more files is no use, and each is a wait for the disk. */
  static final int MAX_FILES = 1000;

  static final long MAX_BYTES = 2L << 30;

  /** Beyond some size, more than that many bytes from one is no data but an attack. */
  static final int MAX_RATIO = 200;

  private static final long RATIO_FROM = 32L << 20;

  /** Folders, links and the like beside the files. */
  private static final int MAX_ENTRIES = 100_000;

  /** What a tar says of one file is held in memory as a whole. */
  private static final int MAX_DESCRIPTION = 1 << 20;

  /** Names are in items, and no file system has longer ones. */
  private static final int MAX_PATH = 4096;

  /** With what a zip archive ends; one without it was cut off. */
  private static final byte[] END_MARK = {'P', 'K', 5, 6};

  private final BinaryStore store;
  private final String executionId;
  private final Consumer<BinaryData> result;
  private int files;
  private int entries;
  private long unpacked;
  private long packed;

  /** How much of the end mark the last bytes were. */
  private int endMark;

  /**
   * @param result gets each file when it is stored
   */
  Unpacking(BinaryStore store, String executionId, Consumer<BinaryData> result) {
    this.store = store;
    this.executionId = executionId;
    this.result = result;
  }

  void zip(BinaryData archive) throws IOException, InterruptedException {
    endMark = 0;
    try (InputStream in = open(archive)) {
      in.mark(4);
      byte[] start = in.readNBytes(4);
      in.reset();
      if (start.length < 4 || start[0] != 'P' || start[1] != 'K') {
        throw new IOException("The file is not a zip archive");
      }
      ZipArchiveInputStream zip = new ZipArchiveInputStream(in, "UTF-8", true, true);
      for (ZipArchiveEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        if (!zip.canReadEntryData(entry)) {
          throw new IOException(
              "'" + name + "' in the archive is encrypted or packed in a way that cannot be read");
        }
        // Folders, and what macOS adds about files.
        if (!entry.isDirectory() && !name.contains("__MACOSX")) {
          file(zip, name);
        } else {
          skip(zip);
        }
      }
      in.transferTo(OutputStream.nullOutputStream());
      if (endMark < END_MARK.length) {
        throw new IOException("The zip archive breaks off: files at its end are missing");
      }
    } catch (IllegalArgumentException broken) {
      throw new IOException("The zip archive cannot be read: " + broken.getMessage(), broken);
    }
  }

  void tar(BinaryData archive, boolean gzipped) throws IOException, InterruptedException {
    try (InputStream in = open(archive)) {
      Descriptions descriptions = new Descriptions(gzipped ? new GZIPInputStream(in) : in);
      TarArchiveInputStream tar = new TarArchiveInputStream(descriptions, "UTF-8");
      boolean any = false;
      for (TarArchiveEntry entry = descriptions.next(tar);
          entry != null;
          entry = descriptions.next(tar)) {
        any = true;
        // Links and devices have no content, and lead elsewhere.
        if (entry.isFile()
            && !entry.isSymbolicLink()
            && !entry.isLink()
            && !entry.isFIFO()
            && !entry.isCharacterDevice()
            && !entry.isBlockDevice()) {
          file(tar, entry.getName());
        } else {
          skip(tar);
        }
      }
      if (!any && packed < 1024) {
        throw new IOException("The file is not a tar archive");
      }
    } catch (IllegalArgumentException broken) {
      throw new IOException("The tar archive cannot be read: " + broken.getMessage(), broken);
    }
  }

  /**
   * @param name of the file that is in it
   */
  void gzip(BinaryData archive, String name) throws IOException, InterruptedException {
    try (InputStream in = open(archive)) {
      file(new GZIPInputStream(in), name);
    } catch (ZipException broken) {
      throw new IOException("The file is not in gzip format, or damaged", broken);
    }
  }

  private InputStream open(BinaryData archive) throws IOException {
    return new BufferedInputStream(
        new FilterInputStream(store.open(archive)) {
          @Override
          public int read() throws IOException {
            int b = in.read();
            packed += b < 0 ? 0 : 1;
            return b;
          }

          @Override
          public int read(byte[] into, int from, int length) throws IOException {
            int n = in.read(into, from, length);
            packed += Math.max(n, 0);
            for (int i = from; i < from + n && endMark < END_MARK.length; i++) {
              endMark = into[i] == END_MARK[endMark] ? endMark + 1 : into[i] == 'P' ? 1 : 0;
            }
            return n;
          }
        });
  }

  /** Content that nobody wants counts too: it has to be unpacked to get past it. */
  private void skip(InputStream content) throws IOException, InterruptedException {
    entry();
    new Counted(content).transferTo(OutputStream.nullOutputStream());
  }

  private void entry() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (++entries > MAX_ENTRIES) {
      throw unsafe("The archive has more than " + MAX_ENTRIES + " entries");
    }
  }

  private void file(InputStream content, String name) throws IOException, InterruptedException {
    entry();
    if (name.length() > MAX_PATH) {
      throw unsafe("The archive has a file whose path is longer than " + MAX_PATH + " characters");
    }
    if (++files > MAX_FILES) {
      throw unsafe("The archive has more than " + MAX_FILES + " files");
    }
    String path = path(name);
    result.accept(store.write(executionId, new Counted(content), null, path));
  }

  /**
   * The path of an entry, relative and with slashes.
   *
   * @throws MillraceException where it leads out of the folder that the archive is unpacked in
   */
  static String path(String name) {
    String path = name.replace('\\', '/').replaceFirst("^[A-Za-z]:", "").replaceFirst("^/+", "");
    for (String part : path.split("/")) {
      if (part.equals("..") || part.indexOf('\0') >= 0) {
        throw unsafe("The archive has a file whose path leads out of it: " + name);
      }
    }
    return path;
  }

  private static MillraceException unsafe(String what) {
    return new MillraceException(ErrorCode.UNSAFE_ARCHIVE, what);
  }

  /** Counts what comes out of the archive against what goes in. */
  private final class Counted extends FilterInputStream {
    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      count(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int n = in.read(into, from, length);
      count(Math.max(n, 0));
      return n;
    }
  }

  private void count(int n) {
    unpacked += n;
    if (unpacked > MAX_BYTES) {
      throw unsafe("Unpacked, the archive is larger than " + (MAX_BYTES >> 30) + " GiB");
    }
    if (unpacked > RATIO_FROM && unpacked > MAX_RATIO * packed) {
      throw unsafe(
          "The archive unpacks to more than " + MAX_RATIO + " times its size, as only attacks do");
    }
  }

  /** Bounds what a tar holds in memory of each file: its name and attributes may have any size. */
  private final class Descriptions extends FilterInputStream {
    private boolean describing;
    private int described;

    Descriptions(InputStream in) {
      super(in);
    }

    @Nullable TarArchiveEntry next(TarArchiveInputStream tar) throws IOException {
      described = 0;
      describing = true;
      try {
        return tar.getNextEntry();
      } finally {
        describing = false;
      }
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      describe(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int n = in.read(into, from, length);
      describe(Math.max(n, 0));
      return n;
    }

    private void describe(int n) {
      if (!describing) {
        return;
      }
      count(n);
      described += n;
      if (described > MAX_DESCRIPTION) {
        throw unsafe("The archive describes a file in more than 1 MiB");
      }
    }
  }
}
