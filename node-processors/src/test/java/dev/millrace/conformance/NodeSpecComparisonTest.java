package dev.millrace.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.node.CatalogueForTests;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.parameter.DisplayOptions;
import dev.millrace.parameter.ParameterDefaults;
import dev.millrace.parameter.PropertyJson;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds every node's spec, at its latest version, against the recorded parameter schema. */
class NodeSpecComparisonTest {
  /** Differences that are meant, each with its reason. */
  private static final Set<String> JUSTIFIED = Set.of();

  /** Stands in the schema where a default is a long sample. */
  private static final String OMITTED = "<sample text omitted>";

  static Stream<String> types() {
    return CatalogueForTests.discover().all().stream().map(node -> node.spec().type());
  }

  @ParameterizedTest
  @MethodSource("types")
  void specAgreesWithTheSchema(String type) throws Exception {
    Map<?, ?> schema = schema(type);
    NodeSpec spec = CatalogueForTests.discover().find(type).map(NodeProcessor::spec).orElseThrow();
    List<String> differences = new ArrayList<>();
    if (schema.isEmpty()) {
      differences.add("the schema has no node " + type);
    } else {
      double latest = number(schema.get("latestVersion"));
      compareNode(spec, schema, latest, differences);
      compareAll(
          "",
          atVersion(spec.properties(), latest, type),
          PropertyJson.readAll(schema.get("properties")),
          differences);
    }
    differences.removeIf(difference -> JUSTIFIED.contains(type + " " + difference));
    assertThat(differences).as("%s against its schema", type).isEmpty();
  }

  private static Map<?, ?> schema(String type) throws IOException {
    Object nodes =
        Json.parseObject(Files.readAllBytes(SharedData.path("n8n/core-nodes.json"))).get("nodes");
    return ((List<?>) Objects.requireNonNull(nodes))
        .stream()
            .map(node -> (Map<?, ?>) node)
            .filter(node -> type.equals(node.get("type")) && !node.containsKey("note"))
            .findFirst()
            .orElse(Map.of());
  }

  private static void compareNode(
      NodeSpec spec, Map<?, ?> schema, double latest, List<String> differences) {
    Object versions =
        schema.containsKey("allVersions") ? schema.get("allVersions") : List.of(latest);
    differ("versions", spec.versions(), versions, differences);
    List<?> groups = (List<?>) Objects.requireNonNull(schema.get("group"));
    differ("group", spec.group(), groups.get(0), differences);
    differ(
        "maxNodes",
        (double) spec.maxNodes(),
        schema.containsKey("maxNodes") ? schema.get("maxNodes") : 0.0,
        differences);
    WorkflowNode node =
        WorkflowDocument.of(
                Map.of(
                    "nodes",
                    List.of(Map.of("name", "N", "type", spec.type(), "typeVersion", latest))))
            .nodes()
            .get(0);
    Ports ports =
        spec.ports()
            .apply(
                node,
                new ParameterDefaults(
                        spec.properties(), DisplayOptions.Context.of(latest, spec.type()))
                    .apply(Map.of(), ParameterDefaults.Keep.FOR_RUN));
    if (schema.get("inputs") instanceof List<?> inputs) {
      differ("inputs", ports.inputs(), inputs.size(), differences);
    }
    if (schema.get("outputs") instanceof List<?> outputs) {
      differ("outputs", ports.outputs(), outputs.size(), differences);
    }
  }

  private static void compareAll(
      String path, List<Property> actual, List<Property> expected, List<String> differences) {
    Map<String, List<Property>> ours = byName(actual);
    Map<String, List<Property>> theirs = byName(expected);
    Set<String> names = new TreeSet<>(ours.keySet());
    names.addAll(theirs.keySet());
    for (String name : names) {
      List<Property> a = ours.getOrDefault(name, List.of());
      List<Property> b = theirs.getOrDefault(name, List.of());
      if (a.size() != b.size()) {
        differences.add(path + name + ": is there " + a.size() + " times, not " + b.size());
        continue;
      }
      for (int i = 0; i < a.size(); i++) {
        String place = path + name + (a.size() > 1 ? "#" + i : "");
        compare(place, a.get(i), b.get(i), differences);
      }
    }
  }

  private static void compare(
      String path, Property actual, Property expected, List<String> differences) {
    differ(path + " type", actual.type(), expected.type(), differences);
    if (!actual.type().equals(Property.GROUP) && !OMITTED.equals(expected.defaultValue())) {
      differ(path + " default", actual.defaultValue(), expected.defaultValue(), differences);
    }
    differ(path + " required", actual.required(), expected.required(), differences);
    differ(
        path + " displayOptions",
        canonical(actual.displayOptions()),
        canonical(expected.displayOptions()),
        differences);
    differ(
        path + " multipleValues",
        Boolean.TRUE.equals(actual.typeOptions().get("multipleValues")),
        Boolean.TRUE.equals(expected.typeOptions().get("multipleValues")),
        differences);
    differ(path + " options", options(actual), options(expected), differences);
    compareAll(path + ".", actual.children(), expected.children(), differences);
  }

  private static Map<String, Object> options(Property property) {
    Map<String, Object> options = new LinkedHashMap<>();
    property
        .options()
        .forEach(option -> options.put(typed(option.value()), canonical(option.displayOptions())));
    return options;
  }

  /** The rules without order: which values a key may have does not depend on it. */
  private static Map<String, Map<String, Set<String>>> canonical(
      Map<String, ? extends @Nullable Object> rules) {
    Map<String, Map<String, Set<String>>> result = new LinkedHashMap<>();
    rules.forEach((rule, keys) -> {
      Map<String, Set<String>> byKey = new LinkedHashMap<>();
      ((Map<?, ?>) Objects.requireNonNull(keys))
          .forEach((key, values) -> {
            Set<String> texts = new TreeSet<>();
            ((List<?>) values).forEach(value -> texts.add(typed(value)));
            byKey.put(String.valueOf(key), texts);
          });
      result.put(rule, byKey);
    });
    return result;
  }

  private static Map<String, List<Property>> byName(List<Property> properties) {
    Map<String, List<Property>> result = new LinkedHashMap<>();
    properties.forEach(
        property -> result.computeIfAbsent(property.name(), n -> new ArrayList<>()).add(property));
    return result;
  }

  private static void differ(
      String what, @Nullable Object actual, @Nullable Object expected, List<String> differences) {
    if (!Objects.equals(actual, expected)) {
      differences.add(what + ": is " + typed(actual) + ", not " + typed(expected));
    }
  }

  /** Shows the class of a number that is not a Double, which equals no number of the model. */
  private static String typed(@Nullable Object value) {
    return switch (value) {
      case Integer number -> number + " (an int)";
      case Number number -> Json.text(number);
      case String text -> "\"" + text + "\"";
      case Boolean truth -> truth.toString();
      case Map<?, ?> map -> {
        List<String> entries = new ArrayList<>();
        map.forEach((key, entry) -> entries.add(key + "=" + typed(entry)));
        yield entries.stream().sorted().toList().toString();
      }
      case Iterable<?> list -> {
        List<String> entries = new ArrayList<>();
        list.forEach(entry -> entries.add(typed(entry)));
        yield entries.toString();
      }
      case null, default -> String.valueOf(value);
    };
  }

  /** What shows at a version, without the conditions that say so. */
  private static List<Property> atVersion(List<Property> properties, double version, String type) {
    List<Property> result = new ArrayList<>();
    for (Property property : properties) {
      if (showsAt(property.displayOptions(), version, type)) {
        result.add(
            new Property(
                property.name(),
                property.displayName(),
                property.type(),
                property.defaultValue(),
                property.required(),
                property.options().stream()
                    .filter(option -> showsAt(option.displayOptions(), version, type))
                    .map(option ->
                        new Property.Option(
                            option.name(), option.value(), withoutVersion(option.displayOptions())))
                    .toList(),
                atVersion(property.children(), version, type),
                withoutVersion(property.displayOptions()),
                property.typeOptions(),
                property.extra()));
      }
    }
    return result;
  }

  private static boolean showsAt(
      Map<String, ? extends @Nullable Object> rules, double version, String type) {
    Map<String, @Nullable Object> only = new LinkedHashMap<>();
    rules.forEach((rule, keys) -> {
      if (keys instanceof Map<?, ?> map && map.containsKey("@version")) {
        only.put(rule, Map.of("@version", Objects.requireNonNull(map.get("@version"))));
      }
    });
    return DisplayOptions.shown(only, Map.of(), Map.of(), DisplayOptions.Context.of(version, type));
  }

  private static Map<String, @Nullable Object> withoutVersion(
      Map<String, ? extends @Nullable Object> rules) {
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    rules.forEach((rule, keys) -> {
      Map<String, @Nullable Object> rest = new LinkedHashMap<>();
      ((Map<?, ?>) Objects.requireNonNull(keys))
          .forEach((key, values) -> {
            if (!"@version".equals(key)) {
              rest.put(String.valueOf(key), values);
            }
          });
      if (!rest.isEmpty()) {
        result.put(rule, rest);
      }
    });
    return result;
  }

  private static double number(@Nullable Object value) {
    return ((Number) Objects.requireNonNull(value)).doubleValue();
  }
}
