package dev.millrace.node;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node's failure that its user can understand: what went wrong, with which item. */
public final class NodeException extends MillraceException {
  private final int itemIndex;
  private final @Nullable String description;
  private final Map<String, @Nullable Object> detail;

  public NodeException(String message) {
    this(ErrorCode.NODE_FAILED, message, -1, null, Map.of(), null);
  }

  public NodeException(String message, int itemIndex) {
    this(ErrorCode.NODE_FAILED, message, itemIndex, null, Map.of(), null);
  }

  /**
   * @param itemIndex the input item that failed, -1 when no single one did
   * @param description a second sentence, or null
   * @param detail what a workflow may want to read from the error, beside its message
   */
  public NodeException(
      ErrorCode code,
      String message,
      int itemIndex,
      @Nullable String description,
      Map<String, @Nullable Object> detail,
      @Nullable Throwable cause) {
    super(code, message, cause);
    this.itemIndex = itemIndex;
    this.description = description;
    this.detail = detail;
  }

  public int itemIndex() {
    return itemIndex;
  }

  public @Nullable String description() {
    return description;
  }

  public Map<String, @Nullable Object> detail() {
    return detail;
  }
}
