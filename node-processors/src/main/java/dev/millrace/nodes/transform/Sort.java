package dev.millrace.nodes.transform;

import dev.millrace.error.ErrorCode;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** Orders items by fields, at random, or by the user's own comparison. */
public final class Sort implements TransformNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.sort")
          .named("Sort", "Changes the order of items.")
          .properties(parameters())
          .build();

  /** Orders by the field {@code json.value}: what a new node in code mode starts with. */
  private static final String SAMPLE_CODE =
      """
      // a and b are items: answer a negative number to put a first, a positive one to put b first
      return a.json.value - b.json.value;
      """;

  private final ExpressionEngine expressions;

  public Sort(NodeServices services) {
    this.expressions = services.expressions();
  }

  static List<Property> parameters() {
    return List.of(
        Property.options(
            "type",
            "Type",
            "simple",
            Property.option("Simple", "simple"),
            Property.option("Random", "random"),
            Property.option("Code", "code")),
        Property.fixedCollection(
                "sortFieldsUi",
                "Fields To Sort By",
                Property.group(
                    "sortField",
                    "",
                    Property.string("fieldName", "Field Name", "").asRequired(),
                    Property.options(
                        "order",
                        "Order",
                        "ascending",
                        Property.option("Ascending", "ascending"),
                        Property.option("Descending", "descending"))))
            .showWhen("type", "simple")
            .withTypeOption("multipleValues", true),
        Property.string("code", "Code", SAMPLE_CODE)
            .showWhen("type", "code")
            .withTypeOption("rows", 10)
            .withTypeOption("editor", "jsEditor"),
        Property.collection(
                "options",
                "Options",
                Property.bool("disableDotNotation", "Disable Dot Notation", false))
            .showWhen("type", "simple"));
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return NodeOutput.of(sort(call, expressions));
  }

  static List<Item> sort(NodeCall call, ExpressionEngine expressions) {
    List<Integer> order =
        switch (call.string("type", 0, "simple")) {
          case "random" -> shuffled(call);
          case "code" -> byCode(call, expressions);
          default -> byFields(call);
        };
    List<Item> input = call.input();
    return order.stream().map(i -> input.get(i).withPairing(Pairing.to(i))).toList();
  }

  private static List<Integer> indexes(NodeCall call) {
    return new ArrayList<>(IntStream.range(0, call.input().size()).boxed().toList());
  }

  private static List<Integer> shuffled(NodeCall call) {
    List<Integer> order = indexes(call);
    for (int i = order.size() - 1; i > 0; i--) {
      int j = (int) (call.random() * (i + 1));
      Integer moved = order.get(i);
      order.set(i, order.get(j));
      order.set(j, moved);
    }
    return order;
  }

  private static List<Integer> byFields(NodeCall call) {
    boolean dotNotation = FieldNames.dotNotation(call);
    List<Key> keys = new ArrayList<>();
    for (Object row : call.list("sortFieldsUi.sortField", 0)) {
      if (row instanceof Map<?, ?> map) {
        String name = map.get("fieldName") instanceof String text ? text.strip() : "";
        keys.add(
            new Key(
                FieldPath.of(name, dotNotation), "descending".equals(map.get("order")) ? -1 : 1));
      }
    }
    if (keys.isEmpty()) {
      throw failure("No sorting specified", "Add a field to sort by.");
    }
    List<Item> input = call.input();
    for (Key key : keys) {
      if (!input.isEmpty()
          && input.stream().allMatch(item -> key.field().get(item.json()) == Undefined.UNDEFINED)) {
        throw SplitOut.missing(key.field().name(), -1, dotNotation);
      }
    }
    return Order.sorted(
        indexes(call),
        (a, b) -> {
          for (Key key : keys) {
            int compared =
                Order.compare(
                    key.field().get(input.get(a).json()), key.field().get(input.get(b).json()));
            if (compared != 0) {
              return compared * key.direction();
            }
          }
          return 0;
        });
  }

  /** The code only answers an order, so that items never leave and enter the sandbox again. */
  private static List<Integer> byCode(NodeCall call, ExpressionEngine expressions) {
    String code = call.string("code", 0, "");
    if (!code.contains("return")) {
      throw failure(
          "Sort code doesn't return. Please add a 'return' statement to your code",
          "Return a negative number, zero or a positive number.");
    }
    // The user's first line stays the first line, so that line numbers in errors are right.
    String wrapped =
        "const compareItems = (a, b) => { "
            + code
            + "\n};\nreturn items.map((_, index) => index)"
            + ".sort((x, y) => compareItems(items[x], items[y]));";
    Object returned = expressions.runCode(wrapped, call.scope(0), false, call.input()).returned();
    List<Integer> order = new ArrayList<>();
    if (returned instanceof List<?> list) {
      list.forEach(index -> order.add((int) Coercion.toNumber(index)));
    }
    if (!Objects.equals(order.stream().sorted().toList(), indexes(call))) {
      throw failure("The sort code changed the list that it sorts", "Only compare a and b.");
    }
    return order;
  }

  private static NodeException failure(String message, String advice) {
    return new NodeException(ErrorCode.NODE_FAILED, message, -1, advice, Map.of(), null);
  }

  private record Key(FieldPath field, int direction) {}
}
