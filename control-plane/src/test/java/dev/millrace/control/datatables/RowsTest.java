package dev.millrace.control.datatables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.datatables.RowFilter.Condition;
import dev.millrace.control.datatables.RowFilter.Operator;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Rows on a real PostgreSQL against a plain model of them: random tables, changes and questions.
 */
@ExtendWith(PostgresExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RowsTest {
  private static final List<DataTables.NewColumn> COLUMNS =
      List.of(
          new DataTables.NewColumn("text", ColumnType.STRING),
          new DataTables.NewColumn("number", ColumnType.NUMBER),
          new DataTables.NewColumn("flag", ColumnType.BOOLEAN),
          new DataTables.NewColumn("at", ColumnType.DATE));
  private static final List<String> TEXTS =
      List.of(
          "", "a", "B", "b%c", "b_c", "bxc", "!", "\\", "it's :v0 ?", "ä€😀", "10", "{\"a\":1}");

  private final DataTables tables = new DataTables(1 << 20);
  private final Rows rows = new Rows(tables);
  private final Handle handle;

  @SuppressWarnings("NullAway.Init")
  private DataTable table;

  RowsTest(Database database) {
    handle = database.jdbi().open();
    handle.execute("insert into project (id, name, type) values ('p', 'P', 'team')");
  }

  @BeforeEach
  void begin() {
    handle.begin();
    table = tables.create(handle, "p", "table", COLUMNS);
  }

  @AfterEach
  void end() {
    handle.rollback();
  }

  @AfterAll
  void close() {
    handle.close();
  }

  @RepeatedTest(20)
  void rowsAreAsTheModelSays(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    List<Row> model = new ArrayList<>();
    for (int step = 0; step < 25; step++) {
      String what = "seed " + repetition.getCurrentRepetition() + ", step " + step;
      RowFilter filter = filter(random);
      Predicate<Row> meant = row -> matches(filter, row);
      switch (random.nextInt(4)) {
        case 0, 1 -> {
          List<DataTable.Cells> cells = new ArrayList<>();
          for (int i = random.nextInt(8); i >= 0; i--) {
            cells.add(cells(random));
          }
          List<Row> added = rows.insert(handle, table, cells);
          assertThat(added).as(what).hasSameSizeAs(cells);
          for (int i = 0; i < added.size(); i++) {
            assertThat(added.get(i).cells()).as(what).isEqualTo(cells.get(i).values());
            assertThat(added.get(i).id()).isEqualTo(table.lastRow() + 1 + i);
          }
          model.addAll(added);
        }
        case 2 -> {
          DataTable.Cells cells = cells(random);
          boolean returned = random.nextBoolean();
          Rows.Changed changed = rows.update(handle, table, filter, cells, returned);
          List<Row> expected = model.stream().filter(meant).map(row -> with(row, cells)).toList();
          model.replaceAll(row -> meant.test(row) ? with(row, cells) : row);
          assertThat(changed.count()).as(what + ": " + filter).isEqualTo(expected.size());
          if (returned) {
            assertThat(changed.rows()).extracting(Row::cells).isEqualTo(cellsOf(expected));
          }
        }
        default -> {
          List<Row> expected = model.stream().filter(meant).toList();
          if (expected.size() < model.size() || random.nextInt(10) == 0) {
            Rows.Changed changed = rows.delete(handle, table, filter, true);
            assertThat(changed.rows()).as(what).extracting(Row::id).isEqualTo(ids(expected));
            model.removeAll(expected);
          }
        }
      }
      table = tables.find(handle, Grant.all(), table.id());
      assertSizeIsCounted(what);
      RowFilter asked = filter(random);
      RowOrder order = order(random);
      List<Row> found = all(asked, order, 1 + random.nextInt(5));
      assertThat(found)
          .as(what + ": " + asked + " by " + order)
          .extracting(Row::id)
          .isEqualTo(
              ids(
                  model.stream()
                      .filter(row -> matches(asked, row))
                      .sorted(comparator(order))
                      .toList()));
    }
  }

  /** All pages of a list. */
  private List<Row> all(RowFilter filter, RowOrder order, int limit) {
    List<Row> all = new ArrayList<>();
    Optional<RowOrder.After> after = Optional.empty();
    while (true) {
      List<Row> page = rows.list(handle, table, filter, "", order, after, limit);
      all.addAll(page);
      if (page.size() < limit) {
        return all;
      }
      after =
          Optional.of(
              order.after(order.cursor(page.getLast()), id -> rows.find(handle, table, id)));
    }
  }

  private void assertSizeIsCounted(String what) {
    long bytes =
        handle
            .createQuery(
                "select cast(coalesce(sum(bytes), 0) as bigint) from data_table_row where table_id"
                    + " = :id")
            .bind("id", table.id())
            .mapTo(Long.class)
            .one();
    assertThat(table.bytes()).as(what).isEqualTo(bytes);
  }

  private DataTable.Cells cells(Random random) {
    Map<String, @Nullable Object> data = new HashMap<>();
    for (Column column : table.columns()) {
      if (random.nextInt(4) > 0) {
        data.put(column.name(), random.nextInt(6) == 0 ? null : value(random, column.type()));
      }
    }
    return table.cells(data);
  }

  private static Object value(Random random, ColumnType type) {
    return switch (type) {
      case STRING ->
          random.nextInt(12) == 0
              ? "long".repeat(100) + random.nextInt(3)
              : TEXTS.get(random.nextInt(TEXTS.size()));
      case NUMBER ->
          switch (random.nextInt(4)) {
            case 0 -> (double) random.nextInt(4);
            case 1 -> -1.5;
            case 2 -> 1e300;
            default -> 0.1 + random.nextInt(2);
          };
      case BOOLEAN -> random.nextBoolean();
      case DATE ->
          String.format(
              Locale.ROOT, "%04d-01-0%d", 1999 + random.nextInt(3), 1 + random.nextInt(2));
    };
  }

  private RowFilter filter(Random random) {
    List<Condition> conditions = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      conditions.add(condition(random));
    }
    return new RowFilter(random.nextBoolean(), conditions);
  }

  private Condition condition(Random random) {
    if (random.nextInt(6) == 0) {
      return new Condition(
          Field.ID,
          List.of(Operator.EQ, Operator.NEQ, Operator.GT, Operator.LTE).get(random.nextInt(4)),
          (double) random.nextInt(20));
    }
    Column column = table.columns().get(random.nextInt(table.columns().size()));
    List<Operator> operators =
        switch (column.type()) {
          case STRING -> List.of(Operator.values());
          case NUMBER, DATE ->
              List.of(
                  Operator.EQ, Operator.NEQ, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE);
          case BOOLEAN -> List.of(Operator.EQ, Operator.NEQ);
        };
    Operator operator = operators.get(random.nextInt(operators.size()));
    boolean none = random.nextInt(5) == 0 && (operator == Operator.EQ || operator == Operator.NEQ);
    return new Condition(
        table.field(column.name()),
        operator,
        none ? null : column.type().cell(value(random, column.type())).orElseThrow());
  }

  private RowOrder order(Random random) {
    List<Field> fields = new ArrayList<>(Field.OF_ROWS);
    table.columns().forEach(column -> fields.add(Field.of(column)));
    return new RowOrder(fields.get(random.nextInt(fields.size())), random.nextBoolean());
  }

  private static boolean matches(RowFilter filter, Row row) {
    return filter.conditions().isEmpty()
        || (filter.any()
            ? filter.conditions().stream().anyMatch(condition -> matches(condition, row))
            : filter.conditions().stream().allMatch(condition -> matches(condition, row)));
  }

  private static boolean matches(Condition condition, Row row) {
    Object is = row.value(condition.field());
    Object value = condition.value();
    return switch (condition.operator()) {
      case EQ -> value == null ? is == null : value.equals(is);
      case NEQ -> value == null ? is != null : !value.equals(is);
      case GT -> is != null && compare(is, value) > 0;
      case GTE -> is != null && compare(is, value) >= 0;
      case LT -> is != null && compare(is, value) < 0;
      case LTE -> is != null && compare(is, value) <= 0;
      case LIKE -> is instanceof String text && like(text, String.valueOf(value), 0);
      case ILIKE ->
          is instanceof String text && like(text, String.valueOf(value), Pattern.CASE_INSENSITIVE);
    };
  }

  private static boolean like(String text, String pattern, int flags) {
    String whole = pattern.contains("%") ? pattern : "%" + pattern + "%";
    String regex =
        Arrays.stream(whole.split("%", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
    return Pattern.compile(regex, flags | Pattern.DOTALL).matcher(text).matches();
  }

  private static int compare(Object a, @Nullable Object b) {
    return switch (a) {
      case Double number when b instanceof Double other -> number.compareTo(other);
      case Boolean flag when b instanceof Boolean other -> flag.compareTo(other);
      case String text when b instanceof String other -> byCodePoints(text, other);
      default -> throw new IllegalStateException(a + " and " + b);
    };
  }

  private static int byCodePoints(String a, String b) {
    return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
  }

  private static Comparator<Row> comparator(RowOrder order) {
    Comparator<Row> byValue =
        (a, b) -> {
          Object left = a.value(order.field());
          Object right = b.value(order.field());
          if (left == null || right == null) {
            // Those without a value are last, whichever way.
            return Boolean.compare(left == null, right == null);
          }
          int compared = compare(left, right);
          return order.descending() ? -compared : compared;
        };
    Comparator<Row> byId = Comparator.comparingLong(Row::id);
    return byValue.thenComparing(order.descending() ? byId.reversed() : byId);
  }

  private static Row with(Row row, DataTable.Cells cells) {
    Map<String, @Nullable Object> changed = new HashMap<>(row.cells());
    changed.keySet().removeAll(cells.nulls());
    changed.putAll(cells.values());
    return new Row(row.id(), changed, row.createdAt(), row.updatedAt());
  }

  private static List<Long> ids(List<Row> rows) {
    return rows.stream().map(Row::id).toList();
  }

  private static List<Map<String, @Nullable Object>> cellsOf(List<Row> rows) {
    return rows.stream().map(Row::cells).toList();
  }

  @Test
  void aColumnCanBeRenamedAndRemoved() {
    rows.insert(handle, table, List.of(table.cells(Map.of("text", "kept", "number", 7.0))));
    table = tables.lock(handle, Grant.all(), table.id());
    tables.renameColumn(handle, table, table.columns().getFirst(), "words");
    table = tables.lock(handle, Grant.all(), table.id());
    long before = table.bytes();
    tables.deleteColumn(handle, table, table.columns().get(1));
    table = tables.find(handle, Grant.all(), table.id());

    assertThat(all(RowFilter.ALL, RowOrder.ADDED, 10).getFirst().json(table))
        .containsEntry("words", "kept")
        .doesNotContainKeys("text", "number");
    assertThat(table.bytes()).isLessThan(before);
    assertSizeIsCounted("after a column went");
  }

  @Test
  void columnsStayInTheOrderThatTheyAreGiven() {
    tables.addColumn(handle, table, new DataTables.NewColumn("second", ColumnType.STRING), 1);
    table = tables.lock(handle, Grant.all(), table.id());
    assertThat(table.columns())
        .extracting(Column::name)
        .containsExactly("text", "second", "number", "flag", "at");
    tables.moveColumn(handle, table, table.columns().getFirst(), 9);
    assertThat(tables.find(handle, Grant.all(), table.id()).columns())
        .extracting(Column::name)
        .containsExactly("second", "number", "flag", "at", "text");
    assertThatThrownBy(() ->
            tables.addColumn(
                handle, table, new DataTables.NewColumn("createdAt", ColumnType.DATE), 0))
        .isInstanceOf(MillraceException.class);
  }

  @Test
  void allTablesTogetherHaveALimit() {
    DataTable.Cells large = table.cells(Map.of("text", "x".repeat(1 << 19)));
    rows.insert(handle, table, List.of(large));
    table = tables.find(handle, Grant.all(), table.id());
    DataTable other = tables.create(handle, "p", "other", COLUMNS);
    DataTable.Cells second = other.cells(Map.of("text", "x".repeat(1 << 19)));

    handle.savepoint("before");
    assertThatThrownBy(() -> rows.insert(handle, other, List.of(second)))
        .isInstanceOfSatisfying(
            MillraceException.class,
            full -> assertThat(full.code()).isEqualTo(ErrorCode.DATA_TABLES_FULL));
    handle.rollbackToSavepoint("before");

    rows.delete(handle, table, RowFilter.ALL, false);
    assertThat(rows.insert(handle, other, List.of(second))).hasSize(1);
  }
}
