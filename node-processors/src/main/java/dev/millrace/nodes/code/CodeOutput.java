package dev.millrace.nodes.code;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.node.ItemNormalizer;
import dev.millrace.node.NodeException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns what user code returned into items, and says what is wrong with it. */
final class CodeOutput {
  /** The keys that an item may have; with any of them an object is an item, else it is its JSON. */
  private static final Set<String> ITEM_KEYS =
      Set.of("json", "binary", "pairedItem", "error", "index");

  private CodeOutput() {}

  /**
   * What code returned that ran once for all items: items, plain objects, or one of them.
   *
   * @throws NodeException when it is neither, or a mix
   */
  static List<Item> items(@Nullable Object returned) {
    if (returned == null) {
      return List.of();
    }
    List<?> list = returned instanceof List<?> many ? many : List.of(returned);
    for (Object element : list) {
      if (!(element instanceof Map)) {
        throw failure(
            "Code doesn't return items properly",
            -1,
            "Return an array of objects, one for each item of the output.");
      }
    }
    return items(list, 0);
  }

  /**
   * What code returned that ran for one item; null when it returned nothing, so that the item is
   * dropped.
   */
  static @Nullable Item item(@Nullable Object returned, int index) {
    if (Undefined.orNull(returned) || Boolean.FALSE.equals(returned)) {
      return null;
    }
    if (returned instanceof Map<?, ?> object) {
      return items(List.of(object), index).getFirst();
    }
    if (returned instanceof List) {
      throw failure(
          "Code doesn't return a single object",
          index,
          "It returned an array. To make several items, run once for all items.");
    }
    throw failure(
        "Code doesn't return an object",
        index,
        "It returned '" + Coercion.toText(returned) + "'. Return an object for the item.");
  }

  /** Objects that are items or the JSON of items; {@code first} numbers them in what errors say. */
  private static List<Item> items(List<?> objects, int first) {
    if (objects.stream().anyMatch(CodeOutput::hasItemKey)) {
      for (int i = 0; i < objects.size(); i++) {
        refuseOtherKeys((Map<?, ?>) objects.get(i), first + i);
      }
    }
    List<Map<?, ?>> forms = ItemNormalizer.normalize(objects);
    List<Item> items = new ArrayList<>(forms.size());
    for (int i = 0; i < forms.size(); i++) {
      items.add(item(forms.get(i), first + i));
    }
    return items;
  }

  private static boolean hasItemKey(@Nullable Object object) {
    return object instanceof Map<?, ?> map && map.keySet().stream().anyMatch(ITEM_KEYS::contains);
  }

  private static void refuseOtherKeys(Map<?, ?> object, int index) {
    for (Object key : object.keySet()) {
      if (key instanceof String name && !ITEM_KEYS.contains(name)) {
        throw failure(
            "Unknown top-level item key: " + name + at(index),
            index,
            "Beside 'json', 'binary', 'pairedItem' and 'error', an item has no keys of its own:"
                + " move it into 'json'.");
      }
    }
  }

  private static Item item(Map<?, ?> form, int index) {
    if (!(form.get("json") instanceof Map<?, ?> json)) {
      throw failure(
          "A 'json' property isn't an object" + at(index),
          index,
          "The 'json' of an item must be an object.");
    }
    Item item = Item.of(json(json));
    Object binary = form.get("binary");
    if (binary instanceof Map<?, ?> files) {
      item = item.withBinary(files(files));
    } else if (!Undefined.orNull(binary)) {
      throw failure(
          "A 'binary' property isn't an object" + at(index),
          index,
          "The 'binary' of an item must be an object of files.");
    }
    if (form.get("error") instanceof Map<?, ?> error) {
      item = item.withError(json(error));
    }
    return item.withPairing(Item.pairingFromJson(form.get("pairedItem")));
  }

  static Map<String, BinaryData> files(Map<?, ?> files) {
    Map<String, BinaryData> result = new LinkedHashMap<>();
    files.forEach((name, file) -> {
      if (file instanceof Map<?, ?> data) {
        result.put(String.valueOf(name), BinaryData.fromJson(data));
      }
    });
    return result;
  }

  /** A copy as {@code JSON.stringify} sees it: without undefined, dates as text. */
  static Map<String, @Nullable Object> json(Map<?, ?> object) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    object.forEach((key, value) -> {
      if (value != Undefined.UNDEFINED) {
        copy.put(String.valueOf(key), plain(value));
      }
    });
    return copy;
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> object -> json(object);
      case List<?> list -> {
        List<@Nullable Object> copy = new ArrayList<>(list.size());
        list.forEach(element -> copy.add(plain(element)));
        yield copy;
      }
      case ZonedDateTime date -> Coercion.isoText(date);
      case Instant date -> Coercion.isoText(date);
      case Double number -> number.isNaN() || number.isInfinite() ? null : number;
      case Undefined u -> null;
      case null, default -> value;
    };
  }

  private static String at(int index) {
    return " [item " + index + "]";
  }

  static NodeException failure(String message, int index, String advice) {
    return new NodeException(ErrorCode.CODE_FAILED, message, index, advice, Map.of(), null);
  }
}
