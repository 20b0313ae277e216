package dev.millrace.nodes.flow;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One run of an SQL query over the inputs as tables {@code input1}, {@code input2} …, in a database
 * that lives in memory for just this run.
 *
 * <p>The query cannot reach anything else: it runs as a user that may only read and change those
 * tables, {@link QueryText} lets only known functions through, and time and rows are limited.
 */
final class MergeQuery {
  /** Seconds that a query may take. It holds a stream thread meanwhile. */
  static final int TIME_LIMIT = 5;

  /** Each table has a column of this name and its number, which holds the item's index. */
  static final String LINEAGE = "pairedItem__";

  private static final String MESSAGE = "Issue while executing query";
  private static final int COLUMN_NOT_FOUND = 42122;
  private static final int MAX_ADDED_COLUMNS = 100;
  private static final Pattern MISSING_COLUMN =
      Pattern.compile("Column \"(?:([^\".]+)\\.)?([^\"]+)\" not found");

  private final NodeCall call;
  private final List<List<Item>> inputs;
  private final List<Set<String>> columns = new ArrayList<>();

  MergeQuery(NodeCall call, List<List<Item>> inputs) {
    this.call = call;
    this.inputs = inputs;
  }

  List<Item> run() {
    QueryText query = QueryText.of(call.string("query", 0, ""), inputs.size());
    // Databases in memory are known by name in the whole process; a thread has one at a time.
    String url = "jdbc:h2:mem:merge-" + Thread.currentThread().threadId();
    String words = ";NON_KEYWORDS=DAY,HOUR,KEY,MINUTE,MONTH,SECOND,USER,VALUE,YEAR";
    String settings = words + ";DATABASE_TO_UPPER=FALSE;DB_CLOSE_ON_EXIT=FALSE;TRACE_LEVEL_FILE=0";
    try (Connection owner = DriverManager.getConnection(url + settings, "owner", "")) {
      for (int i = 0; i < inputs.size(); i++) {
        createTable(owner, i);
      }
      try (Statement statement = owner.createStatement()) {
        statement.execute("CREATE USER reader PASSWORD ''");
        for (int i = 0; i < inputs.size(); i++) {
          statement.execute(
              "GRANT SELECT, INSERT, UPDATE, DELETE ON " + quoted(table(i)) + " TO reader");
        }
      }
      try (Connection reader =
          DriverManager.getConnection(url + words + ";IFEXISTS=TRUE", "reader", "")) {
        return items(owner, reader, query);
      }
    } catch (SQLException failed) {
      throw failed(failed);
    }
  }

  private static String table(int input) {
    return "input" + (input + 1);
  }

  private void createTable(Connection owner, int input) throws SQLException {
    List<Item> items = inputs.get(input);
    Map<String, Column> types = new LinkedHashMap<>();
    for (Item item : items) {
      item.json().forEach((name, value) -> types.merge(name, Column.of(value), Column::with));
    }
    types.remove(LINEAGE + input);
    columns.add(new LinkedHashSet<>(types.keySet()));
    List<String> definitions = new ArrayList<>();
    types.forEach((name, type) -> definitions.add(quoted(name) + " " + type.sql));
    definitions.add(quoted(LINEAGE + input) + " INTEGER");
    try (Statement statement = owner.createStatement()) {
      statement.execute(
          "CREATE TABLE " + quoted(table(input)) + " (" + String.join(", ", definitions) + ")");
    }
    List<String> markers = new ArrayList<>();
    types.values().forEach(type -> markers.add(type == Column.JSON ? "? FORMAT JSON" : "?"));
    markers.add("?");
    String insert =
        "INSERT INTO " + quoted(table(input)) + " VALUES (" + String.join(", ", markers) + ")";
    try (PreparedStatement rows = owner.prepareStatement(insert)) {
      for (int i = 0; i < items.size(); i++) {
        int parameter = 1;
        for (Map.Entry<String, Column> column : types.entrySet()) {
          Object value = items.get(i).json().get(column.getKey());
          rows.setObject(parameter++, column.getValue().stored(value));
        }
        rows.setInt(parameter, i);
        rows.addBatch();
      }
      rows.executeBatch();
    }
  }

  /** The type of a column, found from its values. */
  private enum Column {
    // Both divide as people expect: 1/2 is 0.5. Whole numbers have their own type so that 100 does
    // not print as 1E+2.
    WHOLE("NUMERIC(38, 0)"),
    NUMBER("DECFLOAT"),
    TEXT("VARCHAR"),
    FLAG("BOOLEAN"),
    UNKNOWN("VARCHAR"),
    JSON("JSON");

    private final String sql;

    Column(String sql) {
      this.sql = sql;
    }

    static Column of(@Nullable Object value) {
      return switch (value) {
        case null -> UNKNOWN;
        case Double d when d == Math.rint(d) && Math.abs(d) < 1e15 -> WHOLE;
        case Double d -> NUMBER;
        case Boolean b -> FLAG;
        case Map<?, ?> m -> JSON;
        case List<?> l -> JSON;
        default -> TEXT;
      };
    }

    Column with(Column other) {
      if (this == other || other == UNKNOWN) {
        return this;
      }
      if (this == UNKNOWN) {
        return other;
      }
      return isNumber() && other.isNumber() ? NUMBER : JSON;
    }

    private boolean isNumber() {
      return this == WHOLE || this == NUMBER;
    }

    @Nullable Object stored(@Nullable Object value) {
      if (value == null) {
        return null;
      }
      return switch (this) {
        case WHOLE, NUMBER -> new BigDecimal(Coercion.numberText((Double) value));
        case FLAG -> value;
        case JSON -> Json.write(value);
        case TEXT, UNKNOWN -> Coercion.toText(value);
      };
    }
  }

  /**
   * Runs the query, first with the lineage of its rows. A column that no item has is empty and not
   * an error, since which columns a table has depends on the items of the moment.
   */
  private List<Item> items(Connection owner, Connection reader, QueryText query)
      throws SQLException {
    String text = query.withLineage(LINEAGE);
    for (int added = 0; ; added++) {
      try {
        return executed(reader, text);
      } catch (SQLException failed) {
        if (failed.getErrorCode() == COLUMN_NOT_FOUND && added < MAX_ADDED_COLUMNS) {
          Matcher missing = MISSING_COLUMN.matcher(String.valueOf(failed.getMessage()));
          if (missing.find() && addColumn(owner, missing.group(1), missing.group(2))) {
            continue;
          }
        }
        if (text.equals(query.text())) {
          throw failed;
        }
        // Such as a grouping, in whose rows there is no single origin.
        text = query.text();
      }
    }
  }

  private boolean addColumn(Connection owner, @Nullable String table, String name)
      throws SQLException {
    boolean added = false;
    for (int i = 0; i < inputs.size(); i++) {
      boolean wanted = table == null ? !added : !isInput(table) || table.equals(table(i));
      if (wanted && columns.get(i).add(name)) {
        try (Statement statement = owner.createStatement()) {
          statement.execute(
              "ALTER TABLE " + quoted(table(i)) + " ADD COLUMN " + quoted(name) + " VARCHAR");
        }
        added = true;
      }
    }
    return added;
  }

  private boolean isInput(String name) {
    for (int i = 0; i < inputs.size(); i++) {
      if (name.equals(table(i))) {
        return true;
      }
    }
    return false;
  }

  private List<Item> executed(Connection reader, String text) throws SQLException {
    try (PreparedStatement statement = reader.prepareStatement(text)) {
      statement.setQueryTimeout(TIME_LIMIT);
      statement.setMaxRows(Merge.MAX_ITEMS + 1);
      List<Object> parameters = parameters();
      int wanted = statement.getParameterMetaData().getParameterCount();
      if (wanted > parameters.size()) {
        throw new NodeException(
            "The query has " + wanted + " parameters, but there are " + parameters.size() + ".");
      }
      for (int i = 0; i < wanted; i++) {
        statement.setObject(i + 1, parameters.get(i));
      }
      if (!statement.execute()) {
        return emptyResult();
      }
      List<Item> items = new ArrayList<>();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          items.add(item(rows));
          if (items.size() > Merge.MAX_ITEMS) {
            Merge.requireRoom(items.size());
          }
        }
      }
      return items.isEmpty() ? emptyResult() : items;
    }
  }

  private List<Item> emptyResult() {
    boolean success =
        call.node().typeVersion() < 3.2
            || "success".equals(call.object("options", 0).get("emptyQueryResult"));
    return success ? List.of(Item.of(Map.of("success", true))) : List.of();
  }

  private List<Object> parameters() {
    Object given = call.object("options", 0).get("queryParameters");
    if (given instanceof List<?> list) {
      return list.stream().map(MergeQuery::parameter).toList();
    }
    return given instanceof String text && !text.isBlank()
        ? Arrays.stream(text.split(",")).map(part -> (Object) part.strip()).toList()
        : List.of();
  }

  private static Object parameter(@Nullable Object value) {
    return value instanceof Double number
        ? new BigDecimal(Coercion.numberText(number))
        : Coercion.toText(value);
  }

  private Item item(ResultSet row) throws SQLException {
    ResultSetMetaData shape = row.getMetaData();
    List<PairedItem> lineage = new ArrayList<>();
    List<String> empty = new ArrayList<>();
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    for (int i = 1; i <= shape.getColumnCount(); i++) {
      String label = shape.getColumnLabel(i);
      int input = lineageOf(label);
      if (input >= 0) {
        int index = row.getInt(i);
        if (!row.wasNull() && index < inputs.get(input).size()) {
          lineage.add(PairedItem.of(index, input));
        }
        continue;
      }
      Object value = value(row, shape, i);
      // Of columns with the same name the last one that has a value counts, as when a table of an
      // outer join has no row.
      if (value != null) {
        json.put(label, value);
      } else if (!json.containsKey(label)) {
        empty.add(label);
      }
    }
    for (String label : empty) {
      if (!json.containsKey(label) && (lineage.isEmpty() || isNull(lineage, label))) {
        json.put(label, null);
      }
    }
    Item item = Item.of(json);
    return lineage.isEmpty() ? item : item.withPairing(Pairing.to(lineage));
  }

  /** Whether one of the row's items has the field, with null: then it is not just missing. */
  private boolean isNull(List<PairedItem> lineage, String field) {
    for (PairedItem origin : lineage) {
      if (inputs.get(origin.input()).get(origin.item()).json().containsKey(field)) {
        return true;
      }
    }
    return false;
  }

  /** The input whose lineage a column holds, -1 for other columns. */
  private int lineageOf(String label) {
    for (int i = 0; label.startsWith(LINEAGE) && i < inputs.size(); i++) {
      if (label.equals(LINEAGE + i)) {
        return i;
      }
    }
    return -1;
  }

  private static @Nullable Object value(ResultSet row, ResultSetMetaData shape, int column)
      throws SQLException {
    if (shape.getColumnTypeName(column).equals("JSON")) {
      byte[] json = row.getBytes(column);
      return json == null ? null : Json.parse(json);
    }
    Object value = row.getObject(column);
    return switch (value) {
      case null -> null;
      case Boolean flag -> flag;
      case Number number -> number.doubleValue();
      case java.sql.Array array -> elements(array);
      case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
      default -> row.getString(column);
    };
  }

  private static List<@Nullable Object> elements(java.sql.Array array) throws SQLException {
    List<@Nullable Object> elements = new ArrayList<>();
    if (array.getArray() instanceof Object[] values) {
      for (Object value : values) {
        elements.add(
            value instanceof Number number
                ? (Object) number.doubleValue()
                : Undefined.orNull(value) || value instanceof Boolean ? value : value.toString());
      }
    }
    return elements;
  }

  private NodeException failed(SQLException cause) {
    // The database repeats the whole statement in brackets; the first line says what is wrong.
    String reason = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    int statement = reason.indexOf("; SQL statement:");
    return new NodeException(
        ErrorCode.NODE_FAILED,
        MESSAGE,
        -1,
        statement < 0 ? reason : reason.substring(0, statement),
        Map.of(),
        cause);
  }

  static NodeException refused(String reason) {
    return new NodeException(ErrorCode.NODE_FAILED, MESSAGE, -1, reason, Map.of(), null);
  }

  static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
