package dev.millrace.parameter;

import dev.millrace.node.NodeException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A JavaScript regular expression that runs in the stream thread: translated to Java's syntax, and
 * stopped when it backtracks without end.
 */
public final class JavaScriptRegex {
  /** A search that looks at more characters than this gives up; it is well under a second. */
  private static final int MAX_STEPS = 20_000_000;

  private static final Pattern LITERAL = Pattern.compile("/(.*?)/([gimusy]*)", Pattern.DOTALL);

  private final Pattern pattern;

  private JavaScriptRegex(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * @param text {@code /pattern/flags} or the bare pattern
   * @throws NodeException when it is no regular expression
   */
  public static JavaScriptRegex of(String text) {
    Matcher literal = LITERAL.matcher(text);
    return literal.matches() ? of(literal.group(1), literal.group(2)) : of(text, "");
  }

  /**
   * @throws NodeException when it is no regular expression
   */
  public static JavaScriptRegex of(String pattern, String flags) {
    int options = 0;
    boolean multiline = false;
    for (int i = 0; i < flags.length(); i++) {
      switch (flags.charAt(i)) {
        case 'i' -> options |= Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;
        case 'm' -> {
          options |= Pattern.MULTILINE;
          multiline = true;
        }
        case 's' -> options |= Pattern.DOTALL;
        default -> {}
      }
    }
    try {
      return new JavaScriptRegex(Pattern.compile(translate(pattern, multiline), options));
    } catch (PatternSyntaxException | StackOverflowError broken) {
      throw new NodeException("Invalid regular expression: /" + pattern + "/");
    }
  }

  /** Whether it matches anywhere in the text. */
  public boolean find(String text) {
    try {
      return matcher(text).find();
    } catch (StackOverflowError tooDeep) {
      throw tooLong();
    }
  }

  /** A matcher that fails with a {@link NodeException} when it runs too long. */
  public Matcher matcher(String text) {
    return pattern.matcher(new Bounded(text, 0, text.length(), new int[] {MAX_STEPS}));
  }

  private static NodeException tooLong() {
    return new NodeException("The regular expression takes too long on this text");
  }

  private static String translate(String pattern, boolean multiline) {
    StringBuilder out = new StringBuilder(pattern.length() + 8);
    boolean inClass = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      char next = i + 1 < pattern.length() ? pattern.charAt(i + 1) : 0;
      if (c == '\\' && next != 0) {
        if (next == 'u' && i + 2 < pattern.length() && pattern.charAt(i + 2) == '{') {
          out.append("\\x");
        } else if (Character.isLetter(next) && "bBcdDfknrsStuvwWx".indexOf(next) < 0) {
          // An escape that JavaScript does not know means the letter itself.
          out.append(next);
        } else if (next == 'v') {
          out.append("\\x0B");
        } else {
          out.append(c).append(next);
        }
        i++;
      } else if (inClass) {
        inClass = c != ']';
        out.append(c == '[' || (c == '&' && next == '&') ? "\\" + c : c);
      } else if (c == '[' && pattern.startsWith("[^]", i)) {
        out.append("[\\s\\S]");
        i += 2;
      } else if (c == '[' && next == ']') {
        out.append("(?!)");
        i++;
      } else if (c == '[') {
        inClass = true;
        out.append(c);
        if (next == '^') {
          out.append(next);
          i++;
        }
      } else if (c == '$' && !multiline) {
        // Java's $ also matches before a last line break.
        out.append("\\z");
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** Counts what the matcher looks at, over all parts of one text. */
  private record Bounded(String text, int from, int to, int[] left) implements CharSequence {
    @Override
    public int length() {
      return to - from;
    }

    @Override
    public char charAt(int index) {
      if (--left[0] < 0) {
        throw tooLong();
      }
      return text.charAt(from + index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Bounded(text, from + start, from + end, left);
    }

    @Override
    public String toString() {
      return text.substring(from, to);
    }
  }
}
