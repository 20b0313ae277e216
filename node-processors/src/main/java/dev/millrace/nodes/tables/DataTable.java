package dev.millrace.nodes.tables;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.TableStore;
import dev.millrace.parameter.ResourceLocator;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Data Table: reads and writes rows of the project's data tables, and the tables themselves. Each
 * item is worked on by itself; what it leads to is paired with it. Rows are added once, also when
 * the same run is made again.
 */
public final class DataTable implements EffectNode {
  private static final int MOST = 10_000;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.dataTable")
          .named("Data table", "Reads and writes rows of data tables.")
          .group("input")
          .versions(1, 1.1)
          .properties(DataTableProperties.all())
          .build();

  private final TableStore tables;

  public DataTable(NodeServices services) {
    this.tables = services.tables();
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) {
    List<Item> made = new ArrayList<>();
    for (int i = 0; i < call.input().size(); i++) {
      Pairing origin = Pairing.to(i);
      try {
        for (Item item : work(call, i, context.idempotencyKey(i))) {
          made.add(item.withPairing(origin));
        }
      } catch (MillraceException failed) {
        if (!call.continueOnFail()) {
          throw located(failed, i);
        }
        made.add(Item.of(Map.of("error", failed.text())).withPairing(origin));
      }
    }
    return NodeOutput.of(made);
  }

  private static NodeException located(MillraceException failed, int index) {
    return failed instanceof NodeException node && node.itemIndex() >= 0
        ? node
        : new NodeException(failed.code(), failed.text(), index, null, Map.of(), failed);
  }

  private List<Item> work(NodeCall call, int i, String key) {
    String resource = call.string("resource", i, "row");
    String operation = call.string("operation", i, "insert");
    return switch (resource + "." + operation) {
      case "row.insert" ->
          items(tables(call).insert(table(call, i), List.of(columns(call, i)), key));
      case "row.get" -> items(rows(call, i));
      case "row.rowExists" -> exists(call, i) ? List.of(call.input().get(i)) : List.of();
      case "row.rowNotExists" -> exists(call, i) ? List.of() : List.of(call.input().get(i));
      case "row.update" ->
          items(
              tables(call)
                  .update(table(call, i), condition(call, i), columns(call, i), dry(call, i)));
      case "row.upsert" ->
          items(
              tables(call)
                  .upsert(table(call, i), condition(call, i), columns(call, i), dry(call, i)));
      case "row.deleteRows" ->
          items(tables(call).remove(table(call, i), condition(call, i), dry(call, i)));
      case "table.list" -> items(listed(call, i));
      case "table.create" -> List.of(Item.of(created(call, i).json()));
      case "table.update" -> {
        tables(call).rename(table(call, i), call.string("newName", i, ""));
        yield done();
      }
      case "table.clear" -> {
        tables(call).remove(table(call, i), new TableStore.Filter(false, List.of()), false);
        yield done();
      }
      case "table.delete" -> {
        tables(call).delete(table(call, i));
        yield done();
      }
      case String other ->
          throw new NodeException("The operation \"" + other + "\" is not known.", i);
    };
  }

  private static List<Item> done() {
    return List.of(Item.of(Map.of("success", true)));
  }

  private static List<Item> items(List<Map<String, @Nullable Object>> rows) {
    return rows.stream().map(Item::of).toList();
  }

  private TableStore.Tables tables(NodeCall call) {
    return tables.of(call.execution().workflow());
  }

  private static TableStore.Reference table(NodeCall call, int i) {
    Object locator = call.parameter("dataTableId", i);
    Object value = ResourceLocator.value(locator);
    if (Undefined.orNull(value) || Coercion.toText(value).isBlank()) {
      throw new NodeException("No data table is chosen.", i);
    }
    boolean byName = locator instanceof Map<?, ?> form && "name".equals(form.get("mode"));
    return new TableStore.Reference(byName, Coercion.toText(value).strip());
  }

  private List<Map<String, @Nullable Object>> rows(NodeCall call, int i) {
    Optional<TableStore.Order> order =
        call.bool("orderBy", i, false)
            ? Optional.of(
                new TableStore.Order(
                    call.string("orderByColumn", i, "createdAt"),
                    !call.string("orderByDirection", i, "DESC").equals("ASC")))
            : Optional.empty();
    int limit = call.bool("returnAll", i, false) ? MOST : limit(call.number("limit", i, 50));
    List<Map<String, @Nullable Object>> rows =
        tables(call).rows(table(call, i), filter(call, i), order, limit);
    if (call.bool("returnAll", i, false) && rows.size() == MOST) {
      throw new NodeException(
          ErrorCode.BATCH_TOO_LARGE,
          "The filter means " + MOST + " rows or more, which are too many for one item.",
          i,
          "Narrow the conditions, or read page by page with a limit.",
          Map.of(),
          null);
    }
    return rows;
  }

  private static int limit(double asked) {
    return (int) Math.max(1, Math.min(MOST, asked));
  }

  private boolean exists(NodeCall call, int i) {
    return !tables(call).rows(table(call, i), condition(call, i), Optional.empty(), 1).isEmpty();
  }

  private List<Map<String, @Nullable Object>> listed(NodeCall call, int i) {
    String name = call.string("options.filterName", i, "").toLowerCase(Locale.ROOT);
    String field = call.string("options.sortField", i, "name");
    List<Map<String, @Nullable Object>> found =
        new ArrayList<>(
            tables(call).all().stream()
                .map(TableStore.Table::json)
                .filter(json ->
                    String.valueOf(json.get("name")).toLowerCase(Locale.ROOT).contains(name))
                .sorted(
                    (a, b) -> String.valueOf(a.get(field)).compareTo(String.valueOf(b.get(field))))
                .toList());
    List<Map<String, @Nullable Object>> sorted =
        call.string("options.sortDirection", i, "asc").equals("desc") ? found.reversed() : found;
    return call.bool("returnAll", i, true)
        ? sorted
        : sorted.subList(0, Math.min(sorted.size(), limit(call.number("limit", i, 50))));
  }

  private TableStore.Table created(NodeCall call, int i) {
    String name = call.string("tableName", i, "").strip();
    List<TableStore.Column> columns = new ArrayList<>();
    for (Object each : call.list("columns.column", i)) {
      if (each instanceof Map<?, ?> column) {
        columns.add(
            new TableStore.Column(
                Coercion.toText(column.get("name")).strip(),
                column.get("type") instanceof String type ? type : "string"));
      }
    }
    if (call.bool("options.createIfNotExists", i, true)) {
      Optional<TableStore.Table> there =
          tables(call).all().stream()
              .filter(table -> name.equals(table.json().get("name")))
              .findFirst();
      if (there.isPresent()) {
        return there.get();
      }
    }
    return tables(call).create(name, columns);
  }

  private static boolean dry(NodeCall call, int i) {
    return call.bool("options.dryRun", i, false);
  }

  /** The conditions, of which there must be one. */
  private static TableStore.Filter condition(NodeCall call, int i) {
    TableStore.Filter filter = filter(call, i);
    if (filter.conditions().isEmpty()) {
      throw new NodeException("At least one condition is needed.", i);
    }
    return filter;
  }

  private static TableStore.Filter filter(NodeCall call, int i) {
    List<TableStore.Condition> conditions = new ArrayList<>();
    for (Object each : call.list("filters.conditions", i)) {
      if (each instanceof Map<?, ?> condition) {
        String column =
            condition.get("keyName") instanceof String name && !name.isEmpty() ? name : "id";
        Object value = plain(condition.get("keyValue"));
        String operator =
            condition.get("condition") instanceof String chosen && !chosen.isEmpty()
                ? chosen
                : "eq";
        conditions.add(
            switch (operator) {
              case "isEmpty" -> new TableStore.Condition(column, "eq", null);
              case "isNotEmpty" -> new TableStore.Condition(column, "neq", null);
              case "isTrue" -> new TableStore.Condition(column, "eq", true);
              case "isFalse" -> new TableStore.Condition(column, "eq", false);
              default -> new TableStore.Condition(column, operator, value);
            });
      }
    }
    return new TableStore.Filter(
        call.string("matchType", i, "anyCondition").equals("anyCondition"), conditions);
  }

  /** The values of the columns: those that are mapped, or the item's fields of their names. */
  private Map<String, @Nullable Object> columns(NodeCall call, int i) {
    Map<String, @Nullable Object> mapper = call.object("columns", i);
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    if ("autoMapInputData".equals(mapper.get("mappingMode"))) {
      Map<String, @Nullable Object> json = call.input().get(i).json();
      tables(call)
          .find(table(call, i))
          .columns()
          .forEach(column -> {
            if (json.containsKey(column.name())) {
              values.put(column.name(), plain(json.get(column.name())));
            }
          });
    } else if (mapper.get("value") instanceof Map<?, ?> mapped) {
      mapped.forEach((name, value) -> {
        if (value != Undefined.UNDEFINED) {
          values.put(String.valueOf(name), plain(value));
        }
      });
    }
    return values;
  }

  /** A value as a cell takes it: objects and lists as their JSON. */
  private static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case ZonedDateTime time -> Coercion.isoText(time);
      case Instant time -> Coercion.isoText(time);
      case Map<?, ?> object -> Json.text(object);
      case List<?> list -> Json.text(list);
      case null -> null;
      default -> value == Undefined.UNDEFINED ? null : value;
    };
  }
}
