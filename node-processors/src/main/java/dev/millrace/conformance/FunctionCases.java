package dev.millrace.conformance;

import dev.millrace.conformance.CaseResult.Verdict;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.ErrorOutputRouting;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ItemNormalizer;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeNaming;
import dev.millrace.node.NodeRun;
import dev.millrace.node.PairingRules;
import dev.millrace.node.Property;
import dev.millrace.parameter.Conditions;
import dev.millrace.parameter.DateTimes;
import dev.millrace.parameter.DisplayOptions;
import dev.millrace.parameter.LenientJson;
import dev.millrace.parameter.ParameterDefaults;
import dev.millrace.parameter.ParameterIssues;
import dev.millrace.parameter.PropertyJson;
import dev.millrace.parameter.TypeValidation;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs the cases of pure functions: parameters, conditions, type validation, lineage, error routing
 * and item normalisation. A case of a function that is not here is skipped and says so.
 */
public final class FunctionCases implements CaseSuite {
  @Override
  public List<Case> read(Path file) {
    Map<String, @Nullable Object> content = FilterCases.content(file);
    List<Case> cases = new ArrayList<>();
    if (content.get("cases") instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        if (list.get(i) instanceof Map<?, ?> form) {
          cases.add(new FunctionCase(i + " " + form.get("test"), form, content));
        }
      }
    }
    return cases;
  }

  private record FunctionCase(String name, Map<?, ?> form, Map<String, @Nullable Object> file)
      implements Case {
    @Override
    public CaseResult run() {
      return FunctionCases.run(name, form, file);
    }
  }

  private static CaseResult run(String name, Map<?, ?> form, Map<String, @Nullable Object> file) {
    try {
      if (form.containsKey("nodeOutput")) {
        return compare(name, pairing(form), expectedPairing(form));
      }
      if (form.containsKey("output0")) {
        return compare(
            name,
            errorRouting(form, file.get("context")),
            Markers.decode(List.of(list(form.get("expected0")), list(form.get("expected1")))));
      }
      Object args = Markers.decode(form.get("args"));
      if (Markers.incomplete(args)) {
        return new CaseResult(name, Verdict.SKIPPED, "an argument is a mock without its fields");
      }
      return call(name, form, new Arguments(list(args)));
    } catch (RuntimeException defect) {
      return new CaseResult(name, Verdict.FAILED, defect.toString());
    }
  }

  private static CaseResult call(String name, Map<?, ?> form, Arguments args) {
    Object actual;
    try {
      actual = invoke(String.valueOf(form.get("function")), args);
    } catch (Unsupported missing) {
      return new CaseResult(name, Verdict.SKIPPED, missing.reason);
    } catch (MillraceException thrown) {
      if (!Boolean.TRUE.equals(form.get("throws"))) {
        return new CaseResult(name, Verdict.FAILED, "throws " + thrown.text());
      }
      boolean asExpected =
          !(form.get("expected") instanceof String message) || thrown.text().contains(message);
      return new CaseResult(
          name,
          asExpected ? Verdict.PASSED : Verdict.FAILED,
          asExpected ? "" : "throws " + thrown.text() + ", not " + form.get("expected"));
    }
    if (Boolean.TRUE.equals(form.get("throws"))) {
      return new CaseResult(name, Verdict.FAILED, "gives " + actual + " instead of an error");
    }
    if (form.get("access") instanceof String access) {
      actual = access(actual, access);
    }
    return compare(
        name,
        actual,
        form.containsKey("expected") ? Markers.decode(form.get("expected")) : Undefined.UNDEFINED);
  }

  private static @Nullable Object invoke(String function, Arguments args) {
    return switch (function) {
      case "executeFilter" ->
          Conditions.test(args.map(0), Conditions.Options.fromJson(args.map(0).get("options")), 0);
      case "arrayContainsValue" -> Conditions.contains(args.list(0), args.get(1), args.flag(2));
      case "getNodeParameters" ->
          new ParameterDefaults(PropertyJson.readAll(args.get(0)), context(args, 4, 5))
              .apply(
                  args.nullableMap(1),
                  new ParameterDefaults.Keep(args.flag(2), args.flag(3), false));
      case "displayParameter" -> displayParameter(args);
      case "getParameterIssues" -> {
        Map<String, List<String>> issues =
            ParameterIssues.of(
                List.of(PropertyJson.read(args.map(0))), args.map(1), context(args, 3, 4));
        yield issues.isEmpty() ? Map.of() : Map.of("parameters", issues);
      }
      case "isTriggerNode" -> NodeNaming.isTrigger(args.map(0));
      case "isSubNodeType" -> NodeNaming.isSubNode(args.nullableMap(0));
      case "isExecutable" -> NodeNaming.isExecutable(args.map(2));
      case "isTool" -> NodeNaming.isTool(args.map(0), args.map(1));
      case "makeNodeName" -> NodeNaming.name(args.map(0), args.map(1));
      case "makeDescription" -> NodeNaming.sentence(args.map(0), args.map(1));
      case "isDefaultNodeName" ->
          NodeNaming.isDefaultName(String.valueOf(args.get(0)), args.map(1), args.map(2));
      case "getUpdatedToolDescription" ->
          NodeNaming.updatedSentence(args.nullableMap(0), args.nullableMap(1), args.nullableMap(2))
              .map(text -> (Object) text)
              .orElse(Undefined.UNDEFINED);
      case "getToolDescriptionForNode" ->
          NodeNaming.toolSentence(
              map(args.map(0).get("parameters")), map(args.map(1).get("description")));
      case "validateFieldType" -> validate(args);
      case "getValueDescription" -> TypeValidation.describe(args.get(0));
      case "tryToParseDateTime" -> {
        if (args.size() < 2 && args.get(0) instanceof String) {
          throw new Unsupported("the default zone that the case relies on is not part of it");
        }
        yield DateTimes.parse(args.get(0), ZoneId.of(String.valueOf(args.get(1))))
            .orElseThrow(() -> new NodeException("is not a valid date-time"));
      }
      case "tryToParseUrl" ->
          TypeValidation.url(String.valueOf(args.get(0)))
              .orElseThrow(
                  () -> new NodeException("The value \"" + args.get(0) + "\" is not a valid url."));
      case "tryToParseJsonToFormFields" ->
          TypeValidation.formFields(String.valueOf(args.get(0)))
              .orElseThrow(() -> new NodeException("The value is no list of form fields"));
      case "jsonParse" -> jsonParse(String.valueOf(args.get(0)), args.map(1));
      case "normalizeItems" -> ItemNormalizer.normalize(args.get(0));
      default -> throw new Unsupported("the function " + function + " has no counterpart here");
    };
  }

  private static @Nullable Object jsonParse(String text, Map<String, @Nullable Object> options) {
    try {
      if (Boolean.TRUE.equals(options.get("repairJSON"))) {
        return LenientJson.repaired(text);
      }
      return Boolean.TRUE.equals(options.get("acceptJSObject"))
          ? LenientJson.literal(text)
          : Json.parse(text);
    } catch (MillraceException notJson) {
      if (options.containsKey("fallbackValue")) {
        return options.get("fallbackValue");
      }
      throw notJson;
    }
  }

  private static boolean displayParameter(Arguments args) {
    Property property = PropertyJson.read(args.map(1));
    Map<String, @Nullable Object> rules =
        "disabledOptions".equals(args.get(5))
            ? map(property.extra().get("disabledOptions"))
            : property.displayOptions();
    Object root = args.get(4);
    return DisplayOptions.shown(
        rules, args.map(0), Undefined.orNull(root) ? args.map(0) : root, context(args, 2, 3));
  }

  /** What the rules may ask of a node, from its JSON and its type's description. */
  private static DisplayOptions.Context context(Arguments args, int node, int description) {
    Map<String, @Nullable Object> stored = args.map(node);
    Map<String, @Nullable Object> type = args.map(description);
    Double version = stored.get("typeVersion") instanceof Double number ? number : null;
    String name =
        type.get("name") instanceof String described
            ? described
            : stored.get("type") instanceof String full ? full : "";
    Set<String> features = new HashSet<>();
    map(type.get("features"))
        .forEach((feature, rule) -> {
          if (DisplayOptions.shown(
              Map.of("show", map(rule)),
              Map.of(),
              Map.of(),
              new DisplayOptions.Context(version, name, Set.of()))) {
            features.add(feature);
          }
        });
    return new DisplayOptions.Context(version, name, features);
  }

  private static Map<String, @Nullable Object> validate(Arguments args) {
    Map<String, @Nullable Object> options = args.map(3);
    List<@Nullable Object> choices = new ArrayList<>();
    for (Object choice : list(options.get("valueOptions"))) {
      choices.add(map(choice).get("value"));
    }
    TypeValidation.Result result =
        TypeValidation.validate(
            String.valueOf(args.get(0)),
            args.get(1),
            String.valueOf(args.get(2)),
            new TypeValidation.Rules(
                Boolean.TRUE.equals(options.get("strict")),
                Boolean.TRUE.equals(options.get("parseStrings")),
                choices,
                ZoneOffset.UTC));
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    switch (result) {
      case TypeValidation.Result.Valid valid -> {
        form.put("valid", true);
        form.put("newValue", valid.value());
      }
      case TypeValidation.Result.Invalid invalid -> {
        form.put("valid", false);
        form.put("errorMessage", invalid.message());
      }
    }
    return form;
  }

  private static @Nullable Object access(@Nullable Object value, String access) {
    return switch (access) {
      case "zoneName" ->
          value instanceof ZonedDateTime dateTime ? DateTimes.zoneName(dateTime) : value;
      case "toISO()" ->
          value instanceof ZonedDateTime dateTime ? Coercion.isoText(dateTime) : value;
      default -> map(value).get(access);
    };
  }

  private static @Nullable Object pairing(Map<?, ?> form) {
    Object output = form.get("nodeOutput");
    List<@Nullable List<Item>> filled =
        PairingRules.fill(items(form.get("input")), output == null ? null : items(output));
    return filled == null ? null : json(filled);
  }

  /** The expected outputs: those of the node with the expected lineage on each item. */
  private static @Nullable Object expectedPairing(Map<?, ?> form) {
    if (!form.containsKey("expectedPairedItems")) {
      return Markers.decode(form.get("expected"));
    }
    List<@Nullable Object> outputs = new ArrayList<>();
    List<?> all = list(form.get("expectedPairedItems"));
    for (int o = 0; o < all.size(); o++) {
      List<@Nullable Object> expected = new ArrayList<>();
      List<?> pairs = list(all.get(o));
      for (int i = 0; i < pairs.size(); i++) {
        Map<String, @Nullable Object> item =
            new LinkedHashMap<>(map(list(list(form.get("nodeOutput")).get(o)).get(i)));
        item.put("pairedItem", pairs.get(i));
        expected.add(canonical(item));
      }
      outputs.add(expected);
    }
    return outputs;
  }

  private static @Nullable Object errorRouting(Map<?, ?> form, @Nullable Object context) {
    Map<String, @Nullable Object> given = map(context);
    Map<String, @Nullable Object> from = map(given.get("source"));
    Source source = new Source(String.valueOf(from.get("previousNode")), 0, 0);
    NodeRun previous =
        new NodeRun(
            source.node(),
            0,
            0,
            Instant.EPOCH,
            0,
            List.of(),
            List.of(List.of(Item.fromJson(map(given.get("previousNodeOutputItem"))))),
            null);
    List<Item> output = new ArrayList<>();
    for (Object item : list(Markers.decode(form.get("output0")))) {
      output.add(item instanceof Map<?, ?> json ? Item.fromJson(json) : ABSENT);
    }
    return json(
        ErrorOutputRouting.route(
            List.of(List.of(Item.fromJson(map(given.get("inputItemOfNode"))))),
            List.of(source),
            List.of(output),
            1,
            new RecordedExecution(
                WorkflowDocument.of(Map.of("nodes", List.of())),
                Map.of(source.node(), List.of(previous)),
                ExecutionMode.MANUAL,
                ZoneOffset.UTC,
                Map.of())));
  }

  /** Stands where a case has an undefined item, which no item of ours can be. */
  private static final Item ABSENT = Item.of(Map.of("undefined item", true));

  private static List<@Nullable List<Item>> items(@Nullable Object form) {
    List<@Nullable List<Item>> result = new ArrayList<>();
    for (Object list : list(form)) {
      result.add(
          list == null ? null : list(list).stream().map(item -> Item.fromJson(map(item))).toList());
    }
    return result;
  }

  private static List<@Nullable Object> json(List<@Nullable List<Item>> outputs) {
    List<@Nullable Object> result = new ArrayList<>();
    for (List<Item> output : outputs) {
      result.add(
          output == null
              ? null
              : output.stream()
                  .map(item -> item.equals(ABSENT) ? Undefined.UNDEFINED : item.toJson())
                  .toList());
    }
    return result;
  }

  /** An item's JSON with its lineage written as we write it: input 0 is left out. */
  private static Map<String, @Nullable Object> canonical(Map<String, @Nullable Object> item) {
    return Item.fromJson(item).toJson();
  }

  private static CaseResult compare(
      String name, @Nullable Object actual, @Nullable Object expected) {
    boolean same = Markers.equal(withCanonicalLineage(expected), withCanonicalLineage(actual));
    return new CaseResult(
        name,
        same ? Verdict.PASSED : Verdict.FAILED,
        same ? "" : "gives " + shown(actual) + ", not " + shown(expected));
  }

  /** {@code {item: 0, input: 0}} and {@code {item: 0}} mean the same. */
  private static @Nullable Object withCanonicalLineage(@Nullable Object value) {
    if (value instanceof Map<?, ?> object) {
      Map<String, @Nullable Object> copy = new LinkedHashMap<>();
      object.forEach((key, entry) -> {
        boolean lineage =
            key.equals("input")
                && entry instanceof Double n
                && n == 0
                && object.containsKey("item");
        if (!lineage) {
          copy.put(String.valueOf(key), withCanonicalLineage(entry));
        }
      });
      return copy;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>();
      list.forEach(element -> copy.add(withCanonicalLineage(element)));
      return copy;
    }
    return value;
  }

  private static String shown(@Nullable Object value) {
    return value == Undefined.UNDEFINED ? "undefined" : Json.text(value);
  }

  @SuppressWarnings("unchecked")
  private static List<@Nullable Object> list(@Nullable Object value) {
    return value instanceof List<?> list ? (List<@Nullable Object>) list : List.of();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }

  private static final class Unsupported extends RuntimeException {
    private final String reason;

    Unsupported(String reason) {
      super(reason);
      this.reason = reason;
    }
  }

  private record Arguments(List<@Nullable Object> values) {
    int size() {
      return values.size();
    }

    @Nullable Object get(int index) {
      return index < values.size() ? values.get(index) : Undefined.UNDEFINED;
    }

    Map<String, @Nullable Object> map(int index) {
      return FunctionCases.map(get(index));
    }

    @Nullable Map<String, @Nullable Object> nullableMap(int index) {
      return get(index) instanceof Map ? map(index) : null;
    }

    List<@Nullable Object> list(int index) {
      return FunctionCases.list(get(index));
    }

    boolean flag(int index) {
      return Boolean.TRUE.equals(get(index));
    }
  }
}
