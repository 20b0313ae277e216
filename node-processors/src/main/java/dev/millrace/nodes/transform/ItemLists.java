package dev.millrace.nodes.transform;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The older node that held what are now Split Out, Aggregate, Summarize, Sort, Limit and Remove
 * Duplicates. Their code does the work; this file has what differs by version.
 */
public final class ItemLists implements TransformNode {
  private static final Object[] BEFORE_3 = {1, 2, 2.1, 2.2};
  private static final Object[] FROM_3 = {3, 3.1};

  /** From here on a field that no item has is no error. */
  private static final double LENIENT = 2.1;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.itemLists")
          .named("Item Lists", "Splits, combines, sorts and reduces lists of items.")
          .group("input")
          .versions(1, 2, 2.1, 2.2, 3, 3.1)
          .properties(properties())
          .build();

  private final ExpressionEngine expressions;

  public ItemLists(NodeServices services) {
    this.expressions = services.expressions();
  }

  private static List<Property> properties() {
    List<Property> all = new ArrayList<>();
    all.add(
        Property.of("hidden", "resource", "Resource", "itemList")
            .withOptions(List.of(Property.option("Item List", "itemList"))));
    all.add(operation("concatenateItems").showWhen("@version", FROM_3));
    all.add(operation("aggregateItems").showWhen("@version", BEFORE_3));
    add(all, "concatenateItems", Aggregate.parameters(), FROM_3);
    add(all, "aggregateItems", older(Aggregate.parameters()), BEFORE_3);
    add(all, "limit", Limit.parameters());
    add(all, "removeDuplicates", RemoveDuplicates.parameters(), FROM_3);
    add(all, "removeDuplicates", older(RemoveDuplicates.parameters()), BEFORE_3);
    add(all, "sort", Sort.parameters());
    add(all, "splitOutItems", SplitOut.parameters(), FROM_3);
    add(all, "splitOutItems", older(SplitOut.parameters()), BEFORE_3);
    add(all, "summarize", Summarize.parameters("append", "concatenate"));
    return all;
  }

  private static Property operation(String aggregate) {
    return Property.options(
            "operation",
            "Operation",
            "splitOutItems",
            Property.option("Concatenate Items", aggregate),
            Property.option("Limit", "limit"),
            Property.option("Remove Duplicates", "removeDuplicates"),
            Property.option("Sort", "sort"),
            Property.option("Split Out Items", "splitOutItems"),
            Property.option("Summarize", "summarize"))
        .showWhen("resource", "itemList")
        .withExtra("noExpression", true);
  }

  private static void add(
      List<Property> all, String operation, List<Property> members, Object... versions) {
    for (Property member : members) {
      Property shown = member.showWhen("resource", "itemList").showWhen("operation", operation);
      all.add(versions.length == 0 ? shown : shown.showWhen("@version", versions));
    }
  }

  /** Before version 3, lists of field names were stored as a collection. */
  private static List<Property> older(List<Property> members) {
    return members.stream()
        .map(member ->
            switch (member.name()) {
              case "fieldsToInclude", "fieldsToExclude", "fieldsToCompare" -> names(member);
              default -> member;
            })
        .toList();
  }

  private static Property names(Property member) {
    Property older =
        Property.fixedCollection(
                member.name(),
                member.displayName(),
                Property.group("fields", "", Property.string("fieldName", "Field Name", "")))
            .withTypeOption("multipleValues", true);
    return new Property(
        older.name(),
        older.displayName(),
        older.type(),
        older.defaultValue(),
        older.required(),
        older.options(),
        older.children(),
        member.displayOptions(),
        older.typeOptions(),
        older.extra());
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    double version = call.node().typeVersion();
    boolean strict = version < LENIENT;
    String operation = call.string("operation", 0, "splitOutItems");
    List<Item> items =
        switch (operation) {
          case "splitOutItems" -> SplitOut.split(call, strict);
          case "aggregateItems", "concatenateItems" -> Aggregate.aggregate(call, strict);
          case "removeDuplicates" ->
              RemoveDuplicates.removeDuplicates(
                  call, version > 3 ? RemoveDuplicates.Types.MIXED : RemoveDuplicates.Types.SAME);
          case "sort" -> Sort.sort(call, expressions);
          case "limit" -> Limit.limit(call);
          case "summarize" -> Summarize.summarize(call, strict, Summarize.Keys.OBJECT_KEYS);
          default -> throw new NodeException("Item Lists has no operation '" + operation + "'");
        };
    return NodeOutput.of(items);
  }
}
