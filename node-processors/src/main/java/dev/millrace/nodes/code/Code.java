package dev.millrace.nodes.code;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.KeyedState;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.StateScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runs the user's JavaScript, once for all items or once for each. */
public final class Code implements KeyedNode {
  private static final String ALL = "runOnceForAllItems";
  private static final String EACH = "runOnceForEachItem";

  /** What code that runs for one item must not ask for. */
  private static final Pattern WHOLE_INPUT =
      Pattern.compile("\\$input\\.(first|last|all|itemMatching)\\b");

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.code")
          .named("Code", "Runs JavaScript of your own on the items.")
          .versions(1, 2)
          .properties(
              Property.options(
                      "mode",
                      "Mode",
                      ALL,
                      Property.option("Run Once for All Items", ALL),
                      Property.option("Run Once for Each Item", EACH))
                  .withExtra("noExpression", true),
              Property.options(
                      "language",
                      "Language",
                      "javaScript",
                      Property.option("JavaScript", "javaScript"),
                      Property.option("Python", "pythonNative"))
                  .showWhen("@version", 2)
                  .withExtra("noExpression", true),
              javaScript(ALL).showWhen("@version", 1),
              javaScript(EACH).showWhen("@version", 1),
              javaScript(ALL).showWhen("@version", 2).showWhen("language", "javaScript"),
              javaScript(EACH).showWhen("@version", 2).showWhen("language", "javaScript"),
              python(ALL),
              python(EACH))
          .build();

  private final ExpressionEngine expressions;

  public Code(NodeServices services) {
    this.expressions = services.expressions();
  }

  private static Property javaScript(String mode) {
    return code("jsCode", "JavaScript").showWhen("mode", mode);
  }

  private static Property python(String mode) {
    return code("pythonCode", "Python")
        .showWhen("@version", 2)
        .showWhen("language", "python", "pythonNative")
        .showWhen("mode", mode);
  }

  private static Property code(String name, String displayName) {
    return Property.string(name, displayName, "")
        .withTypeOption("editor", "codeNodeEditor")
        .withExtra("noExpression", true);
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
    if (!"javaScript".equals(call.string("language", 0, "javaScript"))) {
      throw new NodeException(
          ErrorCode.CODE_FAILED,
          "Python code is not available yet",
          -1,
          "Set the parameter 'Language' to JavaScript and write the code in it.",
          Map.of(),
          null);
    }
    String code = code(call);
    return run.output(
        call.string("mode", 0, ALL).equals(EACH) ? each(call, run, code) : all(call, run, code));
  }

  /** Code is text, never an expression, whatever its first character is. */
  private static String code(NodeCall call) {
    return call.rawParameter("jsCode") instanceof String text ? text : "";
  }

  private static List<Item> all(NodeCall call, CodeRun run, String code) {
    try {
      return CodeOutput.items(run.forAll(code));
    } catch (MillraceException failed) {
      if (call.continueOnFail()) {
        return List.of(CodeRun.errorItem(failed));
      }
      throw failed;
    }
  }

  private static List<Item> each(NodeCall call, CodeRun run, String code) {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < call.input().size(); i++) {
      try {
        refuseWholeInput(code, i);
        Item item = CodeOutput.item(run.forItem(code, i), i);
        if (item != null) {
          items.add(item.withPairing(Pairing.to(i)));
        }
      } catch (MillraceException failed) {
        if (!call.continueOnFail()) {
          throw failed;
        }
        items.add(CodeRun.errorItem(failed, i));
      }
    }
    return items;
  }

  private static void refuseWholeInput(String code, int index) {
    String[] lines = code.split("\n", -1);
    for (int line = 0; line < lines.length; line++) {
      Matcher matcher = WHOLE_INPUT.matcher(lines[line]);
      if (matcher.find()) {
        String before = lines[line].substring(0, matcher.start()).strip();
        if (!before.contains("//") && !before.contains("/*") && !before.startsWith("*")) {
          throw CodeOutput.failure(
              "Can't use ."
                  + matcher.group(1)
                  + "() here [line "
                  + (line + 1)
                  + ", for item "
                  + index
                  + "]",
              index,
              "It is available when the code runs once for all items.");
        }
      }
    }
  }
}
