package dev.millrace.nodes.files;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tables as Rich Text Format, in the form in which n8n writes them. */
final class RtfTable {
  private static final Charset ANSI = Charset.forName("windows-1252");
  private static final int MAX_DEPTH = 200;

  /** Groups that hold no text of the document. */
  private static final Set<String> SILENT =
      Set.of("fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer");

  private RtfTable() {}

  static void write(Grid grid, OutputStream out) throws IOException {
    Writer writer = new OutputStreamWriter(out, StandardCharsets.US_ASCII);
    writer.write("{\\rtf1\\ansi");
    for (List<@Nullable Object> row : grid.rows()) {
      writer.write("\\trowd\\trautofit1");
      for (int c = 0; c < row.size(); c++) {
        writer.write("\\cellx" + (c + 1));
      }
      writer.write("\\pard\\intbl");
      for (Object cell : row) {
        writer.write(cell == null ? "" : " " + escape(Sheet.text(cell)));
        writer.write("\\cell");
      }
      writer.write("\\pard\\intbl\\row");
    }
    writer.write("}");
    writer.flush();
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' || c == '{' || c == '}') {
        escaped.append('\\').append(c);
      } else if (c == '\n') {
        escaped.append("\\line ");
      } else if (c == '\t') {
        escaped.append("\\tab ");
      } else if (c > '~') {
        // What follows the number is shown by readers that do not know Unicode.
        escaped.append("\\u").append((short) c).append('?');
      } else if (c >= ' ') {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }

  /**
   * A sheet of the rows of all tables.
   *
   * @param raw all cells as text
   */
  static Sheet read(byte[] rtf, boolean raw) throws IOException {
    return new Parser(rtf, raw).sheet();
  }

  /** State of a group, which ends with it. */
  private record Group(boolean silent, int unicodeSkip) {}

  private static final class Parser {
    private final byte[] rtf;
    private final boolean raw;
    private final Sheet sheet = new Sheet();
    private final StringBuilder text = new StringBuilder();
    private final Deque<Group> outer = new ArrayDeque<>();
    private Group group = new Group(false, 1);
    private int position;
    private int skip;
    private int row;
    private int column;

    Parser(byte[] rtf, boolean raw) {
      this.rtf = rtf;
      this.raw = raw;
    }

    Sheet sheet() throws IOException {
      while (position < rtf.length) {
        char c = (char) (rtf[position++] & 0xFF);
        switch (c) {
          case '{' -> {
            if (outer.size() >= MAX_DEPTH) {
              throw new IOException("The RTF is nested too deeply");
            }
            outer.push(group);
          }
          case '}' -> group = outer.isEmpty() ? group : outer.pop();
          case '\\' -> control();
          case '\r', '\n' -> {}
          default -> add(c < 0x80 ? String.valueOf(c) : ansi(c));
        }
      }
      return sheet;
    }

    private void control() {
      if (position >= rtf.length) {
        return;
      }
      char c = (char) (rtf[position++] & 0xFF);
      if (!Character.isLetter(c) || c > 'z') {
        symbol(c);
        return;
      }
      int start = position - 1;
      while (position < rtf.length
          && Character.isLetter((char) rtf[position])
          && rtf[position] > 0) {
        position++;
      }
      String word = new String(rtf, start, position - start, StandardCharsets.US_ASCII);
      start = position;
      if (position < rtf.length && rtf[position] == '-') {
        position++;
      }
      while (position < rtf.length
          && rtf[position] >= '0'
          && rtf[position] <= '9'
          && position - start < 9) {
        position++;
      }
      String digits = new String(rtf, start, position - start, StandardCharsets.US_ASCII);
      int number = digits.matches("-?\\d+") ? Integer.parseInt(digits) : 0;
      if (position < rtf.length && rtf[position] == ' ') {
        position++;
      }
      word(word, number);
    }

    private void symbol(char c) {
      switch (c) {
        case '\\', '{', '}' -> add(String.valueOf(c));
        case '~' -> add("\u00A0");
        case '_' -> add("-");
        case '*' -> group = new Group(true, group.unicodeSkip());
        case '\'' -> {
          if (position + 2 <= rtf.length) {
            String hex = new String(rtf, position, 2, StandardCharsets.US_ASCII);
            position += 2;
            add(hex.matches("[0-9a-fA-F]{2}") ? ansi((char) Integer.parseInt(hex, 16)) : "");
          }
        }
        default -> {}
      }
    }

    private void word(String word, int number) {
      switch (word) {
        case "u" -> {
          add(String.valueOf((char) number));
          skip = group.unicodeSkip();
        }
        case "uc" -> group = new Group(group.silent(), Math.clamp(number, 0, 10));
        case "bin" -> position = Math.clamp((long) position + Math.max(0, number), 0, rtf.length);
        case "tab" -> add("\t");
        case "line" -> add("\n");
        case "par" -> add(text.isEmpty() ? "" : "\n");
        case "trowd" -> {
          column = 0;
          text.setLength(0);
        }
        case "cell" -> {
          String content = text.toString();
          sheet.put(
              row, column++, raw ? (content.isEmpty() ? null : content) : CellText.typed(content));
          text.setLength(0);
        }
        case "row" -> {
          row++;
          column = 0;
          text.setLength(0);
        }
        default -> {
          if (SILENT.contains(word)) {
            group = new Group(true, group.unicodeSkip());
          }
        }
      }
    }

    private void add(String more) {
      if (skip > 0 && !more.isEmpty()) {
        skip--;
      } else if (!group.silent()) {
        text.append(more);
      }
    }

    private static String ansi(char c) {
      return ANSI.decode(ByteBuffer.wrap(new byte[] {(byte) c})).toString();
    }
  }
}
