package dev.millrace.conformance;

import dev.millrace.conformance.CaseResult.Verdict;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.ExpressionException;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.value.Json;
import dev.millrace.value.LuxonValue;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the two kinds of expression files: vectors ({@code {"vectors": […]}}) with their fixed
 * execution, and recorded tests ({@code {"cases": […]}}) that bring items or a recorded execution.
 */
public final class ExpressionCases implements CaseSuite {
  private static final Instant DEFAULT_NOW = Instant.parse("2026-01-15T12:00:00.000Z");

  private final ExpressionEngine engine;
  private final boolean confirmedOnly;

  /** Runs every case with this engine. */
  public ExpressionCases(ExpressionEngine engine) {
    this(engine, false);
  }

  /**
   * @param confirmedOnly leaves out recorded tests whose result nobody has evaluated again
   */
  public ExpressionCases(ExpressionEngine engine, boolean confirmedOnly) {
    this.engine = engine;
    this.confirmedOnly = confirmedOnly;
  }

  /** Whether the file's content is of one of the forms that this suite reads. */
  public static boolean recognises(Map<?, ?> content) {
    return (content.get("vectors") instanceof List<?> vectors && hasExpression(vectors))
        || (content.get("cases") instanceof List<?> cases && hasExpression(cases));
  }

  private static boolean hasExpression(List<?> cases) {
    return !cases.isEmpty()
        && cases.getFirst() instanceof Map<?, ?> first
        && first.containsKey("expression");
  }

  @Override
  public List<Case> read(Path file) {
    Map<String, @Nullable Object> content = object(file);
    if (!recognises(content)) {
      throw new MillraceException(ErrorCode.INVALID_JSON, file + " holds no expression cases");
    }
    List<Case> cases = new ArrayList<>();
    if (content.get("vectors") instanceof List<?> vectors) {
      for (Object vector : vectors) {
        cases.add(vector(cases.size(), (Map<?, ?>) vector));
      }
      return cases;
    }
    for (Object each : (List<?>) required(content, "cases")) {
      Map<?, ?> form = (Map<?, ?>) each;
      if (!confirmedOnly || Boolean.TRUE.equals(form.get("confirmed"))) {
        cases.add(recorded(cases.size(), content, form, file));
      }
    }
    return cases;
  }

  // ---- vectors

  private Case vector(int number, Map<?, ?> form) {
    String expression = text(form, "expression", "");
    String zone = text(form, "timezone", "UTC");
    int item = form.get("itemIndex") instanceof Number n ? n.intValue() : 0;
    Map<?, ?> result = (Map<?, ?>) required(form, "result");
    return new Named(
        number + " " + form.get("group") + ": " + expression,
        () -> {
          Outcome outcome = evaluate(expression, () -> VectorFixture.scope(engine, zone, item));
          return vectorDifference(result, outcome);
        });
  }

  private static @Nullable String vectorDifference(Map<?, ?> result, Outcome outcome) {
    String type = text(result, "type", "");
    if (type.equals("error")) {
      return outcome.error() == null ? "expected an error but got " + outcome.shown() : null;
    }
    if (outcome.error() != null) {
      return "expected " + Json.text(result) + " but failed: " + outcome.error().text();
    }
    Object value = result.containsKey("value") ? result.get("value") : Undefined.UNDEFINED;
    boolean equal =
        switch (type) {
          case "undefined" -> outcome.value() == Undefined.UNDEFINED;
          case "DateTime" ->
              Boolean.FALSE.equals(result.get("valid"))
                  ? LuxonValue.INVALID_DATE_TIME.equals(outcome.value())
                  : outcome.value() instanceof ZonedDateTime z
                      && z.toOffsetDateTime().equals(OffsetDateTime.parse(String.valueOf(value)));
          case "Date" ->
              "Invalid".equals(value)
                  ? LuxonValue.INVALID_DATE.equals(outcome.value())
                  : outcome.value() instanceof Instant i
                      && i.equals(Instant.parse(String.valueOf(value)));
          case "Duration" -> outcome.value() instanceof LuxonValue v && v.text().equals(value);
          default -> Expectation.difference(value, outcome.value()) == null;
        };
    return equal ? null : "expected " + Json.text(result) + " but got " + outcome.shown();
  }

  // ---- recorded tests

  private Case recorded(int number, Map<?, ?> file, Map<?, ?> form, Path path) {
    String expression = text(form, "expression", "");
    String name = number + " " + expression;
    Object expected = form.containsKey("expected") ? form.get("expected") : Undefined.UNDEFINED;
    String question = throwing(form) ? null : Probe.question(expected, code(form, expression));
    if (question != null) {
      return new Named(
          name,
          () -> {
            Outcome answer = evaluate(asTemplate(question), () -> scope(file, form, path));
            return Boolean.TRUE.equals(answer.value())
                ? null
                : "expected " + Json.text(expected) + " but it is not so: " + question;
          });
    }
    if (form.get("opts") instanceof Map<?, ?> options
        && Boolean.FALSE.equals(options.get("throwOnMissingExecutionData"))
        && "toBeUndefined".equals(form.get("matcher"))) {
      return new Skipped(name, "the editor's preview without data is no part of an execution");
    }
    return new Named(
        name,
        () -> {
          String template = form.containsKey("activeNode") ? asTemplate(expression) : expression;
          return recordedDifference(
              form, expected, evaluate(template, () -> scope(file, form, path)));
        });
  }

  private EvaluationScope scope(Map<?, ?> file, Map<?, ?> form, Path path) {
    return form.containsKey("activeNode") ? proxyScope(form, path) : simpleScope(file, form);
  }

  /** The JavaScript of a case without the braces around it. */
  private static String code(Map<?, ?> form, String expression) {
    String text = expression.strip();
    return form.containsKey("activeNode") || !text.startsWith("={{") || !text.endsWith("}}")
        ? expression
        : text.substring(3, text.length() - 2).strip();
  }

  private static boolean throwing(Map<?, ?> form) {
    return form.containsKey("error")
        || "throws".equals(form.get("kind"))
        || (Boolean.TRUE.equals(form.get("throws")) && !"not.toThrow".equals(form.get("matcher")));
  }

  private static @Nullable String recordedDifference(
      Map<?, ?> form, @Nullable Object expected, Outcome outcome) {
    if (throwing(form)) {
      return errorDifference(form, expected, outcome);
    }
    if (outcome.error() != null) {
      return "expected " + Expectation.shown(expected) + " but failed: " + outcome.error().text();
    }
    Object value = outcome.value();
    if (form.get("access") instanceof String part) {
      value =
          value instanceof ZonedDateTime d
              ? (Object)
                  switch (part) {
                    case "day" -> (double) d.getDayOfMonth();
                    case "month" -> (double) d.getMonthValue();
                    default -> (double) d.getYear();
                  }
              : Undefined.UNDEFINED;
    }
    return switch (text(form, "matcher", "toEqual")) {
      case "toBeUndefined" -> Expectation.difference(Undefined.UNDEFINED, value);
      case "toBeDefined", "not.toBeUndefined" ->
          value == Undefined.UNDEFINED ? "expected a value but got undefined" : null;
      case "toBeNaN" -> Expectation.difference(Double.NaN, value);
      case "toMatchObject" -> Expectation.missing(expected, value);
      case "not.toThrow" -> null;
      default -> Expectation.difference(expected, value);
    };
  }

  private static @Nullable String errorDifference(
      Map<?, ?> form, @Nullable Object expected, Outcome outcome) {
    MillraceException error = outcome.error();
    if (error == null) {
      return "expected an error but got " + outcome.shown();
    }
    Object wanted = form.containsKey("error") ? form.get("error") : expected;
    if (form.get("errorProperty") instanceof String property) {
      String actual =
          switch (property) {
            case "message" -> error.text();
            case "context.type" -> error instanceof ExpressionException e ? e.type() : "";
            case "context.nodeCause" ->
                error instanceof ExpressionException e ? String.valueOf(e.nodeCause()) : "";
            case "context.descriptionKey" ->
                error instanceof ExpressionException e ? String.valueOf(e.descriptionKey()) : "";
            default -> "(not kept)";
          };
      boolean equal =
          "toContain".equals(form.get("matcher"))
              ? actual.contains(String.valueOf(wanted))
              : actual.equals(wanted);
      return equal ? null : Expectation.differs(wanted, actual);
    }
    String message =
        wanted instanceof Map<?, ?> map && map.get("message") instanceof String m
            ? m
            : wanted instanceof Map<?, ?> marked
                    && marked.get("$error") instanceof Map<?, ?> e
                    && e.get("message") instanceof String m
                ? m
                : wanted instanceof String s ? s : "";
    return error.text().contains(message) ? null : Expectation.differs(message, error.text());
  }

  private EvaluationScope simpleScope(Map<?, ?> file, Map<?, ?> form) {
    List<Item> items = new ArrayList<>();
    if (form.get("items") instanceof List<?> list) {
      for (Object json : list) {
        items.add(Item.fromJson(Map.of("json", json)));
      }
    }
    WorkflowDocument workflow =
        WorkflowDocument.of(
            Map.of(
                "nodes",
                List.of(Map.of("name", "node", "type", "test.set", "id", "uuid-1234")),
                "connections",
                Map.of()));
    RecordedExecution execution =
        new RecordedExecution(
            workflow,
            Map.of(),
            ExecutionMode.MANUAL,
            ZoneId.of(text(file, "timezone", "America/New_York")),
            Map.of());
    return new VectorFixture.Parameters(engine)
        .scope(
            execution,
            workflow.node("node").orElseThrow(),
            0,
            items.isEmpty() ? -1 : 0,
            List.of(items),
            List.of(),
            Instant.parse(text(file, "now", DEFAULT_NOW.toString())),
            Map.of());
  }

  private EvaluationScope proxyScope(Map<?, ?> form, Path path) {
    Path fixtures = path.resolveSibling("fixtures");
    Object workflowForm =
        form.get("workflow") instanceof Map<?, ?> inline
            ? inline
            : object(fixtures.resolve(text(form, "fixtureWorkflow", "")));
    Map<String, @Nullable Object> withId = new LinkedHashMap<>();
    ((Map<?, ?>) workflowForm).forEach((key, value) -> withId.put(String.valueOf(key), value));
    // The recorded tests give their workflow this id and leave it inactive.
    withId.put("id", "123");
    withId.put("name", "test workflow");
    withId.put("active", false);
    withId.putIfAbsent("connections", Map.of());
    WorkflowDocument workflow = WorkflowDocument.of(withId);
    Object run =
        form.containsKey("run")
            ? form.get("run")
            : form.get("fixtureRun") instanceof String file ? object(fixtures.resolve(file)) : null;
    Map<?, ?> runData = runData(run);
    String active = text(form, "activeNode", "");
    int runIndex = form.get("runIndex") instanceof Number n ? n.intValue() : 0;
    int itemIndex = form.get("itemIndex") instanceof Number n ? n.intValue() : 0;
    Map<String, List<NodeRun>> runs = RecordedExecution.runs(runData);
    RecordedExecution execution =
        new RecordedExecution(
            workflow,
            runs,
            ExecutionMode.valueOf(text(form, "mode", "integrated").toUpperCase(Locale.ROOT)),
            ZoneId.of("America/New_York"),
            Map.of());
    NodeRun own = execution.run(active, runIndex);
    List<@Nullable List<Item>> inputs =
        form.get("connectionInputData") instanceof List<?> given
            ? List.of(RecordedExecution.items(given))
            : own == null ? List.of() : own.outputs();
    List<@Nullable Source> sources = own == null ? List.of() : own.sources();
    WorkflowNode node =
        workflow
            .node(active)
            .orElseThrow(
                () -> ExpressionException.failed("Referenced node doesn't exist", "nodeNotFound"));
    return new VectorFixture.Parameters(engine)
        .scope(
            execution,
            node,
            runIndex,
            itemIndex,
            inputs,
            sources,
            DEFAULT_NOW,
            extra(runData, active, runIndex, itemIndex));
  }

  /** What a language model gave a tool node is recorded as an override of the run's input. */
  private static Map<String, @Nullable Object> extra(
      Map<?, ?> runData, String node, int runIndex, int itemIndex) {
    if (runData.get(node) instanceof List<?> runs
        && runIndex < runs.size()
        && runs.get(runIndex) instanceof Map<?, ?> run
        && run.get("inputOverride") instanceof Map<?, ?> override
        && override.values().iterator().next() instanceof List<?> outputs
        && outputs.getFirst() instanceof List<?> items
        && itemIndex < items.size()
        && items.get(itemIndex) instanceof Map<?, ?> item) {
      return Map.of("$fromAI()", item.get("json") == null ? Map.of() : item.get("json"));
    }
    return Map.of();
  }

  private static Map<?, ?> runData(@Nullable Object run) {
    Object at = run;
    for (String key : List.of("data", "resultData", "runData")) {
      if (at instanceof Map<?, ?> map && map.containsKey(key)) {
        at = map.get(key);
      }
    }
    return at instanceof Map<?, ?> map ? map : Map.of();
  }

  private static String asTemplate(String expression) {
    return "={{ " + expression.replace("}}", "\\}}") + " }}";
  }

  // ---- running

  /** How an evaluation ended. */
  private record Outcome(@Nullable Object value, @Nullable MillraceException error) {
    String shown() {
      return Expectation.shown(value);
    }
  }

  private Outcome evaluate(String expression, Supplier<EvaluationScope> scope) {
    try {
      return new Outcome(engine.compile(expression).evaluate(scope.get()), null);
    } catch (MillraceException raised) {
      return new Outcome(null, raised);
    }
  }

  /** Answers what differs, or null. */
  private interface Check {
    @Nullable String difference();
  }

  private record Named(String name, Check check) implements Case {
    @Override
    public CaseResult run() {
      try {
        String difference = check.difference();
        return difference == null
            ? new CaseResult(name, Verdict.PASSED, "")
            : new CaseResult(name, Verdict.FAILED, difference);
      } catch (RuntimeException problem) {
        return new CaseResult(name, Verdict.FAILED, "could not be run: " + problem);
      }
    }
  }

  private record Skipped(String name, String reason) implements Case {
    @Override
    public CaseResult run() {
      return new CaseResult(name, Verdict.SKIPPED, reason);
    }
  }

  private static Map<String, @Nullable Object> object(Path file) {
    try {
      return Json.parseObject(Files.readAllBytes(file));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Object required(Map<?, ?> form, String key) {
    Object value = form.get(key);
    if (value == null) {
      throw new MillraceException(ErrorCode.INVALID_JSON, "\"" + key + "\" is missing");
    }
    return value;
  }

  private static String text(Map<?, ?> form, String key, String fallback) {
    return form.get(key) instanceof String text ? text : fallback;
  }
}
