package dev.millrace.nodes.code;

import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.KeyedState;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.StateScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The older node for code that runs for each item; it finds the item's JSON in {@code item}. */
public final class FunctionItem implements KeyedNode {
  /** What a new node starts with. */
  private static final String SAMPLE_CODE =
      """
      // Adds a field to the item
      item.added = true;
      return item;
      """;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.functionItem")
          .named("Function Item", "Runs JavaScript for each item; Code is its successor.")
          .properties(Function.codeProperty(SAMPLE_CODE, "functionItem"))
          .build();

  /**
   * The code sees the item's JSON as {@code item} and its files through functions. The inner
   * function lets it declare these names itself.
   */
  private static final String BEFORE =
      Function.LEGACY_NAMES
          + "let filesOfItem = item.binary;"
          + " const getBinaryData = () => filesOfItem;"
          + " const setBinaryData = (files) => { filesOfItem = files; };"
          + " const getBinaryDataAsync = async () => filesOfItem;"
          + " const setBinaryDataAsync = async (files) => { filesOfItem = files; };"
          + " const runForItem = async (item) => await (async () => { ";

  private static final String AFTER =
      "\n})(); const json = await runForItem(item.json);"
          + " return { json, binary: filesOfItem };";

  private final ExpressionEngine expressions;

  public FunctionItem(NodeServices services) {
    this.expressions = services.expressions();
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public @Nullable StateScope scope(NodeCall call) {
    return StaticData.scope(Function.code(call));
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
    String code = BEFORE + Function.code(call) + AFTER;
    List<Item> items = new ArrayList<>(call.input().size());
    for (int i = 0; i < call.input().size(); i++) {
      try {
        items.add(item(run.forItem(code, i), i).withPairing(Pairing.to(i)));
      } catch (MillraceException failed) {
        if (!call.continueOnFail()) {
          throw failed;
        }
        items.add(CodeRun.errorItem(failed, i));
      }
    }
    return run.output(items);
  }

  private static Item item(@Nullable Object returned, int index) {
    if (returned instanceof Map<?, ?> both && both.get("json") instanceof Map<?, ?> json) {
      Item item = Item.of(CodeOutput.json(json));
      Map<String, BinaryData> files =
          both.get("binary") instanceof Map<?, ?> given ? CodeOutput.files(given) : Map.of();
      return files.isEmpty() ? item : item.withBinary(files);
    }
    throw CodeOutput.failure(
        "No data got returned. Always return an object!",
        index,
        "End the code with 'return item;'.");
  }
}
