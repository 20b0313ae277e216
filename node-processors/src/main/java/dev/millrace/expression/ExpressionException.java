package dev.millrace.expression;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An expression that fails its node: it refers to what is not there, or misuses a function. */
public final class ExpressionException extends MillraceException {
  private final String type;
  private final Map<String, String> customData;

  /**
   * @param type what went wrong for programs to read, such as {@code no_execution_data} or {@code
   *     paired_item_no_info}; empty when there is nothing more to say than the code
   */
  public ExpressionException(ErrorCode code, @Nullable String message, String type) {
    this(code, message, type, Map.of());
  }

  /**
   * @param customData what the code had stored with {@code $execution.customData} before it failed
   */
  public ExpressionException(
      ErrorCode code, @Nullable String message, String type, Map<String, String> customData) {
    super(code, message);
    this.type = type;
    this.customData = Map.copyOf(customData);
  }

  public static ExpressionException failed(@Nullable String message, String type) {
    return new ExpressionException(ErrorCode.EXPRESSION_FAILED, message, type);
  }

  /** What the code had stored with {@code $execution.customData}; it stays stored. */
  public Map<String, String> customData() {
    return customData;
  }

  public String type() {
    return type;
  }
}
