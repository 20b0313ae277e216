package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeServices;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole workflows whose pinned data says what each node must answer. */
class SharedWorkflowsTest {
  private static TestJavaScript engine;
  private static NodeCatalogue nodes;

  @BeforeAll
  static void start() {
    engine = new TestJavaScript("America/New_York");
    nodes = NodeCatalogue.discover(new NodeServices(engine));
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SplitOut/workflow.splitOut",
        "SplitOut/workflow.splitOutObject",
        "Aggregate/workflow.aggregate",
        "Limit/workflow.limit",
        "Summarize/workflow.summarize",
        "Summarize/workflow.summarize_datatypes",
        "RemoveDuplicates/workflow.removeDuplicates",
        "ItemLists/node__workflow.aggregateItems",
        "ItemLists/node__workflow.limit",
        "ItemLists/node__workflow.removeDuplicates",
        "ItemLists/node__workflow.removeDuplicates_3_1",
        "ItemLists/node__workflow.sort",
        "ItemLists/node__workflow.splitOutItems",
        "ItemLists/node__workflow.update_2_1",
        "ItemLists/node__workflow.update_3",
        "Code/Code.workflow",
        "Code/workflow.do_not_obfuscate_validation_error",
        "DateTime/node__DateTimeWorkflowV2",
        "DateTime/node__DateTimeWorklfow.test",
        "DateTime/node__workflow.includeInputFields_v2",
        "DateTime/node__workflow.luxonDateTime",
        "DateTime/node__workflow.nullDate_v2",
        "DateTime/node__workflow.timestamp",
        "DateTime/node__workflow.timestamp_v2",
        "Filter/workflow_v1",
        "Filter/workflow_v2",
        "If/v1__IF.date-time",
        "If/v1__IF.number",
        "If/v1__IF.string",
        "If/v2__IfV2.date-time",
        "If/v2__IfV2.number",
        "If/v2__IfV2.other",
        "If/v2__IfV2.string",
        "Switch/V2__switch.expression.workflow",
        "Switch/V2__switch.rules.workflow",
        "Switch/V3__switch.expression.workflow",
        "Switch/V3__switch.rules.workflow",
        "Html/extractHtmlContent.workflow",
        "Markdown/node__workflow.markdown",
        "Xml/node__workflow.xml"
      })
  void answersThePinnedItems(String name) throws IOException {
    Path file =
        Path.of(System.getProperty("millrace.shared", ""), "n8n/conformance/n8n", name + ".json");
    assumeTrue(Files.exists(file), "skipped: the behaviour data is not at " + file);
    WorkflowDocument workflow = WorkflowDocument.parse(Files.readAllBytes(file));

    Map<String, List<Item>> outputs = new SimpleWorkflow(workflow, nodes, engine).run();

    assertThat(workflow.pinData()).isNotEmpty();
    workflow
        .pinData()
        .forEach((node, expected) ->
            assertThat(json(outputs.getOrDefault(node, List.of())))
                .as(node)
                .isEqualTo(json(expected)));
  }

  private static List<Map<String, @Nullable Object>> json(List<Item> items) {
    return items.stream().map(Item::json).toList();
  }
}
