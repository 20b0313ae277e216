package dev.millrace.nodes.data;

import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Fills a template of HTML, reads values out of HTML, makes a table of items. */
public final class Html implements TransformNode {
  private static final String GENERATE = "generateHtmlTemplate";
  private static final String EXTRACT = "extractHtmlContent";
  private static final String TABLE = "convertToHtmlTable";

  private static final String TABLE_STYLE =
      "style=\"border-collapse: collapse; font-family: sans-serif\"";
  private static final String HEADER_STYLE = "style=\"text-align: left; color: #666\"";
  private static final String CELL_STYLE =
      "style=\"padding: 6px 16px 6px 0; border-bottom: 1px solid #ddd\"";

  /** The row that the form of a new node shows. */
  private static final Map<String, Object> ONE_EMPTY_ROW =
      Map.of(
          "values",
          List.of(
              Map.of("key", "", "cssSelector", "", "returnValue", "text", "returnArray", false)));

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.html")
          .named("HTML", "Fills a template, reads values out of HTML, or makes a table.")
          .versions(1, 1.1, 1.2)
          .properties(properties())
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    String operation = call.string("operation", 0, GENERATE);
    return switch (operation) {
      case GENERATE -> EachItem.run(call, (item, i) -> List.of(generate(call, i)));
      case EXTRACT ->
          EachItem.run(
              call,
              (item, i) ->
                  new HtmlExtraction(
                          call.bool("options.trimValues", i, false),
                          call.bool("options.cleanUpText", i, false),
                          call.node().typeVersion() >= 1.2)
                      .on(call, item, i));
      case TABLE -> table(call);
      default -> throw new NodeException("There is no operation '" + operation + "'");
    };
  }

  /** The template's editor has no switch for expressions, so they count without a leading sign. */
  private static Item generate(NodeCall call, int i) {
    Object html =
        call.rawParameter("html") instanceof String raw && !raw.startsWith("=")
            ? call.evaluate("=" + raw, i)
            : call.parameter("html", i);
    return Item.of(Map.of("html", Undefined.orNull(html) ? "" : Coercion.toText(html)));
  }

  private static NodeOutput table(NodeCall call) {
    if (call.input().isEmpty()) {
      return NodeOutput.of(List.of());
    }
    Set<String> columns = new LinkedHashSet<>();
    call.input().forEach(item -> columns.addAll(item.json().keySet()));
    boolean styled = !call.bool("options.customStyling", 0, false);
    boolean capitalize = call.bool("options.capitalize", 0, false);
    String caption = call.string("options.caption", 0, "");
    StringBuilder html = new StringBuilder();
    open("table", attributes(call, "tableAttributes", styled ? TABLE_STYLE : ""), html);
    if (!caption.isEmpty()) {
      html.append("<caption>").append(caption).append("</caption>");
    }
    open("thead", attributes(call, "headerAttributes", styled ? HEADER_STYLE : ""), html);
    html.append("<tr>");
    for (String column : columns) {
      html.append("<th>").append(capitalize ? capitalized(column) : column).append("</th>");
    }
    html.append("</tr></thead><tbody>");
    String row = attributes(call, "rowAttributes", "");
    String cell = attributes(call, "cellAttributes", styled ? CELL_STYLE : "");
    for (Item item : call.input()) {
      open("tr", row, html);
      for (String column : columns) {
        open("td", cell, html);
        html.append(shown(item.json().get(column))).append("</td>");
      }
      html.append("</tr>");
    }
    html.append("</tbody></table>");
    List<PairedItem> all =
        IntStream.range(0, call.input().size()).mapToObj(PairedItem::of).toList();
    return NodeOutput.of(
        List.of(Item.of(Map.of("table", html.toString())).withPairing(Pairing.to(all))));
  }

  private static String attributes(NodeCall call, String option, String style) {
    return Stream.of(style, call.string("options." + option, 0, "").strip())
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(" "));
  }

  private static void open(String tag, String attributes, StringBuilder html) {
    html.append('<').append(tag);
    if (!attributes.isEmpty()) {
      html.append(' ').append(attributes);
    }
    html.append('>');
  }

  private static String capitalized(String name) {
    return Stream.of(name.split("_", -1))
        .filter(word -> !word.isEmpty())
        .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
        .collect(Collectors.joining(" "));
  }

  /** A field's HTML: text is taken as it is, since fields may hold links and images. */
  private static String shown(@Nullable Object value) {
    return switch (value) {
      case Boolean yes ->
          "<input type=\"checkbox\"" + (yes ? " checked=\"checked\"" : "") + " disabled/>";
      case Map<?, ?> object -> Json.text(object);
      case List<?> list -> Json.text(list);
      case null -> "";
      default -> Coercion.toText(value);
    };
  }

  private static List<Property> properties() {
    List<Property> all = new ArrayList<>();
    all.add(
        Property.options(
                "operation",
                "Operation",
                GENERATE,
                Property.option("Generate HTML Template", GENERATE),
                Property.option("Extract HTML Content", EXTRACT),
                Property.option("Convert to HTML Table", TABLE))
            .withExtra("noExpression", true));
    all.add(
        Property.string("html", "HTML Template", "<!DOCTYPE html>\n<p>{{ $json.text }}</p>\n")
            .withExtra("noExpression", true)
            .withTypeOption("editor", "htmlEditor")
            .showWhen("operation", GENERATE));
    HtmlExtraction.properties(true).stream()
        .map(property -> property.showWhen("operation", EXTRACT))
        .map(property ->
            property.name().equals("extractionValues")
                ? property.withDefault(ONE_EMPTY_ROW)
                : property)
        .forEach(all::add);
    all.add(
        Property.collection(
                "options",
                "Options",
                Property.bool("trimValues", "Trim Values", true),
                Property.bool("cleanUpText", "Clean Up Text", true))
            .showWhen("operation", EXTRACT));
    all.add(
        Property.collection(
                "options",
                "Options",
                Property.bool("capitalize", "Capitalize Headers", false),
                Property.bool("customStyling", "Custom Styling", false),
                Property.string("caption", "Caption", ""),
                Property.string("tableAttributes", "Table Attributes", ""),
                Property.string("headerAttributes", "Header Attributes", ""),
                Property.string("rowAttributes", "Row Attributes", ""),
                Property.string("cellAttributes", "Cell Attributes", ""))
            .showWhen("operation", TABLE));
    return List.copyOf(all);
  }
}
