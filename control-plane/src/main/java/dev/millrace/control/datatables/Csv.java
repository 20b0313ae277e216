package dev.millrace.control.datatables;

import dev.millrace.control.http.Call;
import java.util.ArrayList;
import java.util.List;

/** Tables as text with commas (RFC 4180), with either end of line. Pure functions. */
final class Csv {
  private Csv() {}

  /** Lines with their end; a field is put in quotes where it needs them. */
  static String write(List<List<String>> lines) {
    StringBuilder out = new StringBuilder();
    for (List<String> line : lines) {
      for (int i = 0; i < line.size(); i++) {
        if (i > 0) {
          out.append(',');
        }
        field(out, line.get(i));
      }
      out.append("\r\n");
    }
    return out.toString();
  }

  private static void field(StringBuilder out, String text) {
    boolean quoted = text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    if (quoted) {
      out.append('"').append(text.replace("\"", "\"\"")).append('"');
    } else {
      out.append(text);
    }
  }

  /**
   * The fields of each line; lines without any character are left out.
   *
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT} for a quote that is not
   *     closed, or that something follows
   */
  static List<List<String>> read(String text) {
    List<List<String>> lines = new ArrayList<>();
    List<String> line = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean wasQuoted = false;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '"' && field.isEmpty() && !wasQuoted) {
        i = quoted(text, i + 1, field, lines.size() + 1);
        wasQuoted = true;
        continue;
      }
      if (c == ',') {
        line.add(field.toString());
        field.setLength(0);
        wasQuoted = false;
      } else if (c == '\n' || c == '\r') {
        end(lines, line, field, wasQuoted);
        line = new ArrayList<>();
        field.setLength(0);
        wasQuoted = false;
        if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
          i++;
        }
      } else if (wasQuoted) {
        throw Call.invalid("csv has something behind a quoted field in line " + (lines.size() + 1));
      } else {
        field.append(c);
      }
      i++;
    }
    end(lines, line, field, wasQuoted);
    return lines;
  }

  private static void end(
      List<List<String>> lines, List<String> line, StringBuilder field, boolean wasQuoted) {
    if (!line.isEmpty() || !field.isEmpty() || wasQuoted) {
      line.add(field.toString());
      lines.add(line);
    }
  }

  /** Reads up to the closing quote, and answers what comes behind it. */
  private static int quoted(String text, int from, StringBuilder field, int line) {
    int i = from;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c != '"') {
        field.append(c);
        i++;
      } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
        field.append('"');
        i += 2;
      } else {
        return i + 1;
      }
    }
    throw Call.invalid("csv has a quote that is not closed in line " + line);
  }
}
