package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Splits a {@code multipart/form-data} body (RFC 7578) that is in memory. */
final class MultipartBody {
  private static final int MAX_PART_HEADERS = 16 * 1024;

  private MultipartBody() {}

  /**
   * A part.
   *
   * @param fileName null for a field
   */
  record Part(@Nullable String fileName, ContentType type, byte[] content) {
    boolean isFile() {
      return fileName != null;
    }

    String text() {
      return new String(content, type.charset());
    }
  }

  /**
   * The parts by field name, in order.
   *
   * @throws RequestRefused 422 when the body does not follow the form or has too many parts
   */
  static Map<String, List<Part>> parse(byte[] body, ContentType type, int maxParts) {
    String boundary = type.parameters().get("boundary");
    if (boundary == null || boundary.isEmpty() || boundary.length() > 70) {
      throw broken("its content type names no boundary");
    }
    byte[] delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    Map<String, List<Part>> parts = new LinkedHashMap<>();
    int count = 0;
    // The first delimiter may stand at the very beginning, without its line break.
    int at = startsWith(body, 0, delimiter, 2) ? delimiter.length - 2 : -1;
    if (at < 0) {
      int found = indexOf(body, delimiter, 0);
      at = found < 0 ? -1 : found + delimiter.length;
    }
    if (at < 0) {
      throw broken("its boundary does not appear");
    }
    while (!(at + 1 < body.length && body[at] == '-' && body[at + 1] == '-')) {
      int headersFrom = skipLineEnd(body, at);
      int headersTo = indexOf(body, new byte[] {'\r', '\n', '\r', '\n'}, headersFrom - 2);
      if (headersTo < 0 || headersTo - headersFrom > MAX_PART_HEADERS) {
        throw broken("a part has no end of its headers");
      }
      int contentFrom = headersTo + 4;
      // An empty part's delimiter begins with the line break that ends its headers.
      int contentTo = indexOf(body, delimiter, contentFrom - 2);
      if (contentTo < 0) {
        throw broken("its last boundary is missing");
      }
      if (++count > maxParts) {
        throw broken("it has more than " + maxParts + " parts");
      }
      byte[] content =
          contentTo <= contentFrom
              ? HttpAnswer.NO_BODY
              : java.util.Arrays.copyOfRange(body, contentFrom, contentTo);
      String headers =
          headersTo <= headersFrom
              ? ""
              : new String(body, headersFrom, headersTo - headersFrom, StandardCharsets.UTF_8);
      add(parts, headers, content);
      at = contentTo + delimiter.length;
    }
    return parts;
  }

  private static void add(Map<String, List<Part>> parts, String headers, byte[] content) {
    ContentType disposition = ContentType.NONE;
    ContentType type = ContentType.NONE;
    for (String line : headers.split("\r\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        String name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
        switch (name) {
          case "content-disposition" -> disposition = ContentType.parse(line.substring(colon + 1));
          case "content-type" -> type = ContentType.parse(line.substring(colon + 1));
          default -> {}
        }
      }
    }
    String field = disposition.parameters().get("name");
    if (!disposition.value().equals("form-data") || field == null) {
      throw broken("a part has no name");
    }
    String fileName = disposition.parameters().get("filename");
    if (fileName != null) {
      // Only the last part of a path is the file's name.
      fileName =
          fileName.substring(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
    }
    parts.computeIfAbsent(field, name -> new ArrayList<>()).add(new Part(fileName, type, content));
  }

  private static int skipLineEnd(byte[] body, int from) {
    int at = from;
    while (at < body.length && (body[at] == ' ' || body[at] == '\t')) {
      at++;
    }
    if (at + 1 < body.length && body[at] == '\r' && body[at + 1] == '\n') {
      return at + 2;
    }
    throw broken("a boundary is not followed by a new line");
  }

  private static boolean startsWith(byte[] body, int from, byte[] what, int whatFrom) {
    if (from < 0 || from + what.length - whatFrom > body.length) {
      return false;
    }
    for (int i = whatFrom; i < what.length; i++) {
      if (body[from + i - whatFrom] != what[i]) {
        return false;
      }
    }
    return true;
  }

  /** The first place of {@code what}; a body made to be slow costs at most their product. */
  private static int indexOf(byte[] body, byte[] what, int from) {
    for (int i = Math.max(from, 0); i <= body.length - what.length; i++) {
      if (body[i] == what[0] && startsWith(body, i, what, 0)) {
        return i;
      }
    }
    return -1;
  }

  private static RequestRefused broken(String why) {
    return new RequestRefused(
        422, ErrorCode.UNSUPPORTED_BODY, "The multipart body cannot be read: " + why);
  }
}
