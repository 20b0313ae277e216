package dev.millrace.nodes.data;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.Property;
import dev.millrace.value.Coercion;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;
import org.jsoup.select.Evaluator;
import org.jspecify.annotations.Nullable;

/**
 * What CSS selectors find in HTML, as fields of an item.
 *
 * @param trim whether texts lose the white space around them
 * @param cleanUp whether texts lose line breaks and runs of white space
 * @param readable whether text is laid out for people instead of being taken as it stands
 */
record HtmlExtraction(boolean trim, boolean cleanUp, boolean readable) {
  private static final Pattern LINE_BREAK = Pattern.compile("\\r\\n|\\n|\\r");
  private static final Pattern SPACES = Pattern.compile("[\\s\\u00A0\\uFEFF]+");

  /** One item for each page of the source: a field may hold a list of pages. */
  List<Item> on(NodeCall call, Item item, int index) {
    List<Item> made = new ArrayList<>();
    for (String page : pages(call, item, index)) {
      HtmlDocument document = HtmlDocument.parse(page);
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      for (Object row : call.list("extractionValues.values", index)) {
        if (row instanceof Map<?, ?> wanted) {
          Object value = value(document.select(text(wanted, "cssSelector")), wanted);
          if (value != Undefined.UNDEFINED) {
            json.put(text(wanted, "key"), value);
          }
        }
      }
      made.add(Item.of(json));
    }
    return made;
  }

  private static List<String> pages(NodeCall call, Item item, int index) {
    String field = call.string("dataPropertyName", index, "data");
    if (call.string("sourceData", index, "json").equals("binary")) {
      return List.of(new String(InlineFile.content(item, field), StandardCharsets.UTF_8));
    }
    Object html = PropertyPath.get(item.json(), field);
    if (Undefined.orNull(html)) {
      throw new NodeException("The item has no field '" + field + "' with HTML");
    }
    List<?> all = html instanceof List<?> list ? list : List.of(html);
    return all.stream()
        .map(page -> {
          if (page instanceof String text) {
            return text;
          }
          throw new NodeException("The field '" + field + "' holds no text, so no HTML");
        })
        .toList();
  }

  private @Nullable Object value(List<Element> found, Map<?, ?> wanted) {
    if (!Coercion.toBoolean(wanted.get("returnArray"))) {
      return cleaned(extracted(found, wanted));
    }
    List<@Nullable Object> values = new ArrayList<>(found.size());
    for (Element element : found) {
      Object value = cleaned(extracted(List.of(element), wanted));
      values.add(value == Undefined.UNDEFINED ? null : value);
    }
    return values;
  }

  private @Nullable Object extracted(List<Element> found, Map<?, ?> wanted) {
    if (found.isEmpty()) {
      boolean laidOut = readable && text(wanted, "returnValue").equals("text");
      return laidOut ? "" : Undefined.UNDEFINED;
    }
    Element first = found.getFirst();
    return switch (text(wanted, "returnValue")) {
      case "attribute" -> attribute(first, text(wanted, "attribute"));
      case "html" -> orUndefined(HtmlDocument.inner(first));
      case "value" -> entered(first);
      default -> {
        if (readable) {
          yield HtmlText.of(first, skipped(text(wanted, "skipSelectors")));
        }
        StringBuilder all = new StringBuilder();
        found.forEach(element -> all.append(HtmlDocument.text(element)));
        yield orUndefined(all.toString());
      }
    };
  }

  private static Object orUndefined(String text) {
    return text.isEmpty() ? Undefined.UNDEFINED : text;
  }

  /** One attribute; all of them where none is named. */
  private static Object attribute(Element element, String name) {
    if (name.isEmpty()) {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      element.attributes().forEach(attribute -> all.put(attribute.getKey(), attribute.getValue()));
      return all;
    }
    return element.hasAttr(name) ? element.attr(name) : Undefined.UNDEFINED;
  }

  /** What a form would send for the element. */
  private static Object entered(Element element) {
    return switch (element.normalName()) {
      case "textarea" -> HtmlDocument.text(element);
      case "select" -> {
        List<String> chosen =
            element.select("option").stream()
                .filter(option -> option.hasAttr("selected"))
                .map(HtmlExtraction::choice)
                .toList();
        if (element.hasAttr("multiple")) {
          yield chosen;
        }
        yield chosen.isEmpty() ? Undefined.UNDEFINED : chosen.getFirst();
      }
      case "option" -> choice(element);
      default -> attribute(element, "value");
    };
  }

  private static String choice(Element option) {
    return option.hasAttr("value") ? option.attr("value") : HtmlDocument.text(option);
  }

  private static Predicate<Element> skipped(String selectors) {
    List<Evaluator> evaluators =
        Arrays.stream(selectors.split(",", -1))
            .map(String::strip)
            .filter(selector -> !selector.isEmpty())
            .map(HtmlDocument::evaluator)
            .toList();
    return element -> evaluators.stream().anyMatch(element::is);
  }

  private @Nullable Object cleaned(@Nullable Object value) {
    if (!(value instanceof String text)) {
      return value;
    }
    String cleaned = trim || cleanUp ? Coercion.trim(text) : text;
    return cleanUp
        ? SPACES.matcher(LINE_BREAK.matcher(cleaned).replaceAll("")).replaceAll(" ")
        : cleaned;
  }

  private static String text(Map<?, ?> row, String key) {
    Object value = row.get(key);
    return Undefined.orNull(value) ? "" : Coercion.toText(value);
  }

  /**
   * The parameters of an extraction, without options.
   *
   * @param skipping whether elements can be left out of a text
   */
  static List<Property> properties(boolean skipping) {
    List<Property> values = new ArrayList<>();
    values.add(Property.string("key", "Key", ""));
    values.add(Property.string("cssSelector", "CSS Selector", ""));
    values.add(
        Property.options(
            "returnValue",
            "Return Value",
            "text",
            Property.option("Attribute", "attribute"),
            Property.option("HTML", "html"),
            Property.option("Text", "text"),
            Property.option("Value", "value")));
    values.add(Property.string("attribute", "Attribute", "").showWhen("returnValue", "attribute"));
    if (skipping) {
      values.add(
          Property.string("skipSelectors", "Skip Selectors", "").showWhen("returnValue", "text"));
    }
    values.add(Property.bool("returnArray", "Return Array", false));
    return List.of(
        Property.options(
            "sourceData",
            "Source Data",
            "json",
            Property.option("Binary", "binary"),
            Property.option("JSON", "json")),
        Property.string("dataPropertyName", "Input Binary Field", "data")
            .asRequired()
            .showWhen("sourceData", "binary"),
        Property.string("dataPropertyName", "JSON Property", "data")
            .asRequired()
            .showWhen("sourceData", "json"),
        Property.fixedCollection(
                "extractionValues",
                "Extraction Values",
                Property.group("values", "Values", values.toArray(Property[]::new)))
            .withTypeOption("multipleValues", true));
  }
}
