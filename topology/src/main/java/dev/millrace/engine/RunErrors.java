package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.NodeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The forms that an error has in a run: {@code {message, code, advice, node?, ...}} as it is
 * recorded, and the {@code error} field of an item.
 */
public final class RunErrors {
  private RunErrors() {}

  /** The error in the first returned item, which counts as a failed attempt; empty when none. */
  static Map<String, @Nullable Object> returned(List<@Nullable List<Item>> outputs) {
    List<Item> first = outputs.isEmpty() ? null : outputs.get(0);
    if (first == null || first.isEmpty()) {
      return Map.of();
    }
    Object error = first.get(0).json().get("error");
    if (error == null || Boolean.FALSE.equals(error)) {
      return Map.of();
    }
    return of(ErrorCode.NODE_FAILED, dev.millrace.value.Coercion.toText(error), "");
  }

  /** An item that carries an error object shows its message as JSON. */
  static List<@Nullable List<Item>> asJson(List<@Nullable List<Item>> outputs) {
    if (!anyError(outputs)) {
      return outputs;
    }
    List<@Nullable List<Item>> changed = new ArrayList<>();
    for (List<Item> items : outputs) {
      changed.add(
          items == null
              ? null
              : items.stream()
                  .map(item -> {
                    Map<String, @Nullable Object> error = item.error();
                    if (error == null) {
                      return item;
                    }
                    Map<String, @Nullable Object> json = new LinkedHashMap<>();
                    json.put("error", error.get("message"));
                    return item.withJson(json);
                  })
                  .toList());
    }
    return changed;
  }

  private static boolean anyError(List<@Nullable List<Item>> outputs) {
    for (List<Item> items : outputs) {
      for (int i = 0; items != null && i < items.size(); i++) {
        if (items.get(i).error() != null) {
          return true;
        }
      }
    }
    return false;
  }

  static Map<String, @Nullable Object> of(Plan.Issue issue) {
    return of(issue.code(), issue.message(), issue.node());
  }

  static Map<String, @Nullable Object> of(ErrorCode code, String message, String node) {
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    error.put("message", message);
    error.put("code", code.code());
    error.put("advice", code.advice());
    if (!node.isEmpty()) {
      error.put("node", node);
    }
    return error;
  }

  /** What ends a canceled execution; a user's cancel has no reason and leaves no error. */
  static @Nullable Map<String, @Nullable Object> ofCancel(String reason) {
    return reason.isEmpty() ? null : of(ErrorCode.EXECUTION_CANCELED, reason, "");
  }

  /** A node's failure as it is recorded. A stack trace is not part of it. */
  public static Map<String, @Nullable Object> of(Throwable thrown, String node) {
    if (thrown instanceof MillraceException known) {
      Map<String, @Nullable Object> error = of(known.code(), known.text(), node);
      if (known instanceof NodeException failed) {
        if (failed.itemIndex() >= 0) {
          error.put("itemIndex", (double) failed.itemIndex());
        }
        if (failed.description() != null) {
          error.put("description", failed.description());
        }
        failed.detail().forEach(error::putIfAbsent);
      }
      return error;
    }
    return of(
        ErrorCode.NODE_DEFECT,
        "the node failed unexpectedly: "
            + (thrown.getMessage() == null
                ? thrown.getClass().getSimpleName()
                : thrown.getMessage()),
        node);
  }
}
