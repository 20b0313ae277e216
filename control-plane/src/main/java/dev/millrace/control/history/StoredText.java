package dev.millrace.control.history;

/**
 * Texts as databases take them: PostgreSQL refuses the character U+0000, and neither it nor MongoDB
 * has halves of surrogate pairs. A workflow may well have them. Pure functions.
 */
final class StoredText {
  private static final char REPLACEMENT = '\uFFFD';

  private StoredText() {}

  /** The text with U+FFFD for what cannot be stored. */
  static String of(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (refused(text, i)) {
        return replaced(text, i);
      }
    }
    return text;
  }

  /** At most so many characters of it. */
  static String of(String text, int most) {
    return of(text.length() <= most ? text : text.substring(0, most));
  }

  private static String replaced(String text, int from) {
    StringBuilder stored = new StringBuilder(text);
    for (int i = from; i < text.length(); i++) {
      if (refused(text, i)) {
        stored.setCharAt(i, REPLACEMENT);
      }
    }
    return stored.toString();
  }

  private static boolean refused(String text, int index) {
    char c = text.charAt(index);
    if (c == 0) {
      return true;
    }
    if (Character.isHighSurrogate(c)) {
      return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
    }
    return Character.isLowSurrogate(c)
        && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
  }
}
