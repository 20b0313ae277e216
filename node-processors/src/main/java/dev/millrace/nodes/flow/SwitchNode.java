package dev.millrace.nodes.flow;

import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Switch: sends each item to the output of the first rule that it meets, or to a numbered one. */
public final class SwitchNode implements TransformNode {
  private static final int OUTPUTS_OF_VERSION_1 = 4;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.switch")
          .named("Switch", "Sends each item to one of several outputs, by rules or by number.")
          .group("transform")
          .versions(1, 2, 3, 3.1, 3.2, 3.3, 3.4)
          .ports(SwitchNode::ports)
          .properties(properties())
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    int outputs = ports(call.node(), rawParameters(call)).outputs();
    List<List<Item>> routed = new ArrayList<>(outputs);
    for (int i = 0; i < outputs; i++) {
      routed.add(new ArrayList<>());
    }
    Router router = router(call, routed);
    List<Item> items = call.input();
    for (int i = 0; i < items.size(); i++) {
      try {
        router.route(items.get(i), i);
      } catch (MillraceException failed) {
        if (!call.continueOnFail() || routed.isEmpty()) {
          throw failed;
        }
        routed.get(0).add(Item.of(Map.of("error", failed.text())).withPairing(Pairing.to(i)));
      }
    }
    return NodeOutput.ofOutputs(new ArrayList<>(routed));
  }

  /** Adds one item to its outputs. */
  private interface Router {
    void route(Item item, int index);
  }

  private static Router router(NodeCall call, List<List<Item>> routed) {
    double version = call.node().typeVersion();
    if ("expression".equals(call.rawParameter("mode"))) {
      return (item, index) ->
          output(routed, call.number("output", index, Double.NaN), index).add(item);
    }
    return version < 3 ? legacyRules(call, routed, version) : rules(call, routed, version);
  }

  private static Router rules(NodeCall call, List<List<Item>> routed, double version) {
    int count = call.rawParameter("rules.values") instanceof List<?> list ? list.size() : 0;
    List<FilterParameter> rules = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      rules.add(
          new FilterParameter(
              call,
              "rules.values." + i + ".conditions",
              version < 3.1,
              version < 3.2 ? 1 : version < 3.4 ? 2 : 3));
    }
    return (item, index) -> {
      boolean all = call.bool("options.allMatchingOutputs", index, false);
      boolean matched = false;
      for (int rule = 0; rule < count; rule++) {
        if (rules.get(rule).test(index)) {
          routed.get(rule).add(item);
          matched = true;
          if (!all) {
            return;
          }
        }
      }
      if (!matched) {
        Object fallback = call.parameter("options.fallbackOutput", index);
        if ("extra".equals(fallback)) {
          routed.get(routed.size() - 1).add(item);
        } else if (!Undefined.orNull(fallback) && !"none".equals(fallback)) {
          output(routed, Coercion.toNumber(fallback), index).add(item);
        }
      }
    };
  }

  private static Router legacyRules(NodeCall call, List<List<Item>> routed, double version) {
    return (item, index) -> {
      String type = call.string("dataType", index, "number");
      Object value = call.parameter("value1", index);
      List<@Nullable Object> rules = call.list("rules.rules", index);
      for (int rule = 0; rule < rules.size(); rule++) {
        if (rules.get(rule) instanceof Map<?, ?> form
            && LegacyComparison.compare(
                type,
                Coercion.toText(form.get("operation")),
                value,
                LegacyComparison.value(form, "value2"),
                index)) {
          double output = version < 2 ? Coercion.toNumber(form.get("output")) : rule;
          output(routed, output, index).add(item);
          return;
        }
      }
      double fallback = call.number("fallbackOutput", index, -1);
      if (fallback != -1) {
        output(routed, fallback, index).add(item);
      }
    };
  }

  private static List<Item> output(List<List<Item>> routed, double output, int item) {
    if (output >= 0 && output < routed.size() && output == (int) output) {
      return routed.get((int) output);
    }
    throw new NodeException(
        "Output "
            + Coercion.numberText(output)
            + " does not exist; the output must be a whole number from 0 to "
            + (routed.size() - 1),
        item);
  }

  private static Map<String, @Nullable Object> rawParameters(NodeCall call) {
    Map<String, @Nullable Object> raw = new java.util.HashMap<>();
    for (String name : List.of("mode", "outputsAmount", "rules", "options")) {
      raw.put(name, call.rawParameter(name));
    }
    // Up to 3.2 the number of outputs may be an expression.
    raw.put(
        "numberOutputs",
        "expression".equals(raw.get("mode")) ? call.parameter("numberOutputs", 0) : null);
    return raw;
  }

  private static Ports ports(WorkflowNode node, Map<String, @Nullable Object> parameters) {
    boolean byNumber = "expression".equals(parameters.get("mode"));
    if (node.typeVersion() < 2) {
      return Ports.of(1, OUTPUTS_OF_VERSION_1);
    }
    if (byNumber) {
      Object count = parameters.get(node.typeVersion() < 3 ? "outputsAmount" : "numberOutputs");
      double outputs = Undefined.orNull(count) ? 4 : Coercion.toNumber(count);
      return Ports.of(1, outputs >= 0 && outputs < 1000 ? (int) outputs : 4);
    }
    Object rules = parameters.get("rules");
    Object list =
        rules instanceof Map<?, ?> groups
            ? groups.get(node.typeVersion() < 3 ? "rules" : "values")
            : null;
    int count = list instanceof List<?> several ? several.size() : 0;
    boolean extra =
        node.typeVersion() >= 3
            && parameters.get("options") instanceof Map<?, ?> options
            && "extra".equals(options.get("fallbackOutput"));
    return Ports.of(1, extra ? count + 1 : count);
  }

  private static List<Property> properties() {
    List<Property> all = new ArrayList<>();
    all.add(
        Property.options(
                "mode",
                "Mode",
                "rules",
                Property.option("Rules", "rules"),
                Property.option("Expression", "expression"))
            .withExtra("noExpression", true));
    all.addAll(legacyProperties());
    all.add(
        Property.number("numberOutputs", "Number of Outputs", 4)
            .showWhen("mode", "expression")
            .showWhen("@version", 3, 3.1, 3.2));
    all.add(
        Property.number("numberOutputs", "Number of Outputs", 4)
            .showWhen("mode", "expression")
            .showWhen("@version", FilterParameter.from(3.3))
            .withExtra("noExpression", true));
    all.add(
        Property.of("number", "output", "Output Index", "={{}}")
            .showWhen("mode", "expression")
            .showWhen("@version", FilterParameter.from(3))
            .withExtra("validateType", "number"));
    all.add(
        Property.fixedCollection(
                "rules",
                "Routing Rules",
                Property.group(
                    "values",
                    "Routing Rule",
                    FilterParameter.property("conditions", "Conditions")
                        .withTypeOption("multipleValues", false),
                    Property.bool("renameOutput", "Rename Output", false),
                    Property.string("outputKey", "Output Name", "").showWhen("renameOutput", true)))
            .withDefault(Map.of("values", List.of(Map.of("conditions", emptyRule()))))
            .showWhen("mode", "rules")
            .showWhen("@version", FilterParameter.from(3))
            .withTypeOption("multipleValues", true)
            .withTypeOption("sortable", true));
    all.add(
        Property.bool("looseTypeValidation", "Convert types where required", false)
            .showWhen("@version", FilterParameter.from(3.1)));
    all.add(
        Property.collection(
                "options",
                "Options",
                Property.of("options", "fallbackOutput", "Fallback Output", "none")
                    .withTypeOption("loadOptionsMethod", "getFallbackOutputOptions")
                    .withTypeOption(
                        "loadOptionsDependsOn", List.of("rules.values", "/rules", "/rules.values")),
                Property.bool("ignoreCase", "Ignore Case", true),
                Property.bool("looseTypeValidation", "Less Strict Type Validation", true)
                    .showWhen("@version", 3),
                Property.string("renameFallbackOutput", "Rename Fallback Output", "")
                    .showWhen("fallbackOutput", "extra"),
                Property.bool("allMatchingOutputs", "Send data to all matching outputs", false))
            .showWhen("mode", "rules")
            .showWhen("@version", FilterParameter.from(3)));
    return all;
  }

  private static Map<String, Object> emptyRule() {
    return Map.of(
        "options",
        Map.of("caseSensitive", true, "leftValue", "", "typeValidation", "strict"),
        "conditions",
        List.of(
            Map.of(
                "leftValue",
                "",
                "rightValue",
                "",
                "operator",
                Map.of("type", "string", "operation", "equals"))),
        "combinator",
        "and");
  }

  private static List<Property> legacyProperties() {
    List<Property> all = new ArrayList<>();
    all.add(
        Property.number("output", "Output", 0)
            .showWhen("mode", "expression")
            .showWhen("@version", 1));
    all.add(
        Property.string("output", "Output", "")
            .showWhen("mode", "expression")
            .showWhen("@version", 2));
    all.add(
        Property.number("outputsAmount", "Outputs Amount", 4)
            .showWhen("mode", "expression")
            .showWhen("@version", 2));
    all.add(
        Property.options(
                "dataType",
                "Data Type",
                "number",
                Property.option("Boolean", "boolean"),
                Property.option("Date & Time", "dateTime"),
                Property.option("Number", "number"),
                Property.option("String", "string"))
            .showWhen("mode", "rules")
            .showWhen("@version", 1, 2));
    for (String type : List.of("boolean", "dateTime", "number", "string")) {
      all.add(
          value(type, "value1", "Value 1")
              .showWhen("dataType", type)
              .showWhen("mode", "rules")
              .showWhen("@version", 1, 2));
    }
    for (String type : List.of("boolean", "dateTime", "number", "string")) {
      for (int version = 1; version <= 2; version++) {
        all.add(
            Property.fixedCollection(
                    "rules",
                    "Routing Rules",
                    Property.group(
                        "rules",
                        type,
                        LegacyComparison.operation(type),
                        value(type, "value2", "Value 2"),
                        version == 1
                            ? Property.number("output", "Output", 0)
                            : Property.string("outputKey", "Output Key", "")))
                .showWhen("dataType", type)
                .showWhen("mode", "rules")
                .showWhen("@version", version)
                .withTypeOption("multipleValues", true));
      }
    }
    all.add(
        Property.of("options", "fallbackOutput", "Fallback Output", -1)
            .showWhen("mode", "rules")
            .showWhen("@version", 1, 2));
    return all;
  }

  private static Property value(String type, String name, String displayName) {
    return switch (type) {
      case "boolean" -> Property.bool(name, displayName, false);
      case "dateTime" -> Property.of("dateTime", name, displayName, "");
      case "number" -> Property.number(name, displayName, 0);
      default -> Property.string(name, displayName, "");
    };
  }
}
