package dev.millrace.ingress;

import dev.millrace.item.BinaryData;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Describes a file that came with a request in the way that nodes expect. */
final class Files {
  private static final Map<String, String> EXTENSIONS =
      Map.ofEntries(
          Map.entry("application/gzip", "gz"),
          Map.entry("application/json", "json"),
          Map.entry("application/octet-stream", "bin"),
          Map.entry("application/pdf", "pdf"),
          Map.entry("application/xml", "xml"),
          Map.entry("application/zip", "zip"),
          Map.entry("audio/mpeg", "mp3"),
          Map.entry("audio/wav", "wav"),
          Map.entry("image/gif", "gif"),
          Map.entry("image/jpeg", "jpeg"),
          Map.entry("image/png", "png"),
          Map.entry("image/svg+xml", "svg"),
          Map.entry("image/webp", "webp"),
          Map.entry("text/csv", "csv"),
          Map.entry("text/html", "html"),
          Map.entry("text/plain", "txt"),
          Map.entry("text/xml", "xml"),
          Map.entry("video/mp4", "mp4"));
  private static final String[] UNITS = {"B", "kB", "MB", "GB"};

  private Files() {}

  static BinaryData of(byte[] content, String mimeType, @Nullable String fileName) {
    return new BinaryData(
        Base64.getEncoder().encodeToString(content),
        mimeType,
        fileName,
        extension(mimeType, fileName),
        kind(mimeType),
        size(content.length),
        null,
        null,
        content.length);
  }

  private static @Nullable String extension(String mimeType, @Nullable String fileName) {
    if (fileName != null) {
      int dot = fileName.lastIndexOf('.');
      if (dot >= 0 && dot < fileName.length() - 1) {
        return fileName.substring(dot + 1);
      }
    }
    return EXTENSIONS.get(mimeType);
  }

  private static @Nullable String kind(String mimeType) {
    return switch (mimeType) {
      case "application/json" -> "json";
      case "text/html" -> "html";
      case "application/pdf" -> "pdf";
      default -> {
        int slash = mimeType.indexOf('/');
        String family = slash < 0 ? "" : mimeType.substring(0, slash);
        yield switch (family) {
          case "image", "audio", "video", "text" -> family;
          default -> null;
        };
      }
    };
  }

  /** Three significant digits with a decimal unit, such as {@code 1.02 kB}. */
  static String size(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    if (unit == 0) {
      return bytes + " B";
    }
    int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    String digits = String.format(Locale.ROOT, "%." + decimals + "f", value);
    if (digits.contains(".")) {
      digits = digits.replaceAll("\\.?0+$", "");
    }
    return digits + " " + UNITS[unit];
  }
}
