package dev.millrace.node;

import dev.millrace.item.Item;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Items from what user code returns: with or without {@code json}, one or a list. */
public final class ItemNormalizer {
  private ItemNormalizer() {}

  /**
   * The items of a returned value.
   *
   * @throws NodeException when the value mixes items with plain objects, or an item's {@code json}
   *     is no object
   */
  public static List<Item> items(@Nullable Object returned) {
    List<Item> items = new ArrayList<>();
    for (Map<?, ?> form : normalize(returned)) {
      if (!(form.get("json") instanceof Map)) {
        throw new NodeException(
            "A returned item is not an object; return objects such as {name: \"value\"}");
      }
      items.add(Item.fromJson(form));
    }
    return items;
  }

  /**
   * The items in their JSON form {@code {json, binary?, ...}}; {@code json} may still be anything.
   *
   * @throws NodeException when the value mixes items with plain objects
   */
  public static List<Map<?, ?>> normalize(@Nullable Object returned) {
    List<?> list =
        returned instanceof List<?> several
            ? several
            : java.util.Collections.singletonList(returned);
    int withJson = 0;
    int withBinary = 0;
    for (Object element : list) {
      if (element instanceof Map<?, ?> object) {
        withJson += object.containsKey("json") ? 1 : 0;
        withBinary += object.containsKey("binary") ? 1 : 0;
      }
    }
    if ((withJson > 0 && withJson < list.size())
        || (withJson == 0 && withBinary > 0 && withBinary < list.size())) {
      throw new NodeException(
          "Inconsistent items: return either only items, {json: {...}}, or only plain objects");
    }
    List<Map<?, ?>> forms = new ArrayList<>(list.size());
    for (Object element : list) {
      if (withJson > 0 && element instanceof Map<?, ?> item) {
        forms.add(item);
        continue;
      }
      Map<String, @Nullable Object> form = new LinkedHashMap<>();
      if (withBinary > 0 && element instanceof Map<?, ?> object) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        object.forEach((key, value) -> {
          if (!"binary".equals(key)) {
            json.put(String.valueOf(key), value);
          }
        });
        form.put("json", json);
        form.put("binary", object.get("binary"));
      } else {
        form.put("json", element);
      }
      forms.add(form);
    }
    return forms;
  }
}
