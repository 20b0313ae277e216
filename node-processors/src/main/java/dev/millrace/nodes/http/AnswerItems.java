package dev.millrace.nodes.http;

import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.nodes.http.ResponseOptions.Format;
import dev.millrace.value.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The items that an answer becomes. */
final class AnswerItems {
  private AnswerItems() {}

  /**
   * An item for each element of a list, one for anything else.
   *
   * @param input the item that asked; its files stay where the answer is a file
   */
  static List<Item> of(Answer answer, ResponseOptions options, Item input, int itemIndex) {
    Pairing pairing = Pairing.to(itemIndex);
    return switch (answer.body()) {
      case Answer.FileBody file -> {
        Map<String, BinaryData> files = new LinkedHashMap<>(input.binary());
        files.put(options.property(), file.file());
        yield List.of(
            Item.of(options.full() ? status(answer) : new LinkedHashMap<>())
                .withBinary(files)
                .withPairing(pairing));
      }
      case Answer.TextBody text -> {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put(options.property(), text.text());
        if (options.full()) {
          json.putAll(status(answer));
        }
        yield List.of(Item.of(json).withPairing(pairing));
      }
      case Answer.JsonBody body when options.full() -> {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("body", body.value());
        json.putAll(status(answer));
        yield List.of(Item.of(json).withPairing(pairing));
      }
      case Answer.JsonBody body when body.value() instanceof List<?> list ->
          list.stream().map(element -> json(element, pairing)).toList();
      case Answer.JsonBody body -> List.of(json(body.value(), pairing));
    };
  }

  /** As versions 1 and 2 do it: a list stays one item unless it is to be split. */
  static List<Item> legacy(
      Answer answer, ResponseOptions options, boolean split, Item input, int itemIndex) {
    if (answer.body() instanceof Answer.JsonBody body
        && body.value() instanceof List<?> list
        && !options.full()
        && !split) {
      // An item is an object here, and JavaScript reads a list's elements by the same keys.
      Map<String, @Nullable Object> byIndex = new LinkedHashMap<>();
      for (int i = 0; i < list.size(); i++) {
        byIndex.put(String.valueOf(i), list.get(i));
      }
      return List.of(Item.of(byIndex).withPairing(Pairing.to(itemIndex)));
    }
    return of(answer, options, input, itemIndex);
  }

  private static Map<String, @Nullable Object> status(Answer answer) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("headers", answer.headers());
    json.put("statusCode", (double) answer.status());
    json.put("statusMessage", answer.reason());
    return json;
  }

  @SuppressWarnings("unchecked")
  private static Item json(@Nullable Object value, Pairing pairing) {
    if (value instanceof Map<?, ?> object) {
      return Item.of((Map<String, @Nullable Object>) object).withPairing(pairing);
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("data", value);
    return Item.of(json).withPairing(pairing);
  }

  /** For tools: the answer after the optimizer had it. */
  static List<Item> optimized(Answer answer, ResponseOptimizer optimizer, int itemIndex) {
    Object body = answer.body().visible();
    Object result = optimizer.optimized(body);
    Answer.Body kept =
        result instanceof String text ? new Answer.TextBody(text) : new Answer.JsonBody(result);
    return of(
        new Answer(answer.status(), answer.reason(), answer.headers(), kept),
        new ResponseOptions(Format.AUTODETECT, "data", true, java.util.Set.of(), false, "Text"),
        Item.empty(),
        itemIndex);
  }

  /** Text of any body, for the optimizer. */
  static String text(@Nullable Object body) {
    return body instanceof String text ? text : Json.text(body);
  }
}
