package dev.millrace.nodes.trigger;

import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.node.TriggerNode;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Execute Workflow Trigger: where a sub-workflow begins. It lets all fields of the caller's items
 * through, or just those that it declares.
 */
public final class ExecuteWorkflowTrigger implements TriggerNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.executeWorkflowTrigger")
          .named("Execute Workflow Trigger", "Starts the workflow when another workflow calls it.")
          .group("trigger")
          .versions(1, 1.1, 1.2)
          .maxNodes(1)
          .ports(Ports.TRIGGER)
          .properties(
              // The value is misspelt in every stored workflow.
              Property.of("hidden", "events", "Events", "worklfow_call")
                  .withOptions(List.of(Property.option("Workflow Call", "worklfow_call")))
                  .withExtra("noExpression", true),
              Property.options(
                      "inputSource",
                      "Input data mode",
                      "workflowInputs",
                      Property.option("Define using fields below", "workflowInputs"),
                      Property.option("Define using JSON example", "jsonExample"),
                      Property.option("Accept all data", "passthrough"))
                  .withExtra("noExpression", true)
                  .hideWhen("@version", 1),
              Property.of(
                      "json",
                      "jsonExample",
                      "JSON Example",
                      "{\n  \"name\": \"a text\",\n  \"count\": 1,\n  \"tags\": []\n}")
                  .showWhen("inputSource", "jsonExample")
                  .withExtra("noExpression", true)
                  .hideWhen("@version", 1),
              Property.fixedCollection(
                      "workflowInputs",
                      "Workflow Input Schema",
                      Property.group(
                          "values",
                          "Values",
                          Property.string("name", "Name", "")
                              .asRequired()
                              .withExtra("noExpression", true),
                          Property.options(
                                  "type",
                                  "Type",
                                  "string",
                                  Property.option("Allow Any Type", "any"),
                                  Property.option("String", "string"),
                                  Property.option("Number", "number"),
                                  Property.option("Boolean", "boolean"),
                                  Property.option("Array", "array"),
                                  Property.option("Object", "object"))
                              .asRequired()
                              .withExtra("noExpression", true)))
                  .showWhen("inputSource", "workflowInputs")
                  .withTypeOption("multipleValues", true)
                  .withTypeOption("sortable", true)
                  .hideWhen("@version", 1))
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  /** Fields that the caller did not send are null, those that are not declared are dropped. */
  @Override
  public NodeOutput run(NodeCall call) {
    String source =
        call.node().typeVersion() < 1.1
            ? "passthrough"
            : call.string("inputSource", 0, "workflowInputs");
    if (source.equals("passthrough")) {
      return NodeOutput.of(call.input());
    }
    List<String> fields = source.equals("jsonExample") ? exampleFields(call) : fields(call);
    List<Item> output = new ArrayList<>(call.input().size());
    for (Item item : call.input()) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      for (String field : fields) {
        json.put(field, item.json().get(field));
      }
      output.add(item.withJson(json));
    }
    return NodeOutput.of(output);
  }

  private static List<String> fields(NodeCall call) {
    List<String> names = new ArrayList<>();
    if (call.object("workflowInputs", 0).get("values") instanceof List<?> values) {
      for (Object value : values) {
        if (value instanceof Map<?, ?> field && !Undefined.orNull(field.get("name"))) {
          names.add(Coercion.toText(field.get("name")));
        }
      }
    }
    return names;
  }

  private static List<String> exampleFields(NodeCall call) {
    Object example = call.parameter("jsonExample", 0);
    if (example instanceof String text) {
      try {
        example = Json.parse(text);
      } catch (MillraceException notJson) {
        throw new NodeException("The JSON example is not valid: " + notJson.text());
      }
    }
    if (!(example instanceof Map<?, ?> object)) {
      throw new NodeException("The JSON example must be an object.");
    }
    return object.keySet().stream().map(String::valueOf).toList();
  }
}
