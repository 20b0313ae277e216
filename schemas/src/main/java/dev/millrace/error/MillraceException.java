package dev.millrace.error;

import org.jspecify.annotations.Nullable;

/** An error of the catalogue, thrown. Carries what happened; the code carries what to do. */
public class MillraceException extends RuntimeException {
  private final ErrorCode code;

  public MillraceException(ErrorCode code, @Nullable String message) {
    this(code, message, null);
  }

  public MillraceException(ErrorCode code, @Nullable String message, @Nullable Throwable cause) {
    super(message == null ? code.name() : message, cause);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }

  /** The message, never null. */
  public String text() {
    String message = getMessage();
    return message == null ? code.name() : message;
  }
}
