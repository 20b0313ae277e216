package dev.millrace.value;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the value model as JSON in UTF-8, as {@code JSON.stringify} does. Every item that a node
 * makes passes through here once, which is why this is not a library's generator: those are made
 * anew for each value, which took longer than writing a small item.
 */
final class JsonWriter {
  private static final ThreadLocal<JsonWriter> OF_THREAD = ThreadLocal.withInitial(JsonWriter::new);

  private static final int INITIAL = 1024;

  /** Memory that a rare large value needed beyond this is given back. */
  private static final int KEPT = 1 << 20;

  /** Characters that room is made for at a time. */
  private static final int CHUNK = 4096;

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** Per ASCII character: 0 as it is, 'u' as a number, else the letter after the backslash. */
  private static final byte[] ESCAPES = escapes();

  private byte[] bytes = new byte[INITIAL];
  private int size;
  private int indent;
  // A value whose toString writes JSON again must not write into the same memory.
  private boolean busy;

  private JsonWriter() {}

  /**
   * @param indent spaces for each level, with a line for each member; 0 for compact JSON
   */
  static byte[] write(@Nullable Object value, int indent) {
    JsonWriter writer = OF_THREAD.get();
    if (writer.busy) {
      writer = new JsonWriter();
    }
    writer.busy = true;
    try {
      writer.size = 0;
      writer.indent = indent;
      writer.value(value, 0);
      return Arrays.copyOf(writer.bytes, writer.size);
    } finally {
      writer.busy = false;
      if (writer.bytes.length > KEPT) {
        writer.bytes = new byte[INITIAL];
      }
    }
  }

  private void value(@Nullable Object value, int depth) {
    switch (value) {
      case null -> ascii("null");
      case Undefined u -> ascii("null");
      case String s -> string(s);
      case Boolean b -> ascii(b ? "true" : "false");
      case Number n -> number(n.doubleValue());
      case Map<?, ?> object -> object(object, deeper(depth));
      case Iterable<?> array -> array(array, deeper(depth));
      case ZonedDateTime d -> string(Coercion.isoText(d));
      case Instant i -> string(Coercion.isoText(i));
      case LuxonValue v when v.invalid() -> ascii("null");
      default -> string(value.toString());
    }
  }

  private static int deeper(int depth) {
    if (depth >= Json.MAX_DEPTH) {
      throw new MillraceException(
          ErrorCode.JSON_LIMIT,
          "the value is nested deeper than the limit of " + Json.MAX_DEPTH + " levels");
    }
    return depth + 1;
  }

  private void object(Map<?, ?> object, int depth) {
    put('{');
    boolean first = true;
    for (Map.Entry<?, ?> entry : object.entrySet()) {
      Object member = entry.getValue();
      if (member == Undefined.UNDEFINED) {
        continue;
      }
      if (!first) {
        put(',');
      }
      first = false;
      line(depth);
      string(String.valueOf(entry.getKey()));
      put(':');
      if (indent > 0) {
        put(' ');
      }
      value(member, depth);
    }
    if (!first) {
      line(depth - 1);
    }
    put('}');
  }

  private void array(Iterable<?> array, int depth) {
    put('[');
    boolean first = true;
    for (Object element : array) {
      if (!first) {
        put(',');
      }
      first = false;
      line(depth);
      value(element, depth);
    }
    if (!first) {
      line(depth - 1);
    }
    put(']');
  }

  /** Begins a line of a level, unless everything is on one. */
  private void line(int depth) {
    if (indent > 0) {
      put('\n');
      for (int i = 0; i < indent * depth; i++) {
        put(' ');
      }
    }
  }

  private void number(double number) {
    if (number == (int) number) {
      integer((int) number);
    } else if (Double.isNaN(number) || Double.isInfinite(number)) {
      ascii("null");
    } else {
      ascii(Coercion.numberText(number));
    }
  }

  private void integer(int number) {
    if (number < 0 || number > 999) {
      ascii(Integer.toString(number));
      return;
    }
    ensure(3);
    if (number > 99) {
      bytes[size++] = (byte) ('0' + number / 100);
    }
    if (number > 9) {
      bytes[size++] = (byte) ('0' + number / 10 % 10);
    }
    bytes[size++] = (byte) ('0' + number % 10);
  }

  private void string(String text) {
    put('"');
    int length = text.length();
    for (int i = 0; i < length; ) {
      i = characters(text, i, Math.min(length, i + CHUNK));
    }
    put('"');
  }

  /**
   * Writes characters of a text.
   *
   * @return where to go on: {@code end}, or the place after it when a pair lies across it
   */
  private int characters(String text, int start, int end) {
    // Six bytes are the most that one character becomes.
    ensure(6 * (end - start));
    byte[] out = bytes;
    int at = size;
    int i = start;
    while (i < end) {
      char c = text.charAt(i++);
      if (c < 0x80) {
        byte escape = ESCAPES[c];
        if (escape == 0) {
          out[at++] = (byte) c;
        } else if (escape == 'u') {
          at = escaped(out, at, c);
        } else {
          out[at++] = '\\';
          out[at++] = escape;
        }
      } else if (c < 0x800) {
        out[at++] = (byte) (0xC0 | (c >> 6));
        out[at++] = (byte) (0x80 | (c & 0x3F));
      } else if (!Character.isSurrogate(c)) {
        out[at++] = (byte) (0xE0 | (c >> 12));
        out[at++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        out[at++] = (byte) (0x80 | (c & 0x3F));
      } else if (Character.isHighSurrogate(c)
          && i < text.length()
          && Character.isLowSurrogate(text.charAt(i))) {
        int point = Character.toCodePoint(c, text.charAt(i++));
        out[at++] = (byte) (0xF0 | (point >> 18));
        out[at++] = (byte) (0x80 | ((point >> 12) & 0x3F));
        out[at++] = (byte) (0x80 | ((point >> 6) & 0x3F));
        out[at++] = (byte) (0x80 | (point & 0x3F));
      } else {
        // Half a character has no UTF-8.
        at = escaped(out, at, c);
      }
    }
    size = at;
    return i;
  }

  private static int escaped(byte[] out, int from, char c) {
    int at = from;
    out[at++] = '\\';
    out[at++] = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) {
      out[at++] = HEX[(c >> shift) & 0xF];
    }
    return at;
  }

  @SuppressWarnings("deprecation") // The one copy without a charset: the text is ASCII.
  private void ascii(String text) {
    int length = text.length();
    ensure(length);
    text.getBytes(0, length, bytes, size);
    size += length;
  }

  private void put(char ascii) {
    ensure(1);
    bytes[size++] = (byte) ascii;
  }

  private void ensure(int more) {
    int needed = Math.addExact(size, more);
    if (needed > bytes.length) {
      // Doubling what is large already would cost more memory than the value itself.
      long larger = needed < KEPT ? 2L * needed : needed + needed / 4L;
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, larger));
    }
  }

  private static byte[] escapes() {
    byte[] escapes = new byte[0x80];
    Arrays.fill(escapes, 0, 0x20, (byte) 'u');
    escapes['\b'] = 'b';
    escapes['\t'] = 't';
    escapes['\n'] = 'n';
    escapes['\f'] = 'f';
    escapes['\r'] = 'r';
    escapes['"'] = '"';
    escapes['\\'] = '\\';
    return escapes;
  }
}
