package dev.millrace.nodes.code;

import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.KeyedState;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.StateScope;
import dev.millrace.value.Undefined;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The older node for code that runs once for all items; it finds them in {@code items}. */
public final class Function implements KeyedNode {
  /** What a new node starts with. */
  private static final String SAMPLE_CODE =
      """
      // Adds a field to every item
      for (const item of items) {
        item.json.added = true;
      }
      return items;
      """;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.function")
          .named("Function", "Runs JavaScript once for all items; Code is its successor.")
          .properties(codeProperty(SAMPLE_CODE, "function"))
          .build();

  /** Names that this node gave to code, on one line so that the code's line numbers stay right. */
  static final String LEGACY_NAMES =
      "const getWorkflowStaticData = typeof $getWorkflowStaticData === 'function'"
          + " ? $getWorkflowStaticData : undefined;"
          + " const getNodeParameter = (name) => $parameter[name];"
          + " const helpers = this && this.helpers; ";

  private final ExpressionEngine expressions;

  public Function(NodeServices services) {
    this.expressions = services.expressions();
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public @Nullable StateScope scope(NodeCall call) {
    return StaticData.scope(code(call));
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return run(call, new CodeRun(expressions, call));
  }

  @Override
  public NodeOutput run(NodeCall call, KeyedState state) {
    return run(call, new CodeRun(expressions, call, StaticData.of(call, state)));
  }

  private static NodeOutput run(NodeCall call, CodeRun run) {
    try {
      // The inner function lets the code declare these names itself.
      Object returned =
          run.forAll(LEGACY_NAMES + "return await (async () => { " + code(call) + "\n})();");
      if (Undefined.orNull(returned)) {
        throw CodeOutput.failure(
            "No data got returned. Always return an Array of items!",
            -1,
            "End the code with 'return items;'.");
      }
      return run.output(CodeOutput.items(returned));
    } catch (MillraceException failed) {
      if (call.continueOnFail()) {
        return run.output(List.of(CodeRun.errorItem(failed)));
      }
      throw failed;
    }
  }

  static Property codeProperty(String sample, String autocomplete) {
    return Property.string("functionCode", "JavaScript Code", sample)
        .withTypeOption("rows", 10)
        .withTypeOption("editor", "jsEditor")
        .withTypeOption("codeAutocomplete", autocomplete)
        .withExtra("noExpression", true);
  }

  static String code(NodeCall call) {
    return call.rawParameter("functionCode") instanceof String text ? text : "";
  }
}
