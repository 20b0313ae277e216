package dev.millrace.nodes.http;

import dev.millrace.http.HttpUrl;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The name of a downloaded file. */
final class FileNames {
  private static final Pattern EXTENDED =
      Pattern.compile("filename\\*\\s*=\\s*utf-8''([^;\\s]+)", Pattern.CASE_INSENSITIVE);
  private static final Pattern PLAIN =
      Pattern.compile(
          "filename\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^;\\s]+))", Pattern.CASE_INSENSITIVE);

  private FileNames() {}

  /** As the answer names it, or as the URL ends; null when neither says anything. */
  static @Nullable String of(@Nullable String contentDisposition, HttpUrl url) {
    String name = contentDisposition == null ? "" : disposed(contentDisposition);
    if (name.isEmpty()) {
      name = decoded(url.path().substring(url.path().lastIndexOf('/') + 1));
    }
    // A name is no path: what the server says must not lead elsewhere.
    String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
    return last.isBlank() || last.equals(".") || last.equals("..") ? null : last;
  }

  /**
   * The name that n8n gives a file that has none.
   *
   * @param extension without a dot
   */
  static String orFallback(
      @Nullable String name, String url, @Nullable String extension, String fallback) {
    if (name != null && !name.isEmpty()) {
      return name;
    }
    if (extension == null || extension.isEmpty()) {
      return fallback;
    }
    return url.endsWith("." + extension)
        ? url.substring(url.lastIndexOf('/') + 1)
        : fallback + "." + extension;
  }

  private static String disposed(String header) {
    Matcher extended = EXTENDED.matcher(header);
    if (extended.find()) {
      return decoded(extended.group(1));
    }
    Matcher plain = PLAIN.matcher(header);
    if (!plain.find()) {
      return "";
    }
    String quoted = plain.group(1);
    return quoted == null ? plain.group(2) : quoted.replaceAll("\\\\(.)", "$1");
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException plain) {
      return text;
    }
  }

  /** The media type alone, in lower case; null for none. */
  static @Nullable String mimeType(@Nullable String contentType) {
    if (contentType == null) {
      return null;
    }
    int end = contentType.indexOf(';');
    String type = (end < 0 ? contentType : contentType.substring(0, end)).strip();
    return type.isEmpty() ? null : type.toLowerCase(Locale.ROOT);
  }
}
