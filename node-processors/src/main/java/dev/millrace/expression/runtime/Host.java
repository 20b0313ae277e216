package dev.millrace.expression.runtime;

import dev.millrace.error.MillraceException;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionException;
import dev.millrace.expression.view.ScopeData;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import io.burt.jmespath.JmesPathException;
import io.burt.jmespath.jcf.JcfRuntime;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;

/**
 * Everything that JavaScript can ask of Java: one function that takes the name of an operation and
 * simple values, and answers with text, a number, a truth value or nothing. An error is remembered
 * and answered as text that begins with U+0001. Belongs to one context.
 */
final class Host implements ProxyExecutable {
  private static final JcfRuntime JMESPATH = new JcfRuntime();

  private final IdentityHashMap<Item, Integer> handles = new IdentityHashMap<>();
  private final List<Item> items = new ArrayList<>();
  private final UnaryOperator<@Nullable String> environment;
  private final BiFunction<String, EvaluationScope, @Nullable Object> evaluator;
  private @Nullable EvaluationScope scope;
  private @Nullable MillraceException error;
  private long codeStarted;

  /**
   * @param environment answers {@code $env} by name; throws where access is blocked
   * @param evaluator evaluates a template for {@code $evaluateExpression}
   */
  Host(
      UnaryOperator<@Nullable String> environment,
      BiFunction<String, EvaluationScope, @Nullable Object> evaluator) {
    this.environment = environment;
    this.evaluator = evaluator;
  }

  @Nullable EvaluationScope scope() {
    return scope;
  }

  void scope(@Nullable EvaluationScope newScope) {
    scope = newScope;
  }

  /** Starts the clock of a Code node. */
  void startClock() {
    codeStarted = System.nanoTime();
  }

  /** The host's error with this message, if one was answered; it is forgotten. */
  @Nullable MillraceException takeError(@Nullable String message) {
    MillraceException taken = error;
    error = null;
    return taken != null && taken.text().equals(message) ? taken : null;
  }

  int itemCount() {
    return items.size();
  }

  void forgetItems() {
    handles.clear();
    items.clear();
  }

  String handles(List<Item> list) {
    StringBuilder text = new StringBuilder();
    for (Item item : list) {
      text.append(text.isEmpty() ? "" : ",").append(handle(item));
    }
    return text.toString();
  }

  @Override
  public @Nullable Object execute(Value... arguments) {
    try {
      EvaluationScope current = scope;
      if (current == null) {
        throw ExpressionException.failed("There is no data outside of an evaluation", "");
      }
      return answer(arguments[0].asString(), new Arguments(arguments), current);
    } catch (MillraceException problem) {
      error = problem;
      return "\u0001" + problem.text();
    }
  }

  /** What JavaScript passed after the operation's name. */
  private record Arguments(Value[] values) {
    @Nullable String text(int index) {
      Value value = value(index);
      return value == null ? null : value.isString() ? value.asString() : value.toString();
    }

    String required(int index) {
      String text = text(index);
      return text == null ? "undefined" : text;
    }

    @Nullable Integer number(int index) {
      Value value = value(index);
      return value == null || !value.isNumber() ? null : (int) value.asDouble();
    }

    int number(int index, int fallback) {
      Integer number = number(index);
      return number == null ? fallback : number;
    }

    private @Nullable Value value(int index) {
      return index + 1 < values.length && !values[index + 1].isNull() ? values[index + 1] : null;
    }
  }

  private @Nullable Object answer(String operation, Arguments a, EvaluationScope s) {
    return switch (operation) {
      case "item" -> handle(ScopeData.currentItem(s));
      case "itemAt" -> handle(ScopeData.itemAt(s, a.number(0, -1)));
      case "inputItem" -> {
        List<Item> input = ScopeData.inputItems(s);
        yield handle(a.number(0, 0) < 0 ? input.getLast() : input.getFirst());
      }
      case "inputItems" -> handles(ScopeData.inputItems(s));
      case "legacyInput" -> handles(ScopeData.legacyInput(s));
      case "itemJson" -> itemJson(items.get(a.number(0, 0)));
      case "itemsJson" -> itemsJson(a.required(0));
      case "node" -> {
        ScopeData.node(s, a.required(0));
        yield null;
      }
      case "nodeExists" -> s.execution().workflow().node(a.required(0)).isPresent();
      case "nodeItem" -> {
        Item found = ScopeData.pairedItem(s, a.required(0), a.required(1), a.number(2, -1));
        yield found == null ? -1 : handle(found);
      }
      case "nodeItems" ->
          handles(
              ScopeData.items(
                  s,
                  a.required(0),
                  a.number(1),
                  a.number(2),
                  ScopeData.Which.valueOf(a.required(3).toUpperCase(java.util.Locale.ROOT))));
      case "nodeExecuted" -> ScopeData.executed(s, a.required(0));
      case "nodeParams" -> Values.toJs(ScopeData.node(s, a.required(0)).parameters());
      case "nodeContext" -> Values.toJs(ScopeData.context(s, a.required(0)));
      case "legacyItem" -> handle(ScopeData.legacyItem(s, a.required(0), a.number(1, -1)));
      case "legacyItems" ->
          handles(ScopeData.items(s, a.required(0), a.number(1), a.number(2), ScopeData.Which.ALL));
      case "legacyRunIndex" -> Math.max(0, s.execution().runCount(a.required(0)) - 1);
      case "inputParams" -> {
        Source previous = ScopeData.previous(s);
        yield previous == null
            ? null
            : Values.toJs(ScopeData.node(s, previous.node()).parameters());
      }
      case "inputContext" -> {
        Source previous = ScopeData.previous(s);
        yield Values.toJs(previous == null ? Map.of() : ScopeData.context(s, previous.node()));
      }
      case "prevNode" -> prevNode(s);
      case "parameter" -> parameter(s, a.text(0), a.required(1), a.number(2, -1));
      case "rawParameter" -> rawParameters(s.node());
      case "vars" -> Values.toJs(s.execution().variables());
      case "customData" -> Values.toJs(s.execution().customData());
      case "env" -> environment.apply(a.required(0));
      case "workflow" -> workflow(s.execution().workflow());
      case "evaluate" ->
          Values.toJs(evaluator.apply(a.required(0), s.at(a.number(1, s.itemIndex()))));
      case "staticData" -> Values.toJs(staticData(s));
      case "jmespath" -> jmespath(a.required(0), a.required(1));
      case "fromAI" -> fromAi(s, a.required(0));
      case "agentInfo" -> Values.toJs(ScopeData.agentInfo(s));
      case "elapsed" -> Math.floorDiv(System.nanoTime() - codeStarted, 1_000_000L);
      case "zone" -> Values.luxonZone(s.execution().zone());
      case "hash" -> Texts.hash(a.required(0), a.required(1));
      case "base64Encode" -> Texts.base64Encode(a.required(0));
      case "base64Decode" -> "=" + Texts.base64Decode(a.required(0));
      case "ascii" -> Texts.ascii(a.required(0));
      default -> scalar(operation, s);
    };
  }

  private static @Nullable Object scalar(String operation, EvaluationScope s) {
    return switch (operation) {
      case "runIndex" -> s.runIndex();
      case "itemIndex" -> s.itemIndex();
      case "mode" -> s.execution().mode().json();
      case "executionId" -> s.execution().executionId();
      case "executionMode" -> s.execution().mode().isManual() ? "test" : "production";
      case "resumeUrl" -> s.execution().resumeUrl();
      case "resumeFormUrl" ->
          s.execution().resumeUrl().replace("/webhook-waiting/", "/form-waiting/");
      case "nodeVersion" -> s.node().typeVersion();
      case "nodeName" -> s.node().name();
      case "nodeId" -> s.node().id();
      case "webhookId" -> s.node().webhookId();
      default -> throw new IllegalArgumentException(operation);
    };
  }

  private int handle(Item item) {
    Integer known = handles.putIfAbsent(item, items.size());
    if (known != null) {
      return known;
    }
    items.add(item);
    return items.size() - 1;
  }

  private static String itemJson(Item item) {
    StringBuilder json = new StringBuilder("{\"json\":");
    json.append(new String(item.jsonBytes(), StandardCharsets.UTF_8));
    if (!item.binary().isEmpty() || item.pairing() != null || item.error() != null) {
      Map<String, @Nullable Object> rest = new LinkedHashMap<>(item.withJson(Map.of()).toJson());
      rest.remove("json");
      String text = Json.text(rest);
      json.append(',').append(text, 1, text.length() - 1);
    }
    return json.append('}').toString();
  }

  private String itemsJson(String handleList) {
    StringBuilder json = new StringBuilder("[");
    for (String handle : handleList.split(",")) {
      json.append(json.length() == 1 ? "" : ",");
      json.append(itemJson(items.get(Integer.parseInt(handle))));
    }
    return json.append(']').toString();
  }

  private static String prevNode(EvaluationScope s) {
    Source previous = ScopeData.previous(s);
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    if (previous != null) {
      form.put("name", previous.node());
      form.put("outputIndex", (double) previous.output());
      form.put("runIndex", (double) previous.run());
    }
    return Values.toJs(form);
  }

  private static String workflow(WorkflowDocument workflow) {
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    form.put("active", workflow.active());
    form.put("id", workflow.id().orElse(""));
    form.put("name", workflow.name());
    return Values.toJs(form);
  }

  private static @Nullable String parameter(
      EvaluationScope s, @Nullable String node, String key, int index) {
    WorkflowNode of = node == null ? s.node() : ScopeData.node(s, node);
    // "&name" is how a parameter inside a collection refers to its sibling.
    String name = key.startsWith("&") ? key.substring(1) : key;
    Map<String, @Nullable Object> resolved =
        s.parameters().apply(of.name(), index < 0 ? s.itemIndex() : index);
    return resolved.containsKey(name) ? Values.toJs(resolved.get(name)) : null;
  }

  /** A resource locator, {@code {__rl, mode, value}}, is seen as its value. */
  private static String rawParameters(WorkflowNode node) {
    Map<String, @Nullable Object> raw = new LinkedHashMap<>();
    node.parameters()
        .forEach((key, value) ->
            raw.put(
                key,
                value instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("__rl"))
                    ? map.get("value")
                    : value));
    return Values.toJs(raw);
  }

  private static Object staticData(EvaluationScope s) {
    return s.extra().get(EvaluationScope.STATIC_DATA) instanceof Map<?, ?> given
        ? given
        : s.execution().workflow().staticData();
  }

  private static String jmespath(String json, String query) {
    if (query.indexOf('\\') >= 0
        || query.contains("__proto__")
        || query.contains("prototype")
        || query.contains("constructor")) {
      throw ExpressionException.failed("The JMESPath query is not allowed", "");
    }
    try {
      return Values.toJs(JMESPATH.compile(query).search(Json.parse(json)));
    } catch (JmesPathException problem) {
      throw ExpressionException.failed("JMESPath: " + problem.getMessage(), "");
    }
  }

  /** What a language model filled in for a tool node: given with the scope, or the input item. */
  private static @Nullable String fromAi(EvaluationScope s, String key) {
    Object given = s.extra().get("$fromAI()");
    Map<?, ?> json = given instanceof Map<?, ?> map ? map : ScopeData.currentItem(s).json();
    Map<?, ?> values = json.get("query") instanceof Map<?, ?> nested ? nested : json;
    return values.containsKey(key) ? Values.toJs(values.get(key)) : null;
  }
}
