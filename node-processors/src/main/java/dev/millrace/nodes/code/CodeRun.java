package dev.millrace.nodes.code;

import dev.millrace.error.MillraceException;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.ExpressionEngine.CodeResult;
import dev.millrace.expression.ExpressionException;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.CodeEffects;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs user code for one run of a node and keeps what it left behind beside its result. */
final class CodeRun {
  private final ExpressionEngine expressions;
  private final NodeCall call;
  private final List<String> console = new ArrayList<>();
  private final Map<String, String> customData = new HashMap<>();
  private final @Nullable StaticData staticData;

  /** A run that has no static data. */
  CodeRun(ExpressionEngine expressions, NodeCall call) {
    this(expressions, call, null);
  }

  /** A run with the workflow's static data. */
  CodeRun(ExpressionEngine expressions, NodeCall call, @Nullable StaticData staticData) {
    this.expressions = expressions;
    this.call = call;
    this.staticData = staticData;
  }

  /** Runs the code once for all items. */
  @Nullable Object forAll(String code) {
    return run(code, 0, false, call.input());
  }

  /** Runs the code for one item; an error says which one. */
  @Nullable Object forItem(String code, int index) {
    try {
      return run(code, index, true, List.of(call.input().get(index)));
    } catch (MillraceException failed) {
      throw new NodeException(
          failed.code(), named(failed.text(), index), index, null, Map.of(), failed);
    }
  }

  /** The node's answer, with what the code left behind. */
  NodeOutput output(List<Item> items) {
    return NodeOutput.of(items)
        .withEffects(
            new CodeEffects(console, customData, staticData == null ? null : staticData.keep()));
  }

  private @Nullable Object run(String code, int index, boolean perItem, List<Item> items) {
    CodeResult result;
    try {
      EvaluationScope scope = call.scope(index);
      result =
          expressions.runCode(
              code,
              staticData == null ? scope : scope.withStaticData(staticData.all()),
              perItem,
              items);
    } catch (ExpressionException failed) {
      // What the code stored before it failed counts, also where the node goes on after the error.
      customData.putAll(failed.customData());
      throw failed;
    }
    console.addAll(result.console());
    customData.putAll(result.customData());
    if (result.staticData() != null && staticData != null) {
      staticData.changed(result.staticData());
    }
    return result.returned();
  }

  /** {@code boom [line 3]} becomes {@code boom [line 3, for item 1]}. */
  private static String named(String message, int index) {
    return message.endsWith("]") && message.contains(" [line ")
        ? message.substring(0, message.length() - 1) + ", for item " + index + "]"
        : message + " [item " + index + "]";
  }

  /** What the node answers in place of a result that failed, when it is to go on. */
  static Item errorItem(MillraceException failed) {
    return Item.of(Map.of("error", failed.text()));
  }

  static Item errorItem(MillraceException failed, int index) {
    return errorItem(failed).withPairing(Pairing.to(index));
  }
}
