package dev.millrace.binary;

import dev.millrace.value.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What kind of file something is: MIME type by name or by its first bytes, extension by MIME type.
 * The names are those of the registry that browsers and Node.js use. Immutable.
 */
public final class FileTypes {
  private static final String REGISTRY = "/META-INF/resources/webjars/mime-db/1.54.0/db.json";

  /** How many bytes from the start {@link #ofContent} wants to see. */
  static final int HEAD = 4096;

  /** Bytes that a file begins with, as hexadecimal digits; a dot stands for any digit. */
  private record Signature(int offset, String bytes, String mimeType) {}

  private static final List<Signature> SIGNATURES =
      List.of(
          new Signature(0, "ffd8ff", "image/jpeg"),
          new Signature(0, "89504e470d0a1a0a", "image/png"),
          new Signature(0, "474946383", "image/gif"),
          new Signature(0, "52494646........57454250", "image/webp"),
          new Signature(0, "424d", "image/bmp"),
          new Signature(0, "49492a00", "image/tiff"),
          new Signature(0, "4d4d002a", "image/tiff"),
          new Signature(0, "00000100", "image/x-icon"),
          new Signature(4, "6674797061766966", "image/avif"),
          new Signature(4, "6674797068656963", "image/heic"),
          new Signature(4, "667479704d3441", "audio/x-m4a"),
          new Signature(4, "6674797071742020", "video/quicktime"),
          new Signature(4, "66747970", "video/mp4"),
          new Signature(0, "52494646........57415645", "audio/wav"),
          new Signature(0, "52494646........41564920", "video/vnd.avi"),
          new Signature(0, "1a45dfa3", "video/webm"),
          new Signature(0, "4f676753", "audio/ogg"),
          new Signature(0, "664c6143", "audio/x-flac"),
          new Signature(0, "494433", "audio/mpeg"),
          new Signature(0, "fffb", "audio/mpeg"),
          new Signature(0, "255044462d", "application/pdf"),
          new Signature(0, "7b5c727466", "application/rtf"),
          new Signature(0, "d0cf11e0a1b11ae1", "application/x-cfb"),
          new Signature(0, "1f8b", "application/gzip"),
          new Signature(0, "425a68", "application/x-bzip2"),
          new Signature(0, "fd377a585a00", "application/x-xz"),
          new Signature(0, "28b52ffd", "application/zstd"),
          new Signature(0, "377abcaf271c", "application/x-7z-compressed"),
          new Signature(0, "526172211a07", "application/x-rar-compressed"),
          new Signature(257, "7573746172", "application/x-tar"),
          new Signature(0, "53514c69746520666f726d617420", "application/x-sqlite3"),
          new Signature(0, "0061736d", "application/wasm"),
          new Signature(0, "774f4646", "font/woff"),
          new Signature(0, "774f4632", "font/woff2"),
          new Signature(0, "3c3f786d6c20", "application/xml"));

  private final Map<String, List<String>> extensions = new HashMap<>();
  private final Map<String, String> byExtension = new HashMap<>();

  private FileTypes() {
    Map<String, Integer> scores = new HashMap<>();
    for (var entry : registry().entrySet()) {
      if (!(entry.getValue() instanceof Map<?, ?> facts
          && facts.get("extensions") instanceof List<?> endings
          && !endings.isEmpty())) {
        continue;
      }
      String type = entry.getKey();
      extensions.put(type, endings.stream().map(String::valueOf).toList());
      int score = score(type, facts.get("source"));
      for (String ending : extensions.getOrDefault(type, List.of())) {
        // Several types claim some endings: the one that most servers send wins.
        if (score > scores.getOrDefault(ending, Integer.MIN_VALUE)) {
          scores.put(ending, score);
          byExtension.put(ending, type);
        }
      }
    }
  }

  /** Reads the registry; some ten milliseconds. */
  public static FileTypes load() {
    return new FileTypes();
  }

  private static Map<String, @Nullable Object> registry() {
    try (InputStream in = FileTypes.class.getResourceAsStream(REGISTRY)) {
      if (in == null) {
        throw new IllegalStateException("the registry of MIME types is not on the class path");
      }
      return Json.parseObject(in.readAllBytes());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static int score(String type, @Nullable Object source) {
    int facet =
        type.contains("/prs.")
            ? 100
            : type.contains("/x-")
                ? 200
                : type.contains("/x.") ? 300 : type.contains("/vnd.") ? 400 : 900;
    int of =
        switch (String.valueOf(source)) {
          case "nginx" -> 10;
          case "apache" -> 20;
          case "iana" -> 40;
          default -> 30;
        };
    int kind =
        switch (type.substring(0, type.indexOf('/'))) {
          case "application" -> 1;
          case "font", "audio" -> 2;
          case "video" -> 3;
          default -> 0;
        };
    // A shorter name decides between two that are otherwise equal.
    return type.equals("application/octet-stream")
        ? 0
        : (facet + of + kind) * 1000 - 10 * type.length();
  }

  /** By the ending of a file name, or null. */
  public @Nullable String ofName(String fileName) {
    String ending = ending(fileName);
    return ending == null ? null : byExtension.get(ending.toLowerCase(Locale.ROOT));
  }

  /** By the first bytes, or null where they say nothing, as those of text do. */
  public static @Nullable String ofContent(byte[] content) {
    int length = Math.min(content.length, HEAD);
    String digits = HexFormat.of().formatHex(content, 0, length);
    for (Signature signature : SIGNATURES) {
      if (matches(digits, signature)) {
        return signature.mimeType();
      }
    }
    return digits.startsWith("504b0304") ? zipped(content, length) : null;
  }

  private static boolean matches(String digits, Signature signature) {
    int start = signature.offset() * 2;
    if (start + signature.bytes().length() > digits.length()) {
      return false;
    }
    for (int i = 0; i < signature.bytes().length(); i++) {
      char wanted = signature.bytes().charAt(i);
      if (wanted != '.' && wanted != digits.charAt(start + i)) {
        return false;
      }
    }
    return true;
  }

  /** Office documents are archives; the names of their first entries tell them apart. */
  private static String zipped(byte[] content, int length) {
    String head = new String(content, 0, length, StandardCharsets.ISO_8859_1);
    // OpenDocument: the first entry is the type itself, uncompressed, up to the next entry's mark.
    int declared = head.indexOf("mimetypeapplication/");
    int end = declared < 0 ? -1 : head.indexOf("PK", declared);
    if (end > 0) {
      return head.substring(declared + "mimetype".length(), end);
    }
    String office = "application/vnd.openxmlformats-officedocument.";
    return head.contains("xl/")
        ? office + "spreadsheetml.sheet"
        : head.contains("word/")
            ? office + "wordprocessingml.document"
            : head.contains("ppt/") ? office + "presentationml.presentation" : "application/zip";
  }

  /** The usual ending of files of a type, without the dot, or null. */
  public @Nullable String extension(String mimeType) {
    int parameters = mimeType.indexOf(';');
    String bare = parameters < 0 ? mimeType : mimeType.substring(0, parameters);
    List<String> endings = extensions.get(bare.strip().toLowerCase(Locale.ROOT));
    return endings == null ? null : endings.getFirst();
  }

  /** n8n's {@code fileType}, or null. */
  public static @Nullable String kind(String mimeType) {
    if (mimeType.startsWith("application/json")) {
      return "json";
    }
    if (mimeType.startsWith("text/html")) {
      return "html";
    }
    for (String kind : List.of("image", "audio", "video")) {
      if (mimeType.startsWith(kind + "/")) {
        return kind;
      }
    }
    if (mimeType.startsWith("text/") || mimeType.startsWith("application/javascript")) {
      return "text";
    }
    return mimeType.startsWith("application/pdf") ? "pdf" : null;
  }

  /** What stands behind the last dot of a name that does not begin with it, or null. */
  static @Nullable String ending(String fileName) {
    int dot = fileName.lastIndexOf('.');
    return dot > 0 && dot < fileName.length() - 1 && fileName.indexOf('/', dot) < 0
        ? fileName.substring(dot + 1)
        : null;
  }
}
