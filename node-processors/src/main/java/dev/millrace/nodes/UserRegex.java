package dev.millrace.nodes;

import dev.millrace.parameter.JavaScriptRegex;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A search and replace that a user wrote in JavaScript's syntax; its time is bounded. */
public record UserRegex(JavaScriptRegex search, String replacement) {
  private static final Pattern SPECIAL = Pattern.compile("[\\\\^$.*+?()\\[\\]{}|/]");

  /**
   * @throws dev.millrace.node.NodeException when the text is no regular expression
   */
  public static UserRegex of(String search, boolean ignoreCase, String replacement) {
    return new UserRegex(JavaScriptRegex.of(search, ignoreCase ? "i" : ""), replacement);
  }

  /** Searches for a text as it stands. */
  public static UserRegex literal(String search, String replacement) {
    return of(SPECIAL.matcher(search).replaceAll("\\\\$0"), false, replacement);
  }

  /** Replaces the first match; see {@link #replaceAll}. */
  public String replaceFirst(String text) {
    return replace(text, 1);
  }

  /**
   * Replaces every match. The replacement knows {@code $1}, {@code $<name>}, {@code $&} and {@code
   * $$}, as in JavaScript.
   */
  public String replaceAll(String text) {
    return replace(text, Integer.MAX_VALUE);
  }

  private String replace(String text, int most) {
    StringBuilder result = new StringBuilder();
    Matcher matcher = search.matcher(text);
    int end = 0;
    for (int done = 0; done < most && matcher.find(); done++) {
      result.append(text, end, matcher.start());
      expand(matcher, result);
      end = matcher.end();
    }
    return result.append(text, end, text.length()).toString();
  }

  private void expand(Matcher match, StringBuilder out) {
    for (int i = 0; i < replacement.length(); i++) {
      char c = replacement.charAt(i);
      char next = c == '$' && i + 1 < replacement.length() ? replacement.charAt(i + 1) : 0;
      int close = next == '<' ? replacement.indexOf('>', i) : -1;
      if (next == '$') {
        out.append(next);
        i++;
      } else if (next == '&') {
        out.append(match.group());
        i++;
      } else if (next >= '0' && next <= '9') {
        int digits = group(match, i + 1, 2) > 0 ? 2 : 1;
        int group = group(match, i + 1, digits);
        if (group > 0) {
          out.append(Objects.requireNonNullElse(match.group(group), ""));
          i += digits;
        } else {
          out.append(c);
        }
      } else if (close > 0
          && match.namedGroups().containsKey(replacement.substring(i + 2, close))) {
        String group = match.group(replacement.substring(i + 2, close));
        out.append(Objects.requireNonNullElse(group, ""));
        i = close;
      } else {
        out.append(c);
      }
    }
  }

  /** The group that some digits of the replacement name, 0 when there is none. */
  private int group(Matcher match, int from, int digits) {
    int group = 0;
    for (int i = from; i < from + digits; i++) {
      char c = i < replacement.length() ? replacement.charAt(i) : 0;
      if (c < '0' || c > '9') {
        return 0;
      }
      group = group * 10 + (c - '0');
    }
    return group <= match.groupCount() ? group : 0;
  }
}
