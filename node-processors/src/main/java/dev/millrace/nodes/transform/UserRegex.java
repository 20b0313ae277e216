package dev.millrace.nodes.transform;

import dev.millrace.node.NodeException;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression that a user wrote, in JavaScript's syntax, run in bounded time: by RE2 where
 * its syntax suffices, and for the rest (lookaround, back references) by a backtracking matcher
 * with a step budget.
 */
final class UserRegex {
  /** Characters that a backtracking match may look at; some 50 ms. */
  private static final int STEPS = 5_000_000;

  private final com.google.re2j.@org.jspecify.annotations.Nullable Pattern linear;
  private final @org.jspecify.annotations.Nullable Pattern backtracking;

  private UserRegex(
      com.google.re2j.@org.jspecify.annotations.Nullable Pattern linear,
      @org.jspecify.annotations.Nullable Pattern backtracking) {
    this.linear = linear;
    this.backtracking = backtracking;
  }

  /**
   * @throws NodeException when the text is no regular expression
   */
  static UserRegex compile(String regex, boolean ignoreCase) {
    try {
      return new UserRegex(
          com.google.re2j.Pattern.compile(
              regex, ignoreCase ? com.google.re2j.Pattern.CASE_INSENSITIVE : 0),
          null);
    } catch (com.google.re2j.PatternSyntaxException beyondRe2) {
      try {
        return new UserRegex(
            null, Pattern.compile(regex, ignoreCase ? Pattern.CASE_INSENSITIVE : 0));
      } catch (PatternSyntaxException invalid) {
        throw new NodeException("Invalid regular expression: " + invalid.getDescription());
      }
    }
  }

  /**
   * Replaces every match. The replacement knows {@code $1}, {@code $<name>}, {@code $&} and {@code
   * $$}, as in JavaScript.
   */
  String replaceAll(String text, String replacement) {
    StringBuilder result = new StringBuilder();
    int end = 0;
    if (linear != null) {
      var matcher = linear.matcher(text);
      while (matcher.find()) {
        result.append(text, end, matcher.start());
        expand(
            replacement,
            matcher.groupCount(),
            group -> text(matcher.group(group)),
            name -> text(matcher.group(name)),
            result);
        end = matcher.end();
      }
    } else {
      var matcher = java.util.Objects.requireNonNull(backtracking).matcher(new Budgeted(text));
      try {
        while (matcher.find()) {
          MatchResult match = matcher.toMatchResult();
          result.append(text, end, match.start());
          expand(
              replacement,
              match.groupCount(),
              group -> text(match.group(group)),
              name -> text(match.group(name)),
              result);
          end = match.end();
        }
      } catch (TooManySteps | StackOverflowError tooHard) {
        throw new NodeException(
            "The regular expression takes too long on '"
                + text.substring(0, Math.min(text.length(), 40))
                + "'");
      }
    }
    return result.append(text, end, text.length()).toString();
  }

  private static String text(@org.jspecify.annotations.Nullable String group) {
    return group == null ? "" : group;
  }

  private static void expand(
      String replacement,
      int groups,
      java.util.function.IntFunction<String> byNumber,
      java.util.function.UnaryOperator<String> byName,
      StringBuilder out) {
    for (int i = 0; i < replacement.length(); i++) {
      char c = replacement.charAt(i);
      char next = i + 1 < replacement.length() ? replacement.charAt(i + 1) : 0;
      if (c != '$') {
        out.append(c);
      } else if (next == '$') {
        out.append('$');
        i++;
      } else if (next == '&') {
        out.append(byNumber.apply(0));
        i++;
      } else if (next >= '0' && next <= '9') {
        int one = next - '0';
        char after = i + 2 < replacement.length() ? replacement.charAt(i + 2) : 0;
        int two = after >= '0' && after <= '9' ? one * 10 + (after - '0') : -1;
        if (two >= 1 && two <= groups) {
          out.append(byNumber.apply(two));
          i += 2;
        } else if (one >= 1 && one <= groups) {
          out.append(byNumber.apply(one));
          i++;
        } else {
          out.append(c);
        }
      } else if (next == '<' && replacement.indexOf('>', i) > 0) {
        int close = replacement.indexOf('>', i);
        try {
          out.append(byName.apply(replacement.substring(i + 2, close)));
          i = close;
        } catch (IllegalArgumentException noSuchGroup) {
          out.append(c);
        }
      } else {
        out.append(c);
      }
    }
  }

  private static final class TooManySteps extends RuntimeException {
    TooManySteps() {
      super("too many steps", null, false, false);
    }
  }

  private record Counter(int[] left) {}

  /** Text that can be looked at only so often. */
  private static final class Budgeted implements CharSequence {
    private final String text;
    private final Counter counter;

    Budgeted(String text) {
      this(text, new Counter(new int[] {STEPS}));
    }

    private Budgeted(String text, Counter counter) {
      this.text = text;
      this.counter = counter;
    }

    @Override
    public char charAt(int index) {
      if (counter.left()[0]-- <= 0) {
        throw new TooManySteps();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Budgeted(text.substring(start, end), counter);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
