package dev.millrace.control.datatables;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jdbi.v3.core.statement.SqlStatement;

/** The values that a statement gets while it is put together. One thread at a time. */
final class SqlValues {
  private final Map<String, Object> values = new LinkedHashMap<>();

  /** Takes a value and answers what stands for it in the statement. */
  String add(Object value) {
    String name = "v" + values.size();
    values.put(name, value);
    return ":" + name;
  }

  /** Gives all of them to a statement. */
  <T extends SqlStatement<T>> T bind(T statement) {
    values.forEach(statement::bind);
    return statement;
  }
}
