package dev.millrace.nodes.flow;

import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.value.Coercion;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The modes of the Merge node's version 1. Keys are compared as text, the last duplicate wins. */
final class MergeVersion1 {
  private MergeVersion1() {}

  static NodeOutput run(NodeCall call, List<Item> first, List<Item> second) {
    String mode = call.string("mode", 0, "append");
    return NodeOutput.of(
        switch (mode) {
          case "append" -> Merge.appended(List.of(first, second));
          case "mergeByIndex" -> byIndex(call.string("join", 0, "left"), first, second);
          case "mergeByKey", "keepKeyMatches", "removeKeyMatches" ->
              byKey(call, mode, first, second);
          case "multiplex" -> multiplied(first, second);
          case "passThrough" ->
              call.string("output", 0, "input1").equals("input2") ? second : first;
          case "wait" -> List.of(Item.empty());
          default -> throw new NodeException("The Merge node has no mode '" + mode + "'.");
        });
  }

  private static List<Item> byIndex(String join, List<Item> first, List<Item> second) {
    int count =
        switch (join) {
          case "inner" -> Math.min(first.size(), second.size());
          case "outer" -> Math.max(first.size(), second.size());
          default -> first.size();
        };
    List<Item> output = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      if (i >= first.size()) {
        output.add(second.get(i));
      } else if (i >= second.size()) {
        output.add(first.get(i));
      } else {
        output.add(joined(first.get(i), second.get(i)));
      }
    }
    return output;
  }

  private static List<Item> multiplied(List<Item> first, List<Item> second) {
    Merge.requireRoom((long) first.size() * second.size());
    List<Item> output = new ArrayList<>();
    for (Item one : first) {
      for (Item two : second) {
        output.add(joined(one, two));
      }
    }
    return output;
  }

  private static Item joined(Item one, Item two) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>(one.json());
    json.putAll(two.json());
    Map<String, BinaryData> binary = new LinkedHashMap<>(one.binary());
    binary.putAll(two.binary());
    List<PairedItem> lineage = new ArrayList<>(Merge.lineage(one));
    lineage.addAll(Merge.lineage(two));
    return Item.of(json).withBinary(binary).withPairing(Pairing.to(lineage));
  }

  private static List<Item> byKey(NodeCall call, String mode, List<Item> first, List<Item> second) {
    String name1 = call.string("propertyName1", 0, "");
    String name2 = call.string("propertyName2", 0, "");
    String overwrite = call.string("overwrite", 0, "always");
    Map<String, Item> byKey = new LinkedHashMap<>();
    for (Item item : second) {
      Object key = PropertyPath.get(item.json(), name2);
      if (key != Undefined.UNDEFINED) {
        byKey.put(Coercion.toText(key), item);
      }
    }
    List<Item> output = new ArrayList<>();
    for (Item item : first) {
      Object key = PropertyPath.get(item.json(), name1);
      Item match = key == Undefined.UNDEFINED ? null : byKey.get(Coercion.toText(key));
      switch (mode) {
        case "keepKeyMatches" -> {
          if (match != null) {
            output.add(item);
          }
        }
        case "removeKeyMatches" -> {
          if (match == null) {
            output.add(item);
          }
        }
        default -> output.add(match == null ? item : overwritten(item, match, overwrite));
      }
    }
    return output;
  }

  private static Item overwritten(Item item, Item match, String overwrite) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>(item.json());
    match
        .json()
        .forEach((name, value) -> {
          Object existing = json.get(name);
          boolean write =
              switch (overwrite) {
                case "blank" -> existing == null || existing.equals("");
                case "undefined" -> !json.containsKey(name);
                default -> true;
              };
          if (write) {
            json.put(name, value);
          }
        });
    List<PairedItem> lineage = new ArrayList<>(Merge.lineage(item));
    lineage.addAll(Merge.lineage(match));
    return item.withJson(json).withPairing(Pairing.to(lineage));
  }
}
