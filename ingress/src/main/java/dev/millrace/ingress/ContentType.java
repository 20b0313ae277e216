package dev.millrace.ingress;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A header value of the form {@code value; name=value; name="value"}, such as a content type.
 *
 * @param value in lower case; empty where there is none
 * @param parameters names in lower case
 */
record ContentType(String value, Map<String, String> parameters) {
  static final ContentType NONE = new ContentType("", Map.of());

  static ContentType parse(String header) {
    int end = header.indexOf(';');
    if (end < 0) {
      return new ContentType(header.strip().toLowerCase(Locale.ROOT), Map.of());
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    int at = end + 1;
    while (at < header.length()) {
      int equals = header.indexOf('=', at);
      if (equals < 0) {
        break;
      }
      String name = header.substring(at, equals).strip().toLowerCase(Locale.ROOT);
      StringBuilder value = new StringBuilder();
      at = equals + 1;
      while (at < header.length() && header.charAt(at) == ' ') {
        at++;
      }
      if (at < header.length() && header.charAt(at) == '"') {
        at++;
        while (at < header.length() && header.charAt(at) != '"') {
          // Browsers send the path of a file with single backslashes: only a quote is escaped.
          if (header.charAt(at) == '\\'
              && at + 1 < header.length()
              && header.charAt(at + 1) == '"') {
            at++;
          }
          value.append(header.charAt(at++));
        }
        int next = header.indexOf(';', at);
        at = next < 0 ? header.length() : next + 1;
      } else {
        int next = header.indexOf(';', at);
        next = next < 0 ? header.length() : next;
        value.append(header.substring(at, next).strip());
        at = next + 1;
      }
      parameters.putIfAbsent(name, value.toString());
    }
    return new ContentType(header.substring(0, end).strip().toLowerCase(Locale.ROOT), parameters);
  }

  boolean isXml() {
    return value.endsWith("/xml") || value.endsWith("+xml");
  }

  boolean isJson() {
    return value.equals("application/json") || value.endsWith("+json");
  }

  /** The charset that is named, UTF-8 where none or an unknown one is. */
  Charset charset() {
    String name = parameters.get("charset");
    if (name == null) {
      return StandardCharsets.UTF_8;
    }
    try {
      return Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
      return StandardCharsets.UTF_8;
    }
  }
}
