package dev.millrace.nodes.files;

import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes delimited text apart, record by record. Strict about quotes unless told otherwise: a quote
 * inside a field that does not begin with one, or text behind a closing quote, is an error of that
 * record, after which reading goes on with the next.
 */
final class CsvReader implements Closeable {
  /** A record longer than this is a missing quote, not a record. */
  private static final int MAX_RECORD = 16 << 20;

  private static final int END = -1;

  private final Reader in;
  private final String delimiter;
  private final boolean relaxed;
  private final char[] buffer = new char[1 << 15];
  private int position;
  private int filled;
  private int line = 1;

  /**
   * A record.
   *
   * @param quoted which fields stood in quotes
   * @param line of its beginning, from 1
   */
  record Row(List<String> fields, BitSet quoted, int line) {
    boolean isBlank() {
      return fields.size() == 1 && fields.getFirst().isEmpty() && !quoted.get(0);
    }
  }

  /** A record that cannot be read; its line has been passed over. */
  static final class MalformedRow extends IOException {
    MalformedRow(String message) {
      super(message);
    }
  }

  /**
   * @param delimiter one or more characters
   * @param relaxed quotes in odd places are taken as text
   */
  CsvReader(Reader in, String delimiter, boolean relaxed) {
    this.in = in;
    this.delimiter = delimiter;
    this.relaxed = relaxed;
  }

  /** Passes over lines, so that {@code first} is the next; quotes mean nothing in them. */
  void skipTo(int first) throws IOException {
    while (line < first && peek() != END) {
      skipLine();
    }
  }

  /** The next record, or null at the end. */
  @Nullable Row next() throws IOException {
    if (peek() == END) {
      return null;
    }
    int start = line;
    List<String> fields = new ArrayList<>();
    BitSet quoted = new BitSet();
    StringBuilder field = new StringBuilder();
    int length = 0;
    while (true) {
      boolean inQuotes = peek() == '"';
      if (inQuotes) {
        read();
        readQuoted(field, start);
      } else {
        readPlain(field, start);
      }
      length += field.length() + 1;
      if (length > MAX_RECORD) {
        throw new IOException("The record that begins in line " + start + " is too long");
      }
      if (inQuotes) {
        quoted.set(fields.size());
      }
      fields.add(field.toString());
      field.setLength(0);
      if (!acceptDelimiter()) {
        acceptLineEnd();
        return new Row(fields, quoted, start);
      }
    }
  }

  private void readPlain(StringBuilder field, int start) throws IOException {
    while (!atFieldEnd()) {
      char c = (char) read();
      if (c == '"' && !relaxed) {
        skipLine();
        throw new MalformedRow("A quote in an unquoted field, in line " + start);
      }
      append(field, c, start);
    }
  }

  private void readQuoted(StringBuilder field, int start) throws IOException {
    while (true) {
      int c = read();
      if (c == END) {
        throw new MalformedRow("The quote is not closed that opens in line " + start);
      }
      if (c != '"') {
        append(field, (char) c, start);
      } else if (peek() == '"') {
        append(field, (char) read(), start);
      } else if (atFieldEnd()) {
        return;
      } else if (relaxed) {
        field.insert(0, '"').append('"');
        readPlain(field, start);
        return;
      } else {
        int found = line;
        skipLine();
        throw new MalformedRow("Text behind a closing quote, in line " + found);
      }
    }
  }

  private static void append(StringBuilder field, char c, int start) throws IOException {
    if (field.length() >= MAX_RECORD) {
      throw new IOException("The record that begins in line " + start + " is too long");
    }
    field.append(c);
  }

  private boolean atFieldEnd() throws IOException {
    int c = peek();
    return c == END || c == '\n' || c == '\r' || atDelimiter();
  }

  private boolean atDelimiter() throws IOException {
    if (peek() != delimiter.charAt(0)) {
      return false;
    }
    if (delimiter.length() == 1) {
      return true;
    }
    fill(delimiter.length());
    return filled - position >= delimiter.length()
        && delimiter.contentEquals(java.nio.CharBuffer.wrap(buffer, position, delimiter.length()));
  }

  private boolean acceptDelimiter() throws IOException {
    if (!atDelimiter()) {
      return false;
    }
    position += delimiter.length();
    return true;
  }

  private void acceptLineEnd() throws IOException {
    if (peek() == '\r') {
      position++;
      if (peek() != '\n') {
        line++;
        return;
      }
    }
    if (peek() == '\n') {
      read();
    }
  }

  private void skipLine() throws IOException {
    int c = peek();
    while (c != END && c != '\n' && c != '\r') {
      position++;
      c = peek();
    }
    acceptLineEnd();
  }

  private int peek() throws IOException {
    if (position == filled) {
      fill(1);
    }
    return position == filled ? END : buffer[position];
  }

  private int read() throws IOException {
    int c = peek();
    if (c != END) {
      position++;
      line += c == '\n' ? 1 : 0;
    }
    return c;
  }

  /** Makes that many characters visible, where there are so many. */
  private void fill(int wanted) throws IOException {
    if (filled - position >= wanted) {
      return;
    }
    System.arraycopy(buffer, position, buffer, 0, filled - position);
    filled -= position;
    position = 0;
    while (filled < wanted) {
      int more = in.read(buffer, filled, buffer.length - filled);
      if (more < 0) {
        return;
      }
      filled += more;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
