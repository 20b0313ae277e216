package dev.millrace.expression.js;

/** The text is not JavaScript that may stand here. The message says where. */
public final class JsSyntaxException extends RuntimeException {
  public JsSyntaxException(String message) {
    super(message);
  }
}
