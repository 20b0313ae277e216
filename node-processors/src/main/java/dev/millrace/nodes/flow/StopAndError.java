package dev.millrace.nodes.flow;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.FlowNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stop and Error: fails the execution with a message or an object of the workflow's choice. */
public final class StopAndError implements FlowNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.stopAndError")
          .named("Stop and Error", "Fails the execution with an error of your own.")
          .group("input")
          .versions(1)
          .ports(Ports.of(1, 0))
          .properties(
              Property.options(
                  "errorType",
                  "Error Type",
                  "errorMessage",
                  Property.option("Error Message", "errorMessage"),
                  Property.option("Error Object", "errorObject")),
              Property.string("errorMessage", "Error Message", "")
                  .asRequired()
                  .showWhen("errorType", "errorMessage"),
              Property.of("json", "errorObject", "Error Object", "")
                  .asRequired()
                  .showWhen("errorType", "errorObject"))
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  /** Never returns: the error ends the execution unless the node's settings let it go on. */
  @Override
  public NodeOutput run(NodeCall call) {
    throw call.string("errorType", 0, "errorMessage").equals("errorObject")
        ? fromObject(call.parameter("errorObject", 0))
        : stopped(call.string("errorMessage", 0, ""), null, Map.of());
  }

  private static NodeException fromObject(@Nullable Object parameter) {
    Object parsed = parameter;
    if (parameter instanceof String text) {
      try {
        parsed = Json.parse(text);
      } catch (MillraceException notJson) {
        return new NodeException("The error object is not valid JSON: " + notJson.text());
      }
    }
    Map<String, @Nullable Object> object = asObject(parsed);
    String message = null;
    for (String key : List.of("message", "description", "error")) {
      if (Coercion.toBoolean(object.get(key))) {
        message = text(object.get(key));
        break;
      }
    }
    Object description = object.get("description");
    return stopped(
        message == null ? "Error: " + Json.text(parsed) : message,
        Undefined.orNull(description) ? null : text(description),
        object);
  }

  private static NodeException stopped(
      String message, @Nullable String description, Map<String, @Nullable Object> detail) {
    return new NodeException(ErrorCode.STOPPED_BY_WORKFLOW, message, -1, description, detail, null);
  }

  private static String text(@Nullable Object value) {
    return value instanceof Map<?, ?> || value instanceof List<?>
        ? Json.text(value)
        : Coercion.toText(value);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> asObject(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }
}
