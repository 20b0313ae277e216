package dev.millrace.nodes.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.value.Json;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;

/** Makes an answer smaller for a model that reads it: the parts that matter, as text or JSON. */
sealed interface ResponseOptimizer {
  /** The optimizer that a node's parameters ask for; null when they ask for none. */
  static @Nullable ResponseOptimizer of(NodeCall call, int item) {
    if (!call.bool("optimizeResponse", item, false)) {
      return null;
    }
    double maxLength =
        call.bool("truncateResponse", item, false) ? call.number("maxLength", item, 1000) : -1;
    return switch (call.string("responseType", item, "json")) {
      case "html" ->
          new HtmlOptimizer(
              call.string("cssSelector", item, "body"),
              call.bool("onlyContent", item, false),
              call.string("elementsToOmit", item, ""),
              (int) maxLength);
      case "text" -> new TextOptimizer((int) maxLength);
      default ->
          new JsonOptimizer(
              call.string("dataField", item, ""),
              call.string("fieldsToInclude", item, "all"),
              names(call.parameter("fields", item)));
    };
  }

  /** The smaller form: text, or JSON. */
  @Nullable Object optimized(@Nullable Object body);

  private static Set<String> names(@Nullable Object fields) {
    List<?> names =
        fields instanceof List<?> list
            ? list
            : Undefined.orNull(fields)
                ? List.of()
                : Arrays.asList(String.valueOf(fields).split(","));
    return names.stream()
        .map(name -> String.valueOf(name).strip())
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static String cut(String text, int maxLength) {
    return maxLength > 0 && text.length() > maxLength ? text.substring(0, maxLength) : text;
  }

  /** The elements that a CSS selector finds, as a JSON list of texts or of inner HTML. */
  record HtmlOptimizer(String selector, boolean onlyContent, String omit, int maxLength)
      implements ResponseOptimizer {
    @Override
    public Object optimized(@Nullable Object body) {
      Document page = Jsoup.parse(AnswerItems.text(body));
      List<String> found = new ArrayList<>();
      try {
        for (Element element : page.select(selector)) {
          if (onlyContent) {
            if (!omit.isBlank()) {
              element.select(omit).remove();
            }
            found.add(element.text());
          } else {
            found.add(element.html());
          }
        }
      } catch (org.jsoup.select.Selector.SelectorParseException invalid) {
        throw new NodeException("'" + selector + "' is not a valid CSS selector.");
      }
      return cut(Json.pretty(found, 2), maxLength);
    }
  }

  /** What a reader of the page would read. */
  record TextOptimizer(int maxLength) implements ResponseOptimizer {
    @Override
    public Object optimized(@Nullable Object body) {
      Document page = Jsoup.parse(AnswerItems.text(body));
      page.select("script, style, noscript, template, nav, header, footer, aside").remove();
      return cut(page.text(), maxLength);
    }
  }

  /** Chosen fields of each object of a list. */
  record JsonOptimizer(String dataField, String include, Set<String> fields)
      implements ResponseOptimizer {
    @Override
    public Object optimized(@Nullable Object body) {
      Object json = body;
      if (body instanceof String text) {
        try {
          json = Json.parse(text);
        } catch (MillraceException invalid) {
          throw notJson();
        }
      }
      if (json instanceof Map<?, ?> object && !dataField.isEmpty()) {
        Map<String, @Nullable Object> read = new LinkedHashMap<>();
        object.forEach((key, value) -> read.put(String.valueOf(key), value));
        json = PropertyPath.get(read, dataField);
        if (Undefined.orNull(json)) {
          throw new NodeException("The answer has no field '" + dataField + "'.");
        }
      }
      List<?> elements =
          json instanceof List<?> list ? list : json instanceof Map ? List.of(json) : null;
      if (elements == null) {
        throw notJson();
      }
      List<@Nullable Object> kept = new ArrayList<>();
      for (Object element : elements) {
        kept.add(element instanceof Map<?, ?> object ? chosen(object) : element);
      }
      return kept;
    }

    private Map<String, @Nullable Object> chosen(Map<?, ?> object) {
      Map<String, @Nullable Object> kept = new LinkedHashMap<>();
      object.forEach((key, value) -> {
        String name = String.valueOf(key);
        boolean named = fields.contains(name);
        if (include.equals("all") || named == include.equals("selected")) {
          kept.put(name, value);
        }
      });
      return kept;
    }

    private static NodeException notJson() {
      return new NodeException(
          ErrorCode.UNREADABLE_RESPONSE,
          "The answer is not a JSON object or list.",
          -1,
          null,
          Map.of(),
          null);
    }
  }
}
