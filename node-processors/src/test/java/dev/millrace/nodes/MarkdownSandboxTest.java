package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.ExpressionSettings;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.NodeServices;
import dev.millrace.nodes.data.Markdown;
import dev.millrace.workflow.WorkflowDocument;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Markdown to HTML in the sandbox in which it really runs. */
class MarkdownSandboxTest {
  private static ExpressionEngine engine(Duration limit) {
    return new JsExpressionEngine(
        ExpressionSettings.DEFAULT.withLimits(Duration.ofSeconds(5), limit));
  }

  private static List<String> convert(ExpressionEngine engine, String... markdown) {
    Markdown node = new Markdown(new NodeServices(engine));
    WorkflowDocument workflow =
        WorkflowDocument.of(
            Map.of(
                "nodes",
                List.of(
                    Map.of(
                        "name",
                        "Markdown",
                        "type",
                        node.spec().type(),
                        "parameters",
                        Map.of("mode", "markdownToHtml", "markdown", "={{ $json.m }}")))));
    List<Item> input = java.util.Arrays.stream(markdown).map(m -> Item.of(Map.of("m", m))).toList();
    FakeCall call =
        new FakeCall(
            node.spec(), workflow.nodes().getFirst(), input, new FakeExecution(workflow), engine);
    return Objects.requireNonNull(Objects.requireNonNull(node.run(call).outputs()).getFirst())
        .stream()
        .map(item -> String.valueOf(item.json().get("data")))
        .toList();
  }

  @Test
  void convertsWhatTheLibraryTakesOutAndPutsBack() {
    String document = "a <b>*b*</b> `c`\n\n```js\nlet $1;\n```\n\n<div>*d*</div>\n";
    String html =
        """
        <p>a <b><em>b</em></b> <code>c</code></p>
        <pre><code class="js language-js">let $1;
        </code></pre>
        <div>*d*</div>\
        """;
    try (ExpressionEngine engine = engine(Duration.ofMinutes(2))) {
      assertThat(convert(engine, document, "", "# A... B"))
          .containsExactly(html, "", "<h1 id=\"ab\">A… B</h1>");
    }
  }

  @Test
  void stopsWhatTakesTooLong() {
    try (ExpressionEngine engine = engine(Duration.ofMillis(500))) {
      String brackets = "[".repeat(20_000);
      assertThatThrownBy(() -> convert(engine, brackets))
          .hasMessageContaining("took longer than 500 ms");
    }
  }
}
