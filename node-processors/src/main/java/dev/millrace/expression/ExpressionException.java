package dev.millrace.expression;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import org.jspecify.annotations.Nullable;

/** An expression that fails its node: it refers to what is not there, or misuses a function. */
public final class ExpressionException extends MillraceException {
  private final String type;

  /**
   * @param type what went wrong for programs to read, such as {@code no_execution_data} or {@code
   *     paired_item_no_info}; empty when there is nothing more to say than the code
   */
  public ExpressionException(ErrorCode code, @Nullable String message, String type) {
    super(code, message);
    this.type = type;
  }

  public static ExpressionException failed(@Nullable String message, String type) {
    return new ExpressionException(ErrorCode.EXPRESSION_FAILED, message, type);
  }

  public String type() {
    return type;
  }
}
