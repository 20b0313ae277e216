package dev.millrace.control.datatables;

import dev.millrace.control.http.Call;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The order of a list of rows: by a field, those without a value last, and among equal ones by
 * their number.
 */
record RowOrder(Field field, boolean descending) {
  /** A cursor is part of a URL. */
  private static final int LONGEST_VALUE = 300;

  /** By number: in the order in which they were added. */
  static final RowOrder ADDED = new RowOrder(Field.ID, false);

  /**
   * Where a list goes on.
   *
   * @param value that the last row has in the field; null for none
   * @param id of the last row
   */
  record After(@Nullable Object value, long id) {}

  /**
   * The order that a request names.
   *
   * @param text such as {@code name:desc}
   * @throws MillraceException {@code INVALID_INPUT}
   */
  static RowOrder of(DataTable table, String text) {
    List<String> parts = Arrays.asList(text.split(":", -1));
    String way = parts.size() == 2 ? parts.get(1) : "asc";
    if (parts.size() > 2 || !List.of("asc", "desc").contains(way)) {
      throw Call.invalid("sortBy must be such as name:asc or name:desc");
    }
    return new RowOrder(table.field(parts.getFirst()), way.equals("desc"));
  }

  String sql() {
    String way = descending ? " desc" : "";
    return field.equals(Field.ID)
        ? "id" + way
        : "(" + field.sql() + ") is null, " + field.sql() + way + ", id" + way;
  }

  /** SQL that is true of what comes behind a place. */
  String sql(After after, SqlValues values) {
    String beyond = descending ? " < " : " > ";
    String later = "id" + beyond + values.add(after.id());
    if (field.equals(Field.ID)) {
      return later;
    }
    if (after.value() == null) {
      return "(" + field.sql() + " is null and " + later + ")";
    }
    String value = values.add(field.bound(after.value()));
    return "("
        + field.sql()
        + beyond
        + value
        + " or ("
        + field.sql()
        + " = "
        + value
        + " and "
        + later
        + ") or "
        + field.sql()
        + " is null)";
  }

  /** The cursor of the page behind a row; a long text is looked up when it comes back. */
  String cursor(Row last) {
    Object value = last.value(field);
    String json =
        Json.text(
            value instanceof String text && text.length() > LONGEST_VALUE
                ? List.of((double) last.id())
                : Arrays.asList((double) last.id(), value));
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Where a list goes on.
   *
   * @param row the row with a number, if it is still there
   * @throws MillraceException {@code INVALID_INPUT} when it is none of this order
   */
  After after(String cursor, LongFunction<Optional<Row>> row) {
    try {
      if (Json.parse(Base64.getUrlDecoder().decode(cursor)) instanceof List<?> list
          && (list.size() == 1 || list.size() == 2)
          && list.get(0) instanceof Double id
          && id == Math.rint(id)) {
        Object value =
            list.size() == 2
                ? list.get(1)
                : row.apply(id.longValue()).orElseThrow(Call::invalidCursor).value(field);
        Optional<Object> known =
            value == null ? Optional.empty() : field.type().cell(value).filter(value::equals);
        if (value == null || known.isPresent()) {
          return new After(known.orElse(null), id.longValue());
        }
      }
    } catch (IllegalArgumentException | MillraceException none) {
      // Told below.
    }
    throw Call.invalidCursor();
  }
}
