package dev.millrace.nodes.files;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Enumeration;
import java.util.Objects;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/** Documents that are archives, whose content may be far larger than they are. */
final class ZipContent {
  /**
   * All parts of a document, unpacked: more than two million cells of XML take, where the heap is
   * large enough. Readers hold texts that are used again as a whole, at up to four times their
   * size.
   */
  private static final long MAX_UNPACKED =
      Math.clamp(Runtime.getRuntime().maxMemory() / 8, 32L << 20, 512L << 20);

  private static final int MAX_PARTS = 10_000;

  private ZipContent() {}

  /**
   * Unpacks a document to nowhere, so that a reader which does not count can be trusted with it.
   *
   * @throws MillraceException with {@code UNSAFE_ARCHIVE} when it is larger than documents are
   */
  static void check(byte[] content) throws IOException {
    try (ZipFile zip = ZipFile.builder().setByteArray(content).get()) {
      long unpacked = 0;
      int parts = 0;
      byte[] buffer = new byte[1 << 16];
      Enumeration<ZipArchiveEntry> entries = zip.getEntries();
      while (entries.hasMoreElements()) {
        if (++parts > MAX_PARTS) {
          throw unsafe();
        }
        try (InputStream in = zip.getInputStream(entries.nextElement())) {
          for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            unpacked += read;
            if (unpacked > MAX_UNPACKED) {
              throw unsafe();
            }
          }
        }
      }
    }
  }

  /** A part of a document, or null; reading it stops with an error where it is too large. */
  static @org.jspecify.annotations.Nullable InputStream part(ZipFile zip, String name)
      throws IOException {
    ZipArchiveEntry entry = zip.getEntry(name);
    return entry == null ? null : new Bounded(Objects.requireNonNull(zip.getInputStream(entry)));
  }

  private static MillraceException unsafe() {
    return new MillraceException(
        ErrorCode.UNSAFE_ARCHIVE,
        "Unpacked, the document would be larger than "
            + (MAX_UNPACKED >> 20)
            + " MiB or have more than "
            + MAX_PARTS
            + " parts");
  }

  private static final class Bounded extends FilterInputStream {
    private long read;

    Bounded(InputStream in) {
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

    private void count(int n) {
      read += n;
      if (read > MAX_UNPACKED) {
        throw unsafe();
      }
    }
  }
}
