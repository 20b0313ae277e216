package dev.millrace.nodes.files;

import dev.millrace.item.BinaryData;
import dev.millrace.node.BinaryStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/** Packs files, from the store into the store as a stream. */
final class Packing {
  /** What gains nothing from being compressed again. */
  private static final Set<String> COMPRESSED =
      Set.of(
          "7z", "aac", "avif", "br", "bz2", "docx", "flac", "gif", "gz", "gzip", "heic", "jpeg",
          "jpg", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "odp", "ods", "odt", "ogg", "png",
          "pptx", "rar", "tgz", "webm", "webp", "woff", "woff2", "xlsx", "xz", "zip", "zst");

  private final BinaryStore store;
  private final String executionId;

  Packing(BinaryStore store, String executionId) {
    this.store = store;
    this.executionId = executionId;
  }

  /**
   * @param format {@code zip}, {@code tar} or {@code targz}
   */
  BinaryData archive(Collection<BinaryData> files, String format, String name) throws IOException {
    return store.write(
        executionId,
        out -> {
          switch (format) {
            case "zip" -> zip(files, out);
            case "tar" -> tar(files, out);
            default -> {
              GZIPOutputStream gzip = new GZIPOutputStream(new KeptOpen(out));
              tar(files, gzip);
              gzip.finish();
            }
          }
        },
        null,
        name);
  }

  private void zip(Collection<BinaryData> files, OutputStream out) throws IOException {
    ZipArchiveOutputStream zip = new ZipArchiveOutputStream(new KeptOpen(out));
    Set<String> used = new HashSet<>();
    for (BinaryData file : files) {
      zip.setLevel(
          COMPRESSED.contains(extension(file))
              ? Deflater.NO_COMPRESSION
              : Deflater.DEFAULT_COMPRESSION);
      ZipArchiveEntry entry = new ZipArchiveEntry(unused(file, used));
      // A fixed time: the same files give the same archive.
      entry.setTime(315_532_800_000L);
      zip.putArchiveEntry(entry);
      copy(file, zip);
      zip.closeArchiveEntry();
    }
    zip.finish();
    zip.flush();
  }

  private void tar(Collection<BinaryData> files, OutputStream out) throws IOException {
    TarArchiveOutputStream tar = new TarArchiveOutputStream(new KeptOpen(out), "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
    Set<String> used = new HashSet<>();
    for (BinaryData file : files) {
      TarArchiveEntry entry = new TarArchiveEntry(unused(file, used));
      entry.setModTime(0L);
      entry.setSize(size(file));
      tar.putArchiveEntry(entry);
      copy(file, tar);
      tar.closeArchiveEntry();
    }
    tar.finish();
    tar.flush();
  }

  /** A tar has the size before the content, and what items say of it may be missing or wrong. */
  private long size(BinaryData file) throws IOException {
    try (InputStream in = store.open(file)) {
      return in.transferTo(OutputStream.nullOutputStream());
    }
  }

  private void copy(BinaryData file, OutputStream out) throws IOException {
    try (InputStream in = store.open(file)) {
      in.transferTo(out);
    }
  }

  private static String extension(BinaryData file) {
    return file.fileExtension() == null ? "" : file.fileExtension().toLowerCase(Locale.ROOT);
  }

  /** The file's name, with a number where another file has it already. */
  private static String unused(BinaryData file, Set<String> used) {
    String name = file.fileName();
    if (name == null || name.isEmpty()) {
      name = "file_" + used.size();
    }
    name = name.replaceAll("[\\\\/\\x00-\\x1F]", "_");
    int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
    String unused = name;
    for (int n = 1; !used.add(unused); n++) {
      unused = name.substring(0, dot) + " (" + n + ")" + name.substring(dot);
    }
    return unused;
  }

  /**
   * @param name empty for the file's own with {@code .gz} behind it
   */
  BinaryData gzip(BinaryData file, String name) throws IOException {
    String own = file.fileName();
    return store.write(
        executionId,
        out -> {
          GZIPOutputStream gzip = new GZIPOutputStream(new KeptOpen(out));
          copy(file, gzip);
          gzip.finish();
        },
        "application/gzip",
        !name.isEmpty() ? name : nullOr(own));
  }

  private static @Nullable String nullOr(@Nullable String own) {
    return own == null || own.isEmpty() ? null : own + ".gz";
  }
}
