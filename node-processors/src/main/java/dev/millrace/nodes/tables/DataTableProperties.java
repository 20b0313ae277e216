package dev.millrace.nodes.tables;

import dev.millrace.node.Property;
import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The parameters of {@link DataTable}. */
final class DataTableProperties {
  private DataTableProperties() {}

  private static Property locator() {
    return Property.of(
            "resourceLocator", "dataTableId", "Data table", Map.of("mode", "list", "value", ""))
        .withExtra(
            "modes",
            List.of(
                Map.of("name", "list", "type", "list"),
                Map.of("name", "name", "type", "string"),
                Map.of("name", "id", "type", "string")))
        .asRequired();
  }

  private static Property ofRows(Property property, String operation) {
    return property.showWhen("resource", "row").showWhen("operation", operation);
  }

  private static Property ofTables(Property property, String... operations) {
    return property.showWhen("resource", "table").showWhen("operation", (Object[]) operations);
  }

  /** Which rows an operation is about. */
  private static List<Property> conditions(String operation) {
    List<Property> members = new ArrayList<>();
    members.add(
        Property.of("options", "keyName", "Column", "id")
            .withTypeOption("loadOptionsMethod", "getDataTableColumns")
            .withTypeOption("loadOptionsDependsOn", List.of("dataTableId.value")));
    // Whether there is a row is asked by equality alone.
    if (!operation.startsWith("row")) {
      members.add(
          Property.of("options", "condition", "Condition", "eq")
              .withTypeOption("loadOptionsMethod", "getConditionsForColumn")
              .withTypeOption("loadOptionsDependsOn", List.of("&keyName")));
    }
    members.add(
        Property.string("keyValue", "Value", "")
            .hideWhen("condition", "isEmpty", "isNotEmpty", "isTrue", "isFalse"));
    return List.of(
        ofRows(
            Property.options(
                "matchType",
                "Must Match",
                "anyCondition",
                Property.option("Any Condition", "anyCondition"),
                Property.option("All Conditions", "allConditions")),
            operation),
        ofRows(
            Property.fixedCollection(
                    "filters",
                    "Conditions",
                    Property.group("conditions", "Conditions", members.toArray(new Property[0])))
                .withTypeOption("multipleValues", true),
            operation));
  }

  private static Property columns(String operation) {
    return ofRows(
        Property.of(
                "resourceMapper",
                "columns",
                "Columns",
                Json.parse("{\"mappingMode\": \"defineBelow\", \"value\": null}"))
            .asRequired()
            .withExtra("noExpression", true)
            .withTypeOption("loadOptionsDependsOn", List.of("dataTableId.value"))
            .withTypeOption(
                "resourceMapper",
                Map.of(
                    "resourceMapperMethod",
                    "getDataTables",
                    "mode",
                    "add",
                    "fieldWords",
                    Map.of("singular", "column", "plural", "columns"),
                    "addAllFields",
                    true,
                    "multiKeyMatch",
                    true)),
        operation);
  }

  private static Property dryRun(String operation) {
    return ofRows(
        Property.collection("options", "Options", Property.bool("dryRun", "Dry Run", false)),
        operation);
  }

  static List<Property> all() {
    List<Property> all = new ArrayList<>();
    all.add(
        Property.options(
                "resource",
                "Resource",
                "row",
                Property.option("Row", "row"),
                Property.option("Table", "table"))
            .withExtra("noExpression", true));
    all.add(
        Property.options(
                "operation",
                "Operation",
                "insert",
                Property.option("Delete", "deleteRows"),
                Property.option("Get", "get"),
                Property.option("If Row Exists", "rowExists"),
                Property.option("If Row Does Not Exist", "rowNotExists"),
                Property.option("Insert", "insert"),
                Property.option("Update", "update"),
                Property.option("Upsert", "upsert"))
            .withExtra("noExpression", true)
            .showWhen("resource", "row"));
    all.add(
        Property.options(
                "operation",
                "Operation",
                "list",
                Property.option("Clear", "clear"),
                Property.option("Create", "create"),
                Property.option("Delete", "delete"),
                Property.option("List", "list"),
                Property.option("Rename", "update"))
            .withExtra("noExpression", true)
            .showWhen("resource", "table"));
    all.add(locator().showWhen("resource", "row"));
    all.add(ofTables(locator(), "clear", "delete", "update"));
    all.addAll(conditions("deleteRows"));
    all.add(dryRun("deleteRows"));
    all.add(columns("insert"));
    all.add(
        ofRows(
            Property.collection(
                "options",
                "Options",
                Property.bool("optimizeBulk", "Optimize Bulk", false)
                    .withExtra("noExpression", true)),
            "insert"));
    all.addAll(conditions("get"));
    all.add(ofRows(Property.bool("returnAll", "Return All", false), "get"));
    all.add(
        ofRows(
            Property.number("limit", "Limit Per Input Row", 50)
                .withTypeOption("minValue", 1)
                .showWhen("returnAll", false),
            "get"));
    all.add(ofRows(Property.bool("orderBy", "Order By", false), "get"));
    all.add(
        ofRows(
            Property.of("options", "orderByColumn", "Order By Column", "createdAt")
                .withTypeOption("loadOptionsMethod", "getDataTableColumns")
                .withTypeOption("loadOptionsDependsOn", List.of("dataTableId.value"))
                .showWhen("orderBy", true),
            "get"));
    all.add(
        ofRows(
            Property.options(
                    "orderByDirection",
                    "Order By Direction",
                    "DESC",
                    Property.option("Ascending", "ASC"),
                    Property.option("Descending", "DESC"))
                .showWhen("orderBy", true),
            "get"));
    all.addAll(conditions("rowExists"));
    all.addAll(conditions("rowNotExists"));
    for (String operation : List.of("update", "upsert")) {
      all.addAll(conditions(operation));
      all.add(columns(operation));
      all.add(dryRun(operation));
    }
    all.add(ofTables(Property.string("tableName", "Name", "").asRequired(), "create"));
    all.add(
        ofTables(
            Property.fixedCollection(
                    "columns",
                    "Columns",
                    Property.group(
                        "column",
                        "Column",
                        Property.string("name", "Name", "").asRequired(),
                        Property.options(
                            "type",
                            "Type",
                            "string",
                            Property.option("Boolean", "boolean"),
                            Property.option("Date", "date"),
                            Property.option("Number", "number"),
                            Property.option("String", "string"))))
                .withTypeOption("multipleValues", true),
            "create"));
    all.add(
        ofTables(
            Property.collection(
                "options",
                "Options",
                Property.bool("createIfNotExists", "Reuse Existing Tables", true)),
            "create"));
    all.add(ofTables(Property.bool("returnAll", "Return All", true), "list"));
    all.add(
        ofTables(
            Property.number("limit", "Limit Per Input Row", 50)
                .withTypeOption("minValue", 1)
                .showWhen("returnAll", false),
            "list"));
    all.add(
        ofTables(
            Property.collection(
                "options",
                "Options",
                Property.string("filterName", "Filter by Name", ""),
                Property.options(
                    "sortField",
                    "Sort Field",
                    "name",
                    Property.option("Created", "createdAt"),
                    Property.option("Name", "name"),
                    Property.option("Updated", "updatedAt")),
                Property.options(
                    "sortDirection",
                    "Sort Direction",
                    "asc",
                    Property.option("Ascending", "asc"),
                    Property.option("Descending", "desc"))),
            "list"));
    all.add(ofTables(Property.string("newName", "New Name", "").asRequired(), "update"));
    return List.copyOf(all);
  }
}
