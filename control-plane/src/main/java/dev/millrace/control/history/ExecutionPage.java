package dev.millrace.control.history;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Executions, those that began last first.
 *
 * @param next where the next page begins, empty when this is the last one
 */
public record ExecutionPage(List<ExecutionRow> executions, Optional<Cursor> next) {
  /**
   * The last execution of a page; the next page has those behind it.
   *
   * @param startedAt when it began
   */
  public record Cursor(Instant startedAt, String id) {
    /** For the caller to hand back. */
    public String text() {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString((startedAt.toEpochMilli() + "." + id).getBytes(StandardCharsets.UTF_8));
    }

    /** The cursor of a text, empty when it is none. */
    public static Optional<Cursor> of(String text) {
      try {
        String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
        int dot = plain.indexOf('.');
        return dot < 0 || plain.indexOf('\0') >= 0
            ? Optional.empty()
            : Optional.of(
                new Cursor(
                    Instant.ofEpochMilli(Long.parseLong(plain.substring(0, dot))),
                    plain.substring(dot + 1)));
      } catch (IllegalArgumentException | DateTimeException foreign) {
        return Optional.empty();
      }
    }
  }

  /**
   * A page of what was found.
   *
   * @param found one more than {@code limit} where there are more
   */
  public static ExecutionPage of(List<ExecutionRow> found, int limit) {
    if (found.size() <= limit) {
      return new ExecutionPage(List.copyOf(found), Optional.empty());
    }
    List<ExecutionRow> page = List.copyOf(found.subList(0, limit));
    return new ExecutionPage(
        page, Optional.of(new Cursor(page.getLast().startedAt(), page.getLast().id())));
  }
}
