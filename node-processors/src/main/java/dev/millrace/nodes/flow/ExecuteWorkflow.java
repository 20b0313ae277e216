package dev.millrace.nodes.flow;

import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.FlowNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.Suspension;
import dev.millrace.parameter.ResourceLocator;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Execute Workflow: runs another workflow with the items, all at once or one by one, and answers
 * what it answers. Each call is an execution of its own, in whatever partition that belongs to.
 */
public final class ExecuteWorkflow implements FlowNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.executeWorkflow")
          .named("Execute Workflow", "Runs another workflow and answers what it answers.")
          .group("transform")
          .versions(1, 1.1, 1.2, 1.3, 1.4)
          .properties(properties())
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    boolean awaited = call.bool("options.waitForSubWorkflow", 0, true);
    List<Suspension.Call> calls = new ArrayList<>();
    if (call.string("mode", 0, "once").equals("each")) {
      for (int i = 0; i < call.input().size(); i++) {
        calls.add(called(call, i, List.of(input(call, i))));
      }
    } else {
      List<Item> all = new ArrayList<>(call.input().size());
      for (int i = 0; i < call.input().size(); i++) {
        all.add(input(call, i));
      }
      calls.add(called(call, 0, all));
    }
    return NodeOutput.of(call.input())
        .waitingFor(new Suspension.SubWorkflow(List.copyOf(calls), awaited));
  }

  private static Suspension.Call called(NodeCall call, int item, List<Item> items) {
    return switch (call.string("source", item, "database")) {
      case "database" -> {
        Object id = ResourceLocator.value(call.parameter("workflowId", item));
        if (Undefined.orNull(id) || Coercion.toText(id).isBlank()) {
          throw new NodeException("No workflow is chosen to execute.", item);
        }
        yield new Suspension.Call(Coercion.toText(id).strip(), null, items);
      }
      case "parameter" -> new Suspension.Call("", definition(call, item), items);
      case String other ->
          throw new NodeException(
              "A workflow from \"" + other + "\" is not supported: choose a published one.", item);
    };
  }

  private static byte[] definition(NodeCall call, int item) {
    Object given = call.parameter("workflowJson", item);
    byte[] json =
        given instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : Json.write(given);
    try {
      WorkflowDocument.parse(json);
    } catch (MillraceException noWorkflow) {
      throw new NodeException("The workflow's JSON cannot be used: " + noWorkflow.text(), item);
    }
    return json;
  }

  /** An item as the called workflow sees it: with the inputs that are mapped, where any are. */
  private static Item input(NodeCall call, int index) {
    Item item = call.input().get(index);
    if (call.node().typeVersion() < 1.2
        || !call.string("source", index, "database").equals("database")) {
      return item;
    }
    Map<String, @Nullable Object> inputs = call.object("workflowInputs", index);
    if (!"defineBelow".equals(inputs.get("mappingMode"))
        || !(inputs.get("value") instanceof Map<?, ?> values)
        || values.isEmpty()) {
      return item;
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    values.forEach((name, value) -> {
      if (value != Undefined.UNDEFINED) {
        json.put(String.valueOf(name), value);
      }
    });
    return item.withJson(json);
  }

  private static List<Property> properties() {
    return List.of(
        Property.of("hidden", "operation", "Operation", "call_workflow")
            .withOptions(List.of(Property.option("Execute a Sub-Workflow", "call_workflow")))
            .withExtra("noExpression", true),
        Property.of("options", "source", "Source", "database")
            .withOptions(
                List.of(
                    Property.option("Database", "database"),
                    Property.option("Define Below", "parameter"))),
        Property.of("workflowSelector", "workflowId", "Workflow", "")
            .asRequired()
            .showWhen("source", "database"),
        Property.string("workflowPath", "Workflow Path", "")
            .asRequired()
            .showWhen("source", "localFile"),
        Property.of(
                "json",
                "workflowJson",
                "Workflow JSON",
                "{\n  \"nodes\": [],\n  \"connections\": {}\n}")
            .asRequired()
            .withTypeOption("rows", 10)
            .showWhen("source", "parameter"),
        Property.string("workflowUrl", "Workflow URL", "").asRequired().showWhen("source", "url"),
        Property.of(
                "resourceMapper",
                "workflowInputs",
                "Workflow Inputs",
                Json.parse("{\"mappingMode\": \"defineBelow\", \"value\": null}"))
            .asRequired()
            .withTypeOption("loadOptionsDependsOn", List.of("workflowId.value"))
            .withTypeOption(
                "resourceMapper",
                Map.of(
                    "localResourceMapperMethod",
                    "loadSubWorkflowInputs",
                    "valuesLabel",
                    "Workflow Inputs",
                    "mode",
                    "map",
                    "fieldWords",
                    Map.of("singular", "input", "plural", "inputs"),
                    "addAllFields",
                    true,
                    "multiKeyMatch",
                    false,
                    "supportAutoMap",
                    false,
                    "showTypeConversionOptions",
                    true,
                    "alwaysConvertFieldsToString",
                    true,
                    "refreshStaleSchemaOnOpen",
                    true))
            .withExtra("noExpression", true)
            .showWhen("source", "database")
            .hideWhen("workflowId", ""),
        Property.of("options", "mode", "Mode", "once")
            .withOptions(
                List.of(
                    Property.option("Run once with all items", "once"),
                    Property.option("Run once for each item", "each")))
            .withExtra("noExpression", true),
        Property.collection(
            "options",
            "Options",
            Property.bool("waitForSubWorkflow", "Wait For Sub-Workflow Completion", true)));
  }
}
