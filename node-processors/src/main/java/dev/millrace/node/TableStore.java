package dev.millrace.node;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.workflow.WorkflowDocument;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where data tables are. Thread-safe; asked by effect workers alone, since it may block. */
@FunctionalInterface
public interface TableStore {
  /**
   * The tables of the project that a workflow belongs to.
   *
   * @throws MillraceException {@code NOT_FOUND} where there are none
   */
  Tables of(WorkflowDocument workflow);

  /** Where there are none. */
  static TableStore none() {
    return workflow -> {
      throw new MillraceException(
          ErrorCode.NOT_FOUND,
          "There are no data tables here: they need the control plane in the same process");
    };
  }

  /** A column; the type is {@code string}, {@code number}, {@code boolean} or {@code date}. */
  record Column(String name, String type) {}

  /**
   * A table.
   *
   * @param json all that is known of it
   */
  record Table(String id, List<Column> columns, Map<String, @Nullable Object> json) {}

  /** How a table is named: by its id, or by its name. */
  record Reference(boolean byName, String value) {}

  /**
   * What a row has to have in a column.
   *
   * @param operator {@code eq}, {@code neq}, {@code gt}, {@code gte}, {@code lt}, {@code lte},
   *     {@code like} or {@code ilike}
   * @param value null for nothing, with {@code eq} and {@code neq}
   */
  record Condition(String column, String operator, @Nullable Object value) {}

  /**
   * Which rows; all where there are no conditions.
   *
   * @param any whether one condition is enough
   */
  record Filter(boolean any, List<Condition> conditions) {}

  /** The order of rows. */
  record Order(String column, boolean descending) {}

  /**
   * The data tables of a project. What is elsewhere is not found. Thread-safe; blocks. Rows are
   * objects with {@code id}, {@code createdAt}, {@code updatedAt} and a field for each column.
   *
   * <p>Every method throws a {@link MillraceException}: {@code NOT_FOUND} for a table that is not
   * there, {@code INVALID_INPUT} for a column that is not there or a value that does not fit,
   * {@code CONFLICT} for a name that is taken, {@code DATA_TABLES_FULL}, {@code
   * DATABASE_UNAVAILABLE}.
   */
  interface Tables {
    /** All tables, by name. */
    List<Table> all();

    Table find(Reference table);

    Table create(String name, List<Column> columns);

    void rename(Reference table, String name);

    /** With all its rows. */
    void delete(Reference table);

    /** Rows, by default in the order in which they were added. */
    List<Map<String, @Nullable Object>> rows(
        Reference table, Filter filter, Optional<Order> order, int limit);

    /**
     * Adds rows, once for each key: a second call with it answers what the first one added.
     *
     * @param key of the run that adds them
     */
    List<Map<String, @Nullable Object>> insert(
        Reference table, List<Map<String, @Nullable Object>> rows, String key);

    /**
     * Changes the rows that a filter means, which has a condition.
     *
     * @param dry whether nothing is changed, and the rows before and after are answered
     */
    List<Map<String, @Nullable Object>> update(
        Reference table, Filter filter, Map<String, @Nullable Object> data, boolean dry);

    /** The same, or adds a row when the filter means none. */
    List<Map<String, @Nullable Object>> upsert(
        Reference table, Filter filter, Map<String, @Nullable Object> data, boolean dry);

    /**
     * Removes the rows that a filter means, and answers them.
     *
     * @param dry whether they stay
     */
    List<Map<String, @Nullable Object>> remove(Reference table, Filter filter, boolean dry);
  }
}
