package dev.millrace.value;

/**
 * JavaScript's {@code undefined}. It appears as the result of an expression and never inside an
 * item: {@link Json} leaves out a key whose value is undefined, as {@code JSON.stringify} does.
 */
public enum Undefined {
  UNDEFINED;

  /** Whether {@code value} is undefined or null, JavaScript's {@code value == null}. */
  public static boolean orNull(@org.jspecify.annotations.Nullable Object value) {
    return value == null || value == UNDEFINED;
  }

  @Override
  public String toString() {
    return "undefined";
  }
}
