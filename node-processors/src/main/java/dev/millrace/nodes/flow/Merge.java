package dev.millrace.nodes.flow;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.node.FlowNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.nodes.ItemMatcher;
import dev.millrace.nodes.ItemMatcher.FieldPair;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Merge: makes one stream of items out of several: one after the other, joined by field, by
 * position or in all combinations, by an SQL query, or just one of them once all have arrived.
 */
public final class Merge implements FlowNode {
  /** The most items that one run may make. */
  static final int MAX_ITEMS = 200_000;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.merge")
          .named("Merge", "Merges the items of several inputs.")
          .group("transform")
          .versions(1, 2, 2.1, 3, 3.1, 3.2)
          .ports(Merge::ports)
          .properties(MergeProperties.all())
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    List<List<Item>> inputs = stamped(call);
    double version = call.node().typeVersion();
    try {
      if (version < 2) {
        return MergeVersion1.run(call, inputs.get(0), inputs.get(1));
      }
      String mode = call.string("mode", 0, "append");
      return NodeOutput.of(
          switch (mode) {
            case "append" -> appended(inputs);
            case "combine" -> combined(call, inputs);
            case "combineBySql" ->
                new MergeQuery(call, inputs.subList(0, Math.max(1, call.inputs().size()))).run();
            case "chooseBranch" -> chosen(call, inputs);
            default -> throw new NodeException("The Merge node has no mode '" + mode + "'.");
          });
    } catch (MillraceException failed) {
      if (!call.continueOnFail()) {
        throw failed;
      }
      return NodeOutput.of(
          List.of(
              Item.of(Map.of("error", failed.text())).withPairing(Pairing.to(lineage(inputs)))));
    }
  }

  private static Ports ports(WorkflowNode node, Map<String, @Nullable Object> parameters) {
    if (node.typeVersion() < 2) {
      return Ports.of(2, 1);
    }
    int inputs = 2;
    if (node.typeVersion() >= 3 && !Undefined.orNull(parameters.get("numberInputs"))) {
      double number = Coercion.toNumber(parameters.get("numberInputs"));
      inputs = number >= 2 ? (int) Math.min(number, 10) : 2;
    }
    return new Ports(
        inputs,
        1,
        "chooseBranch".equals(parameters.get("mode"))
            ? new Ports.Required.Inputs(List.of(0, 1))
            : new Ports.Required.AtLeast(1));
  }

  /** All inputs, at least two; each item points at itself, as what comes out of here must. */
  private static List<List<Item>> stamped(NodeCall call) {
    int count = Math.max(2, call.inputs().size());
    List<List<Item>> inputs = new ArrayList<>(count);
    for (int input = 0; input < count; input++) {
      List<Item> items = new ArrayList<>(call.input(input).size());
      for (int i = 0; i < call.input(input).size(); i++) {
        items.add(call.input(input).get(i).withPairing(Pairing.to(i, input)));
      }
      inputs.add(items);
    }
    return inputs;
  }

  static List<Item> appended(List<List<Item>> inputs) {
    List<Item> output = new ArrayList<>();
    inputs.forEach(output::addAll);
    return output;
  }

  private static List<Item> chosen(NodeCall call, List<List<Item>> inputs) {
    boolean isVersion3 = call.node().typeVersion() >= 3;
    String output = call.string("output", 0, isVersion3 ? "specifiedInput" : "input1");
    if (output.equals("empty")) {
      return List.of(Item.empty().withPairing(Pairing.to(lineage(inputs))));
    }
    if (!isVersion3) {
      return inputs.get(output.equals("input2") ? 1 : 0);
    }
    int input = (int) call.number("useDataOfInput", 0, 1);
    if (input < 1 || input > inputs.size()) {
      throw new NodeException("The Merge node has no input " + input + ".");
    }
    return inputs.get(input - 1);
  }

  private static List<Item> combined(NodeCall call, List<List<Item>> inputs) {
    String by =
        call.node().typeVersion() >= 3
            ? call.string("combineBy", 0, "combineByFields")
            : call.string("combinationMode", 0, "mergeByFields");
    return switch (by) {
      case "combineByFields", "mergeByFields" -> byFields(call, inputs.get(0), inputs.get(1));
      case "combineByPosition", "mergeByPosition" -> byPosition(call, inputs);
      case "combineAll", "multiplex" -> allCombinations(call, inputs.get(0), inputs.get(1));
      default -> throw new NodeException("The Merge node cannot combine by '" + by + "'.");
    };
  }

  private static List<Item> byPosition(NodeCall call, List<List<Item>> inputs) {
    Map<String, @Nullable Object> options = call.object("options", 0);
    // Version 2 lets the items of the only input that has any through.
    if (call.node().typeVersion() < 3 && inputs.stream().anyMatch(List::isEmpty)) {
      return appended(inputs);
    }
    FieldClash clash = FieldClash.of(options);
    boolean includeUnpaired = Boolean.TRUE.equals(options.get("includeUnpaired"));
    int count =
        includeUnpaired
            ? inputs.stream().mapToInt(List::size).max().orElse(0)
            : inputs.stream().mapToInt(List::size).min().orElse(0);
    List<Integer> order = new ArrayList<>();
    for (int input = 0; input < inputs.size(); input++) {
      order.add(input);
    }
    if (order.removeIf(input -> input == clash.preferredInput())) {
      order.add(clash.preferredInput());
    }
    List<Item> output = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      List<Item> together = new ArrayList<>();
      for (int input : order) {
        if (i < inputs.get(input).size()) {
          together.add(clash.suffixed(inputs.get(input).get(i), input));
        }
      }
      output.add(joined(clash, together));
    }
    return output;
  }

  private static List<Item> allCombinations(NodeCall call, List<Item> first, List<Item> second) {
    requireRoom((long) first.size() * second.size());
    FieldClash clash = FieldClash.of(call.object("options", 0));
    boolean swapped = clash.preferredInput() == 0;
    List<Item> outer = swapped ? second : clash.suffixed(first, 0);
    List<Item> inner = swapped ? first : clash.suffixed(second, 1);
    List<Item> output = new ArrayList<>(outer.size() * inner.size());
    for (Item one : outer) {
      for (Item two : inner) {
        output.add(joined(clash, List.of(one, two)));
      }
    }
    return output;
  }

  private static List<Item> byFields(NodeCall call, List<Item> first, List<Item> second) {
    Map<String, @Nullable Object> options = call.object("options", 0);
    String joinMode = call.string("joinMode", 0, "keepMatches");
    String from = call.string("outputDataFrom", 0, "both");
    FieldClash clash = FieldClash.of(options);
    List<FieldPair> fields = fieldPairs(call);
    if (first.isEmpty() || second.isEmpty()) {
      return withEmptyInput(call, joinMode, from, first, second);
    }
    ItemMatcher.Result result =
        new ItemMatcher(
                fields,
                !Boolean.TRUE.equals(options.get("disableDotNotation")),
                Boolean.TRUE.equals(options.get("fuzzyCompare")),
                !"first".equals(options.get("multipleMatches")))
            .match(first, second);
    return switch (joinMode) {
      case "keepMatches" ->
          switch (from) {
            case "input1" -> result.matchedFirst();
            case "input2" -> result.matchedSecond();
            default -> joined(clash, joinMode, result.matches());
          };
      case "keepNonMatches" ->
          switch (from) {
            case "input1" -> result.onlyFirst();
            case "input2" -> result.onlySecond();
            default ->
                appended(
                    List.of(
                        withSource(result.onlyFirst(), "input1"),
                        withSource(result.onlySecond(), "input2")));
          };
      case "keepEverything" ->
          appended(
              List.of(
                  joined(clash, joinMode, result.matches()),
                  clash.suffixed(result.onlyFirst(), 0),
                  clash.suffixed(result.onlySecond(), 1)));
      case "enrichInput1" ->
          appended(
              List.of(
                  joined(clash, joinMode, result.matches()),
                  clash.suffixed(result.onlyFirst(), 0)));
      case "enrichInput2" ->
          appended(
              List.of(
                  joined(clash, joinMode, result.matches()),
                  clash.suffixed(result.onlySecond(), 1)));
      default -> throw new NodeException("The Merge node has no output type '" + joinMode + "'.");
    };
  }

  /** With nothing to match against, items pass as they are, where their input is asked for. */
  private static List<Item> withEmptyInput(
      NodeCall call, String joinMode, String from, List<Item> first, List<Item> second) {
    if (call.node().typeVersion() < 2.1) {
      return first.isEmpty() ? second : first;
    }
    return switch (joinMode) {
      case "keepMatches" -> List.of();
      case "enrichInput1" -> first;
      case "enrichInput2" -> second;
      case "keepNonMatches" ->
          switch (from) {
            case "input1" -> first;
            case "input2" -> second;
            default -> appended(List.of(first, second));
          };
      default -> appended(List.of(first, second));
    };
  }

  private static List<Item> joined(
      FieldClash clash, String joinMode, List<ItemMatcher.Match> matches) {
    int preferred = clash.preferredInput();
    if (clash.resolve().isEmpty() && joinMode.equals("enrichInput2")) {
      preferred = 0;
    }
    List<Item> output = new ArrayList<>(matches.size());
    for (ItemMatcher.Match match : matches) {
      Item one = clash.suffixed(match.first(), 0);
      Item two = clash.suffixed(match.second(), 1);
      output.add(joined(clash, preferred == 0 ? List.of(two, one) : List.of(one, two)));
    }
    return output;
  }

  private static Item joined(FieldClash clash, List<Item> items) {
    List<PairedItem> lineage = new ArrayList<>();
    items.forEach(item -> lineage.addAll(lineage(item)));
    lineage.sort(Comparator.comparingInt(PairedItem::input));
    return clash
        .merged(items)
        .withPairing(
            lineage.size() == 1 ? new Pairing.One(lineage.getFirst()) : Pairing.to(lineage));
  }

  private static List<Item> withSource(List<Item> items, String source) {
    List<Item> marked = new ArrayList<>(items.size());
    for (Item item : items) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>(item.json());
      json.put("_source", source);
      marked.add(item.withJson(json));
    }
    return marked;
  }

  private static List<FieldPair> fieldPairs(NodeCall call) {
    if (call.node().typeVersion() < 3 || call.bool("advanced", 0, false)) {
      return FieldPair.ofParameter(call);
    }
    return FieldPair.required(
        Arrays.stream(call.string("fieldsToMatchString", 0, "").split(","))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .map(name -> new FieldPair(name, name))
            .toList());
  }

  static void requireRoom(long items) {
    if (items > MAX_ITEMS) {
      throw new NodeException(
          ErrorCode.BATCH_TOO_LARGE,
          "The merge would make " + items + " items, more than the limit of " + MAX_ITEMS + ".",
          -1,
          "Send fewer items into it, or join on fields.",
          Map.of(),
          null);
    }
  }

  static List<PairedItem> lineage(Item item) {
    Pairing pairing = item.pairing();
    return pairing == null ? List.of() : pairing.all();
  }

  private static List<PairedItem> lineage(List<List<Item>> inputs) {
    List<PairedItem> lineage = new ArrayList<>();
    for (List<Item> items : inputs) {
      items.forEach(item -> lineage.addAll(lineage(item)));
    }
    return lineage;
  }
}
