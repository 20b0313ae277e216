package dev.millrace.binary;

import dev.millrace.item.BinaryData;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Describes a file as n8n does, from what is known about it. */
final class FileDescription {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  private final FileTypes types;

  FileDescription(FileTypes types) {
    this.types = types;
  }

  /**
   * @param data Base64, or the name of the storage mode
   * @param id the reference, null when {@code data} is the content
   * @param head the first bytes of the content
   * @param mimeType null to find it
   * @param path a file name, with or without folders before it, or null
   */
  BinaryData of(
      String data,
      @Nullable String id,
      long bytes,
      byte[] head,
      @Nullable String mimeType,
      @Nullable String path) {
    String type = mimeType;
    if (type == null && path != null) {
      type = types.ofName(path);
    }
    if (type == null) {
      type = FileTypes.ofContent(head);
    }
    if (type == null) {
      type = "text/plain";
    }
    String directory = null;
    String name = null;
    String extension = null;
    if (path != null && !path.isEmpty()) {
      int slash = path.lastIndexOf('/');
      directory = slash > 0 ? path.substring(0, slash) : null;
      name = path.substring(slash + 1);
      extension = FileTypes.ending(name);
    }
    if (extension == null) {
      extension = types.extension(type);
    }
    return new BinaryData(
        data, type, name, extension, FileTypes.kind(type), sizeText(bytes), directory, id, bytes);
  }

  /** Three digits and a decimal unit, such as {@code 3.07 kB}. */
  static String sizeText(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    int unit = Math.min((int) Math.floor(Math.log10((double) bytes) / 3), UNITS.length - 1);
    BigDecimal rounded =
        new BigDecimal(bytes / Math.pow(1000, unit))
            .round(new MathContext(3, RoundingMode.HALF_UP))
            .stripTrailingZeros();
    return rounded.toPlainString() + " " + UNITS[unit];
  }
}
