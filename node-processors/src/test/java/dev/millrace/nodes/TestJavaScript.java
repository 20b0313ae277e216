package dev.millrace.nodes;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.CompiledExpression;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.NodeRun;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/**
 * Just enough JavaScript for the tests of nodes: simple expressions and code, in one context
 * without limits. Not for more than one thread.
 */
public final class TestJavaScript implements ExpressionEngine {
  private static final String PRELUDE =
      """
      const DateTime = luxon.DateTime;
      function toJava(value) {
        if (value === undefined) return '{"undefined":1}';
        if (DateTime.isDateTime(value))
          return JSON.stringify({ millis: value.toMillis(), zone: value.zoneName });
        return JSON.stringify({ value });
      }
      function evaluate(code, json, nodes) {
        const $json = JSON.parse(json), $node = JSON.parse(nodes);
        try { return toJava(eval('(' + code + ')')); } catch (e) {
          if (e instanceof SyntaxError) throw e;
          return toJava(undefined);
        }
      }
      function runCode(code, input, index) {
        const items = JSON.parse(input), outcome = {};
        const item = index >= 0 ? items[index] : undefined;
        const $json = item && item.json;
        const $input = { all: () => items, first: () => items[0], item };
        const staticData = { global: {}, node: {} };
        const $getWorkflowStaticData = (scope) => staticData[scope];
        const $parameter = {};
        const lines = [];
        const console = { log: (...values) => lines.push(values.join(' ')) };
        const names = ['items', 'item', '$json', '$input', '$getWorkflowStaticData',
            '$parameter', 'console'];
        const AsyncFunction = (async () => {}).constructor;
        AsyncFunction(...names, code)
            .call({ helpers: {} }, items, item, $json, $input, $getWorkflowStaticData,
                $parameter, console)
            .then((value) => { outcome.value = toJava(value); },
                  (error) => { outcome.error = String(error.message); });
        outcome.console = lines;
        return outcome;
      }
      """;

  private static final Pattern EXPRESSION = Pattern.compile("\\{\\{.*?}}", Pattern.DOTALL);

  private final Context context =
      Context.newBuilder("js").option("engine.WarnInterpreterOnly", "false").build();
  private final Value evaluate;
  private final Value runCode;

  public TestJavaScript(String zone) {
    context.eval("js", resource("META-INF/resources/webjars/luxon/3.7.2/build/global/luxon.js"));
    context.eval("js", PRELUDE + "luxon.Settings.defaultZone = '" + zone + "';");
    evaluate = context.getBindings("js").getMember("evaluate");
    runCode = context.getBindings("js").getMember("runCode");
  }

  /** The value of an expression in which {@code luxon} is Luxon. */
  public @Nullable Object eval(String expression) {
    return fromScript(evaluate.execute(expression, "{}", "{}").asString());
  }

  @Override
  public CompiledExpression compile(String text) {
    return new CompiledExpression() {
      @Override
      public String text() {
        return text;
      }

      @Override
      public boolean constant() {
        return !text.startsWith("=");
      }

      @Override
      public @Nullable Object evaluate(EvaluationScope scope) {
        return constant() ? text : evaluateTemplate(text.substring(1).strip(), scope);
      }
    };
  }

  private @Nullable Object evaluateTemplate(String template, EvaluationScope scope) {
    if (template.startsWith("{{") && template.indexOf("}}") == template.length() - 2) {
      return evaluateExpression(template, scope);
    }
    return EXPRESSION
        .matcher(template)
        .replaceAll(match -> {
          Object value = evaluateExpression(match.group(), scope);
          return Matcher.quoteReplacement(Undefined.orNull(value) ? "" : Coercion.toText(value));
        });
  }

  private @Nullable Object evaluateExpression(String template, EvaluationScope scope) {
    List<Item> input = Objects.requireNonNull(scope.inputs().getFirst());
    Map<String, @Nullable Object> json =
        scope.itemIndex() < input.size() ? input.get(scope.itemIndex()).json() : Map.of();
    Map<String, @Nullable Object> nodes = new LinkedHashMap<>();
    scope
        .execution()
        .workflow()
        .nodes()
        .forEach(node -> {
          NodeRun run = scope.execution().run(node.name(), 0);
          if (run != null && run.output(0).size() > scope.itemIndex()) {
            nodes.put(node.name(), Map.of("json", run.output(0).get(scope.itemIndex()).json()));
          }
        });
    return fromScript(
        evaluate
            .execute(
                template.substring(2, template.length() - 2), Json.text(json), Json.text(nodes))
            .asString());
  }

  @Override
  public CodeResult runCode(String code, EvaluationScope scope, boolean perItem, List<Item> items) {
    List<Object> forms = new ArrayList<>();
    items.forEach(item -> forms.add(item.toJson()));
    try {
      Value outcome = runCode.execute(code, Json.text(forms), perItem ? 0 : -1);
      if (outcome.hasMember("error")) {
        throw new MillraceException(
            ErrorCode.CODE_FAILED, outcome.getMember("error").asString() + " [line 1]");
      }
      List<String> console = new ArrayList<>();
      Value lines = outcome.getMember("console");
      for (long i = 0; i < lines.getArraySize(); i++) {
        console.add(lines.getArrayElement(i).asString());
      }
      return new CodeResult(
          fromScript(outcome.getMember("value").asString()), console, Map.of(), null);
    } catch (PolyglotException broken) {
      throw new MillraceException(ErrorCode.CODE_FAILED, broken.getMessage(), broken);
    }
  }

  private static @Nullable Object fromScript(String result) {
    Map<?, ?> map = (Map<?, ?>) Objects.requireNonNull(Json.parse(result));
    if (map.containsKey("millis")) {
      return Instant.ofEpochMilli(((Double) Objects.requireNonNull(map.get("millis"))).longValue())
          .atZone(ZoneId.of(String.valueOf(map.get("zone"))));
    }
    return map.containsKey("value") ? map.get("value") : Undefined.UNDEFINED;
  }

  private static String resource(String path) {
    try (InputStream in =
        Objects.requireNonNull(TestJavaScript.class.getClassLoader().getResourceAsStream(path))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
