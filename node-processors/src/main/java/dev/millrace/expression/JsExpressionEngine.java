package dev.millrace.expression;

import dev.millrace.expression.fast.Fast;
import dev.millrace.expression.fast.FastCompiler;
import dev.millrace.expression.js.Ast;
import dev.millrace.expression.js.Block;
import dev.millrace.expression.runtime.CodeRunner;
import dev.millrace.expression.runtime.Realms;
import dev.millrace.item.Item;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The expression engine. An expression that needs no JavaScript runs as Java closures over the
 * value model; the rest, and user code, runs in GraalJS. Thread-safe; see {@code
 * docs/expressions.md}.
 */
public final class JsExpressionEngine implements ExpressionEngine {
  private final boolean fastPath;
  private final Realms realms;
  private final Map<String, CompiledExpression> compiled;

  public JsExpressionEngine() {
    this(ExpressionSettings.DEFAULT);
  }

  public JsExpressionEngine(ExpressionSettings settings) {

    fastPath = settings.fastPath();
    realms = new Realms(settings, (template, scope) -> compile(template).evaluate(scope));
    compiled =
        Collections.synchronizedMap(
            new LinkedHashMap<>(64, 0.75f, true) {
              @Override
              protected boolean removeEldestEntry(Map.Entry<String, CompiledExpression> eldest) {
                return size() > settings.cacheSize();
              }
            });
  }

  /**
   * Prepares the calling thread's JavaScript context. The first one of a process takes one to three
   * seconds, a further one some 200 ms.
   */
  public void warmUp() {
    realms.warmUp();
  }

  @Override
  public CompiledExpression compile(String text) {
    CompiledExpression known = compiled.get(text);
    if (known == null) {
      known = text.startsWith("=") ? compileTemplate(text) : new Constant(text, text);
      compiled.put(text, known);
    }
    return known;
  }

  @Override
  public CodeResult runCode(String code, EvaluationScope scope, boolean perItem, List<Item> items) {
    CodeRunner.Run run = realms.runCode(new CodeRunner.Request(code, scope, perItem, items));
    return new CodeResult(run.returned(), run.console(), run.customData(), run.staticData());
  }

  @Override
  public void close() {
    realms.close();
  }

  private CompiledExpression compileTemplate(String text) {
    Template template = Template.split(text.substring(1));
    if (template.parts().stream().allMatch(Template.Text.class::isInstance)) {
      StringBuilder all = new StringBuilder();
      template.parts().forEach(part -> all.append(((Template.Text) part).text()));
      return new Constant(text, all.toString());
    }
    List<Object> parts = new ArrayList<>();
    for (Template.Part part : template.parts()) {
      parts.add(
          switch (part) {
            case Template.Text plain -> plain.text();
            case Template.Code code -> evaluation(code.code());
          });
    }
    return parts.size() == 1
        ? new Single(text, (BlockEvaluation) parts.getFirst())
        : new Mixed(text, List.copyOf(parts));
  }

  private BlockEvaluation evaluation(String code) {
    Block block = Block.parse(code);
    Ast.Expr tree = block.tree();
    return new BlockEvaluation(
        block, fastPath && tree != null ? FastCompiler.compile(tree) : null, realms);
  }

  /** One block; evaluates in whichever way can. */
  private record BlockEvaluation(Block block, @Nullable Fast fast, Realms realms) {
    @Nullable Object evaluate(EvaluationScope scope, boolean asText) {
      if (fast != null) {
        try {
          Object value = fast.evaluate(scope, Fast.Locals.NONE);
          return asText ? FastCompiler.contribution(value) : value;
        } catch (Fast.Swallowed typeError) {
          return Undefined.UNDEFINED;
        } catch (Fast.GiveUp needsJavaScript) {
          // Nothing has happened yet, so it can be evaluated again.
        }
      }
      return realms.evaluate(block, scope, asText);
    }
  }

  private record Constant(String text, String value) implements CompiledExpression {
    @Override
    public boolean constant() {
      return !text.startsWith("=");
    }

    @Override
    public Object evaluate(EvaluationScope scope) {
      return value;
    }
  }

  /** A block with nothing around it keeps its type. */
  private record Single(String text, BlockEvaluation block) implements CompiledExpression {
    @Override
    public boolean constant() {
      return false;
    }

    @Override
    public @Nullable Object evaluate(EvaluationScope scope) {
      return block.evaluate(scope, false);
    }
  }

  /** Text and blocks: strings and {@link BlockEvaluation}s. */
  private record Mixed(String text, List<Object> parts) implements CompiledExpression {
    @Override
    public boolean constant() {
      return false;
    }

    @Override
    public Object evaluate(EvaluationScope scope) {
      StringBuilder result = new StringBuilder();
      for (Object part : parts) {
        if (part instanceof BlockEvaluation block) {
          // Undefined is what a block that failed contributes.
          result.append(block.evaluate(scope, true) instanceof String s ? s : "");
        } else {
          result.append(part);
        }
      }
      return result.toString();
    }
  }
}
