package dev.millrace.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import org.jspecify.annotations.Nullable;

/** A call that got no answer. The message names host and reason, never a secret. */
public final class OutgoingHttpException extends MillraceException {
  private final String reason;

  /**
   * @param reason short and stable, as Node.js names such failures: {@code ECONNREFUSED}, {@code
   *     ENOTFOUND}, {@code ECONNABORTED} …
   */
  public OutgoingHttpException(
      ErrorCode code, String reason, String message, @Nullable Throwable cause) {
    super(code, message, cause);
    this.reason = reason;
  }

  static OutgoingHttpException invalid(String message) {
    return new OutgoingHttpException(ErrorCode.INVALID_REQUEST, "ERR_INVALID_URL", message, null);
  }

  static OutgoingHttpException refused(String message) {
    return new OutgoingHttpException(ErrorCode.ADDRESS_REFUSED, "EACCES", message, null);
  }

  public String reason() {
    return reason;
  }
}
