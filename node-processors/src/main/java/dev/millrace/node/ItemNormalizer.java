package dev.millrace.node;

import dev.millrace.error.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The shape of items for what user code returns: with or without {@code json}, one or a list.
 * Objects with {@code binary} but without {@code json} keep their other keys in {@code json}.
 */
public final class ItemNormalizer {
  private ItemNormalizer() {}

  /**
   * The items in their JSON form {@code {json, binary?, ...}}; {@code json} may still be anything.
   *
   * @throws NodeException when the value mixes items with plain objects
   */
  public static List<Map<?, ?>> normalize(@Nullable Object returned) {
    List<?> list =
        returned instanceof List<?> several ? several : Collections.singletonList(returned);
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
          ErrorCode.CODE_FAILED,
          "Inconsistent items: return either only items, {json: {...}}, or only plain objects",
          -1,
          null,
          Map.of(),
          null);
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
