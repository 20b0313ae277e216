package dev.millrace.parameter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.expression.CompiledExpression;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.nodes.FakeExecution;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CompiledParametersTest {
  private final Echo engine = new Echo();

  private static final NodeSpec SPEC =
      NodeSpec.type("test.node")
          .versions(1, 2)
          .properties(
              Property.options(
                  "mode", "Mode", "a", Property.option("A", "a"), Property.option("B", "b")),
              Property.string("text", "Text", "for a").showWhen("mode", "a"),
              Property.string("text", "Text", "for b").showWhen("mode", "b"),
              Property.number("only2", "Only 2", 7).showWhen("@version", 2),
              Property.collection("options", "Options", Property.bool("deep", "Deep", true)),
              Property.fixedCollection(
                      "rows",
                      "Rows",
                      Property.group(
                          "row",
                          "Row",
                          Property.string("key", "Key", "k"),
                          Property.string("value", "Value", "")))
                  .withTypeOption("multipleValues", true))
          .build();

  private CompiledParameters compile(double version, String parameters) {
    WorkflowDocument workflow = workflow(version, parameters);
    return CompiledParameters.compile(SPEC, workflow.nodes().get(0), engine);
  }

  private static WorkflowDocument workflow(double version, String parameters) {
    return WorkflowDocument.of(
        Map.of(
            "nodes",
            List.of(
                Map.of(
                    "name",
                    "N",
                    "type",
                    "test.node",
                    "typeVersion",
                    version,
                    "parameters",
                    java.util.Objects.requireNonNull(Json.parse(parameters))))));
  }

  private static final EvaluationScope SCOPE =
      new EvaluationScope(
          new FakeExecution(workflow(1, "{}")),
          workflow(1, "{}").nodes().get(0),
          0,
          0,
          List.of(List.of(Item.empty())),
          List.of(),
          Instant.EPOCH,
          (node, item) -> Map.of(),
          Map.of());

  private static @Nullable Object resolve(CompiledParameters parameters, String path) {
    return parameters.resolve(path, SCOPE);
  }

  @Test
  void theDefaultIsThatOfThePropertyThatIsShown() {
    assertThat(resolve(compile(1, "{}"), "text")).isEqualTo("for a");
    assertThat(resolve(compile(1, "{\"mode\": \"b\"}"), "text")).isEqualTo("for b");
  }

  @Test
  void aPropertyOfAnotherVersionHasNoDefault() {
    assertThat(resolve(compile(1, "{}"), "only2")).isEqualTo(Undefined.UNDEFINED);
    assertThat(resolve(compile(2, "{}"), "only2")).isEqualTo(7.0);
  }

  @Test
  void collectionsHoldOnlyWhatIsStored() {
    assertThat(resolve(compile(1, "{}"), "options.deep")).isEqualTo(Undefined.UNDEFINED);
    assertThat(resolve(compile(1, "{\"options\": {\"deep\": false}}"), "options.deep"))
        .isEqualTo(false);
  }

  @Test
  void rowsGetTheirDefaultsAndAreReachedByIndex() {
    CompiledParameters parameters =
        compile(1, "{\"rows\": {\"row\": [{\"value\": \"x\"}, {\"key\": \"y\"}]}}");
    assertThat(resolve(parameters, "rows.row[0].key")).isEqualTo("k");
    assertThat(resolve(parameters, "rows.row.1.key")).isEqualTo("y");
    assertThat(resolve(parameters, "rows.row.2.key")).isEqualTo(Undefined.UNDEFINED);
  }

  @Test
  void whatTheSpecDoesNotNameIsKept() {
    CompiledParameters parameters =
        compile(1, "{\"later\": {\"a\": [1]}, \"options\": {\"new\": \"=x\"}}");
    assertThat(resolve(parameters, "later")).isEqualTo(Map.of("a", List.of(1.0)));
    assertThat(resolve(parameters, "options.new")).isEqualTo("<x>");
  }

  @Test
  void expressionsAreFoundInObjectsAndListsButNotInKeys() {
    CompiledParameters parameters =
        compile(1, "{\"later\": {\"=k\": [\"=a\", {\"b\": \"=b\"}, \"c\"]}}");
    assertThat(resolve(parameters, "later"))
        .isEqualTo(Map.of("=k", List.of("<a>", Map.of("b", "<b>"), "c")));
    assertThat(parameters.raw("later.=k[1].b")).isEqualTo("=b");
  }

  @Test
  void aPathGoesIntoTheResultOfAnExpression() {
    CompiledParameters parameters = compile(1, "{\"options\": \"=object\"}");
    assertThat(resolve(parameters, "options.list.1")).isEqualTo("second");
  }

  @Test
  void aConstantIsTheStoredObjectItself() {
    CompiledParameters parameters = compile(1, "{\"later\": {\"a\": {\"b\": 1}}}");
    assertThat(resolve(parameters, "later.a")).isSameAs(resolve(parameters, "later.a"));
  }

  @Test
  void everyExpressionIsCompiledOnce() {
    CompiledParameters parameters = compile(1, "{\"text\": \"=a\"}");
    resolve(parameters, "text");
    resolve(parameters, "text");
    assertThat(engine.compiled).containsExactly("=a");
  }

  @Test
  void aSiblingBecomesItsFullPath() {
    compile(
        1,
        "{\"rows\": {\"row\": [{\"key\": \"k\", \"value\": \"={{ $parameter[\\\"&key\\\"] }}\"}]}}");
    assertThat(engine.compiled).containsExactly("={{ $parameter[\"rows\"][\"row\"][0][\"key\"] }}");
  }

  @Test
  void theViewResolvesWhatIsRead() {
    Map<String, @Nullable Object> view =
        compile(1, "{\"text\": \"=a\", \"later\": \"=fail\"}").view(SCOPE);
    assertThat(view.get("text")).isEqualTo("<a>");
    assertThat(view).containsKey("later").doesNotContainKey("only2");
  }

  @Test
  void aLocatorGivesItsValue() {
    Map<String, Object> locator =
        Map.of("__rl", true, "mode", "url", "value", "https://x/id/42/edit");
    Property property =
        Property.of("resourceLocator", "doc", "Document", Map.of())
            .withExtra(
                "modes",
                List.of(
                    Map.of("name", "list"),
                    Map.of(
                        "name",
                        "url",
                        "extractValue",
                        Map.of("type", "regex", "regex", "id/(\\d+)"))));
    assertThat(ResourceLocator.value(locator)).isEqualTo("https://x/id/42/edit");
    assertThat(ResourceLocator.extract(property, locator)).isEqualTo("42");
    assertThat(ResourceLocator.extract(property, "plain")).isEqualTo("plain");
  }

  @Test
  void requiredParametersThatAreShownAreMissed() {
    List<Property> properties =
        List.of(
            Property.bool("on", "On", false),
            Property.string("name", "Name", "").asRequired().showWhen("on", true));
    assertThat(ParameterIssues.of(properties, Map.of(), DisplayOptions.Context.NONE)).isEmpty();
    assertThat(ParameterIssues.of(properties, Map.of("on", true), DisplayOptions.Context.NONE))
        .containsOnlyKeys("name");
    assertThat(
            ParameterIssues.of(
                properties, Map.of("on", true, "name", "=x"), DisplayOptions.Context.NONE))
        .isEmpty();
  }

  @Test
  void propertiesSurviveTheWayThroughJson() {
    for (Property property : SPEC.properties()) {
      assertThat(PropertyJson.read(PropertyJson.write(property))).isEqualTo(property);
    }
  }

  /** An engine whose expressions give their own text in angle brackets. */
  private static final class Echo implements ExpressionEngine {
    private final List<String> compiled = new ArrayList<>();

    @Override
    public CompiledExpression compile(String text) {
      compiled.add(text);
      return new CompiledExpression() {
        @Override
        public String text() {
          return text;
        }

        @Override
        public boolean constant() {
          return false;
        }

        @Override
        public Object evaluate(EvaluationScope scope) {
          return switch (text) {
            case "=object" -> Map.of("list", List.of("first", "second"));
            case "=fail" -> throw new IllegalStateException("must not be evaluated");
            default -> "<" + text.substring(1) + ">";
          };
        }
      };
    }

    @Override
    public CodeResult runCode(
        String code, EvaluationScope scope, boolean perItem, List<Item> items) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
