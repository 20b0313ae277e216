package dev.millrace.expression.js;

/**
 * Cuts JavaScript text into tokens, one at a time, since only the parser knows whether a slash
 * begins a regular expression. Its position can be saved and restored.
 */
final class Lexer {
  enum Kind {
    END,
    NAME,
    PRIVATE_NAME,
    PUNCTUATOR,
    NUMBER,
    BIGINT,
    STRING,
    TEMPLATE
  }

  /**
   * One token.
   *
   * @param text its text; of a string the value, of a template the back-tick only
   * @param escaped whether a name was written with an escape, so that it is no keyword
   */
  record Token(
      Kind kind,
      String text,
      double number,
      int start,
      int end,
      boolean lineBefore,
      boolean escaped) {
    boolean is(String punctuatorOrKeyword) {
      return (kind == Kind.PUNCTUATOR || (kind == Kind.NAME && !escaped))
          && text.equals(punctuatorOrKeyword);
    }
  }

  private static final String[] PUNCTUATORS = {
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=",
    "<=", ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
    "<<", ">>", "**", "{", "}", "(", ")", "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%",
    "&", "|", "^", "!", "~", "?", ":", "=", ".", "@"
  };

  private final String source;
  private int position;

  Lexer(String source) {
    this.source = source;
  }

  int position() {
    return position;
  }

  void moveTo(int newPosition) {
    position = newPosition;
  }

  boolean startsWith(String text, int at) {
    return source.startsWith(text, at);
  }

  Token next() {
    boolean line = skipSpace();
    int start = position;
    if (start >= source.length()) {
      return new Token(Kind.END, "", 0, start, start, line, false);
    }
    char c = source.charAt(start);
    if (isNameStart(c) || c == '\\' || Character.isHighSurrogate(c)) {
      return name(start, line, Kind.NAME);
    }
    if (c == '#') {
      position++;
      return name(start, line, Kind.PRIVATE_NAME);
    }
    if (isDigit(c)
        || (c == '.' && start + 1 < source.length() && isDigit(source.charAt(start + 1)))) {
      return number(start, line);
    }
    if (c == '"' || c == '\'') {
      return string(start, line, c);
    }
    if (c == '`') {
      position++;
      return new Token(Kind.TEMPLATE, "`", 0, start, position, line, false);
    }
    for (String p : PUNCTUATORS) {
      if (source.startsWith(p, start)) {
        // "a?.5:b" is a conditional.
        if (p.equals("?.") && start + 2 < source.length() && isDigit(source.charAt(start + 2))) {
          continue;
        }
        position = start + p.length();
        return new Token(Kind.PUNCTUATOR, p, 0, start, position, line, false);
      }
    }
    throw error("unexpected character '" + c + "'", start);
  }

  /** Reads a regular expression whose first slash is at {@code start}. */
  Ast.Regex regex(int start) {
    int i = start + 1;
    boolean inClass = false;
    while (true) {
      if (i >= source.length() || isLineEnd(source.charAt(i))) {
        throw error("the regular expression does not end", start);
      }
      char c = source.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '[') {
        inClass = true;
      } else if (c == ']') {
        inClass = false;
      } else if (c == '/' && !inClass) {
        break;
      }
      i++;
    }
    String pattern = source.substring(start + 1, i);
    int flags = ++i;
    while (i < source.length() && isNamePart(source.charAt(i))) {
      i++;
    }
    position = i;
    return new Ast.Regex(pattern, source.substring(flags, i));
  }

  /** A stretch of template text: up to the closing back-tick or the next substitution. */
  record TemplateText(String cooked, String raw, boolean last) {}

  /** Reads template text from {@code start} and stands behind the back-tick or <code>${</code>. */
  TemplateText templateText(int start) {
    StringBuilder cooked = new StringBuilder();
    int i = start;
    while (true) {
      if (i >= source.length()) {
        throw error("the template does not end", start);
      }
      char c = source.charAt(i);
      if (c == '`' || (c == '$' && source.startsWith("${", i))) {
        position = i + (c == '`' ? 1 : 2);
        String raw = source.substring(start, i).replace("\r\n", "\n").replace('\r', '\n');
        return new TemplateText(cooked.toString(), raw, c == '`');
      }
      if (c == '\\') {
        i = escape(i, cooked);
      } else if (c == '\r') {
        cooked.append('\n');
        i += source.startsWith("\r\n", i) ? 2 : 1;
      } else {
        cooked.append(c);
        i++;
      }
    }
  }

  JsSyntaxException error(String message, int at) {
    return new JsSyntaxException(message + " at position " + (at + 1));
  }

  private boolean skipSpace() {
    boolean line = false;
    while (position < source.length()) {
      char c = source.charAt(position);
      if (isLineEnd(c)) {
        line = true;
        position++;
      } else if (c == ' '
          || c == '\t'
          || c == 0x0b
          || c == '\f'
          || c == 0xa0
          || c == 0xfeff
          || Character.getType(c) == Character.SPACE_SEPARATOR) {
        position++;
      } else if (source.startsWith("//", position)) {
        while (position < source.length() && !isLineEnd(source.charAt(position))) {
          position++;
        }
      } else if (source.startsWith("/*", position)) {
        int end = source.indexOf("*/", position + 2);
        if (end < 0) {
          throw error("the comment does not end", position);
        }
        line |= source.substring(position, end).chars().anyMatch(ch -> isLineEnd((char) ch));
        position = end + 2;
      } else {
        break;
      }
    }
    return line;
  }

  private Token name(int start, boolean line, Kind kind) {
    StringBuilder text = new StringBuilder();
    boolean escaped = false;
    int first = position;
    while (position < source.length()) {
      char c = source.charAt(position);
      if (c == '\\') {
        if (!source.startsWith("\\u", position)) {
          throw error("unexpected backslash", position);
        }
        escaped = true;
        position = escape(position, text);
      } else if (isNamePart(c) || Character.isHighSurrogate(c) || Character.isLowSurrogate(c)) {
        text.append(c);
        position++;
      } else {
        break;
      }
    }
    String name = text.toString();
    if (position == first
        || (!Character.isUnicodeIdentifierStart(name.codePointAt(0))
            && name.charAt(0) != '$'
            && name.charAt(0) != '_')) {
      throw error("a name is expected", start);
    }
    return new Token(kind, name, 0, start, position, line, escaped);
  }

  private Token number(int start, boolean line) {
    int i = start;
    int radix =
        source.charAt(i) != '0' || i + 1 >= source.length()
            ? 10
            : switch (source.charAt(i + 1)) {
              case 'x', 'X' -> 16;
              case 'o', 'O' -> 8;
              case 'b', 'B' -> 2;
              default -> 10;
            };
    if (radix != 10) {
      i += 2;
      int digits = i;
      while (i < source.length()
          && (Character.digit(source.charAt(i), radix) >= 0 || source.charAt(i) == '_')) {
        i++;
      }
      String text = source.substring(digits, i).replace("_", "");
      if (text.isEmpty()) {
        throw error("a digit is expected", i);
      }
      position = i;
      if (i < source.length() && source.charAt(i) == 'n') {
        position++;
        return new Token(
            Kind.BIGINT,
            source.substring(start, i).replace("_", ""),
            0,
            start,
            position,
            line,
            false);
      }
      double value = new java.math.BigInteger(text, radix).doubleValue();
      return new Token(Kind.NUMBER, text, value, start, checkedEnd(), line, false);
    }
    i = digits(i);
    if (i < source.length() && source.charAt(i) == 'n') {
      position = i + 1;
      return new Token(
          Kind.BIGINT,
          source.substring(start, i).replace("_", ""),
          0,
          start,
          position,
          line,
          false);
    }
    if (i < source.length() && source.charAt(i) == '.') {
      i = digits(i + 1);
    }
    if (i < source.length() && (source.charAt(i) == 'e' || source.charAt(i) == 'E')) {
      i++;
      if (i < source.length() && (source.charAt(i) == '+' || source.charAt(i) == '-')) {
        i++;
      }
      int exponent = i;
      i = digits(i);
      if (i == exponent) {
        throw error("an exponent is expected", i);
      }
    }
    String text = source.substring(start, i).replace("_", "");
    if (text.length() > 1 && text.charAt(0) == '0' && isDigit(text.charAt(1))) {
      throw error("a number may not begin with 0", start);
    }
    position = i;
    return new Token(Kind.NUMBER, text, Double.parseDouble(text), start, checkedEnd(), line, false);
  }

  private int checkedEnd() {
    if (position < source.length() && isNameStart(source.charAt(position))) {
      throw error("unexpected character after a number", position);
    }
    return position;
  }

  private int digits(int from) {
    int i = from;
    while (i < source.length() && (isDigit(source.charAt(i)) || source.charAt(i) == '_')) {
      i++;
    }
    return i;
  }

  private Token string(int start, boolean line, char quote) {
    StringBuilder value = new StringBuilder();
    int i = start + 1;
    while (true) {
      if (i >= source.length() || source.charAt(i) == '\n' || source.charAt(i) == '\r') {
        throw error("the string does not end", start);
      }
      char c = source.charAt(i);
      if (c == quote) {
        break;
      }
      if (c == '\\') {
        i = escape(i, value);
      } else {
        value.append(c);
        i++;
      }
    }
    position = i + 1;
    return new Token(Kind.STRING, value.toString(), 0, start, position, line, false);
  }

  private int escape(int backslash, StringBuilder out) {
    if (backslash + 1 >= source.length()) {
      throw error("the text ends in an escape", backslash);
    }
    char c = source.charAt(backslash + 1);
    int after = backslash + 2;
    switch (c) {
      case 'n' -> out.append('\n');
      case 't' -> out.append('\t');
      case 'r' -> out.append('\r');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'v' -> out.append('\u000b');
      case '0' -> {
        if (after < source.length() && isDigit(source.charAt(after))) {
          throw error("octal escapes are not allowed", backslash);
        }
        out.append('\0');
      }
      case 'x' -> {
        out.append((char) hex(after, after + 2));
        after += 2;
      }
      case 'u' -> {
        if (source.startsWith("{", after)) {
          int end = source.indexOf('}', after);
          if (end < 0) {
            throw error("the escape does not end", backslash);
          }
          out.appendCodePoint(hex(after + 1, end));
          after = end + 1;
        } else {
          out.append((char) hex(after, after + 4));
          after += 4;
        }
      }
      case '\r' -> {
        if (after < source.length() && source.charAt(after) == '\n') {
          after++;
        }
      }
      case '\n', '\u2028', '\u2029' -> {}
      default -> out.append(c);
    }
    return after;
  }

  private int hex(int from, int to) {
    try {
      if (to <= source.length()) {
        int value = Integer.parseInt(source, from, to, 16);
        if (value >= 0 && value <= Character.MAX_CODE_POINT) {
          return value;
        }
      }
    } catch (NumberFormatException notHex) {
      // Reported below.
    }
    throw error("hexadecimal digits are expected", from);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r' || c == '\u2028' || c == '\u2029';
  }

  private static boolean isNameStart(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '$'
        || c == '_'
        || (c > 127 && Character.isUnicodeIdentifierStart(c));
  }

  private static boolean isNamePart(char c) {
    return isNameStart(c)
        || isDigit(c)
        || (c > 127 && (Character.isUnicodeIdentifierPart(c) || c == 0x200c || c == 0x200d));
  }
}
