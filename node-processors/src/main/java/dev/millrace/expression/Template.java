package dev.millrace.expression;

import java.util.ArrayList;
import java.util.List;

/**
 * A parameter text cut into plain text and code blocks.
 *
 * <p>Code stands between two opening and two closing braces. A backslash before the opening braces
 * makes them text (and stays in it); inside code, a backslash before the closing braces makes them
 * part of the code. A block that is never closed reaches to the end.
 */
record Template(List<Part> parts) {
  sealed interface Part {}

  record Text(String text) implements Part {}

  record Code(String code) implements Part {}

  /** Cuts up what follows the leading {@code =}. */
  static Template split(String template) {
    List<Part> parts = new ArrayList<>();
    int position = 0;
    StringBuilder text = new StringBuilder();
    while (position < template.length()) {
      int open = template.indexOf("{{", position);
      if (open < 0) {
        break;
      }
      if (open > 0 && template.charAt(open - 1) == '\\') {
        text.append(template, position, open + 2);
        position = open + 2;
        continue;
      }
      text.append(template, position, open);
      if (!text.isEmpty()) {
        parts.add(new Text(text.toString()));
        text.setLength(0);
      }
      int close = closing(template, open + 2);
      parts.add(new Code(template.substring(open + 2, close).replace("\\}}", "}}")));
      position = Math.min(close + 2, template.length());
    }
    text.append(template, position, template.length());
    if (!text.isEmpty()) {
      parts.add(new Text(text.toString()));
    }
    return new Template(parts);
  }

  private static int closing(String template, int from) {
    int close = template.indexOf("}}", from);
    while (close > 0 && template.charAt(close - 1) == '\\') {
      close = template.indexOf("}}", close + 2);
    }
    return close < 0 ? template.length() : close;
  }
}
