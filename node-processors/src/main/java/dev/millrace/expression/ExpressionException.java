package dev.millrace.expression;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An expression that fails its node: it refers to what is not there, or misuses a function. */
public final class ExpressionException extends MillraceException {
  private final String type;
  private final @Nullable String nodeCause;
  private final @Nullable String descriptionKey;
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
    this(code, message, type, null, null, customData);
  }

  private ExpressionException(
      ErrorCode code,
      @Nullable String message,
      String type,
      @Nullable String nodeCause,
      @Nullable String descriptionKey,
      Map<String, String> customData) {
    super(code, message);
    this.type = type;
    this.nodeCause = nodeCause;
    this.descriptionKey = descriptionKey;
    this.customData = Map.copyOf(customData);
  }

  public static ExpressionException failed(@Nullable String message, String type) {
    return new ExpressionException(ErrorCode.EXPRESSION_FAILED, message, type);
  }

  /**
   * An error that a reference to a node raised.
   *
   * @param nodeCause the node that is to blame
   * @param descriptionKey by which a user interface finds its own longer text, such as {@code
   *     pairedItemNoInfo}
   */
  public static ExpressionException reference(
      String message, String type, String nodeCause, String descriptionKey) {
    return new ExpressionException(
        ErrorCode.EXPRESSION_FAILED, message, type, nodeCause, descriptionKey, Map.of());
  }

  /** The same error as code raised it, after it had stored this. */
  public ExpressionException raisedByCode(
      ErrorCode newCode, String message, Map<String, String> stored) {
    return new ExpressionException(newCode, message, type, nodeCause, descriptionKey, stored);
  }

  /** What the code had stored with {@code $execution.customData}; it stays stored. */
  public Map<String, String> customData() {
    return customData;
  }

  public String type() {
    return type;
  }

  /** The node that is to blame, or null. */
  public @Nullable String nodeCause() {
    return nodeCause;
  }

  /** By which a user interface finds its own longer text, or null. */
  public @Nullable String descriptionKey() {
    return descriptionKey;
  }
}
