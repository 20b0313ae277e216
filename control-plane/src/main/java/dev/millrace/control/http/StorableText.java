package dev.millrace.control.http;

/** What a database takes as a text. Pure functions. */
public final class StorableText {
  private StorableText() {}

  /**
   * Whether a text can be kept as it is: without the character zero, and without halves of
   * characters.
   */
  public static boolean is(String text) {
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (unit == 0 || Character.isLowSurrogate(unit)) {
        return false;
      }
      if (Character.isHighSurrogate(unit)) {
        i++;
        if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
          return false;
        }
      }
    }
    return true;
  }
}
