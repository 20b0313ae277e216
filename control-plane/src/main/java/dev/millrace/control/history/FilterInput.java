package dev.millrace.control.history;

import dev.millrace.control.http.Call;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** Filters as callers write them, in a query or as the fields of a body. Pure functions. */
final class FilterInput {
  /** What every database can compare with. */
  private static final Instant EARLIEST = Instant.EPOCH;

  private static final Instant LATEST = Instant.parse("9999-01-01T00:00:00Z");

  private FilterInput() {}

  /** The filter's values in a query, and others. */
  static Parameter[] andParameters(Parameter... others) {
    return Stream.concat(
            Arrays.stream(others),
            Stream.of(
                Parameter.text("workflowId", "The workflow that they are of"),
                Parameter.text("status", "One status or several with commas between"),
                Parameter.time("startedAfter", "When they began at the earliest"),
                Parameter.time("startedBefore", "Before when they began"),
                Parameter.text("customKey", "A key of their custom data"),
                Parameter.text("customValue", "The value at that key"),
                Parameter.text("error", "A part of the text of their error"),
                Parameter.text("node", "A node that ran"),
                Parameter.text("failedNode", "The node that they failed at")))
        .toArray(Parameter[]::new);
  }

  /** The same as the fields of a body. */
  static Schema.Fields fields() {
    Schema status = Schema.oneOf(ExecutionStatus.names());
    Schema text = Schema.text().orNull();
    Schema time = Schema.time().orNull();
    return Schema.object()
        .may("workflowId", text)
        .may("status", Schema.either(status, Schema.listOf(status)).orNull())
        .may("startedAfter", time)
        .may("startedBefore", time)
        .may("customKey", text)
        .may("customValue", text)
        .may("error", text)
        .may("node", text)
        .may("failedNode", text);
  }

  /**
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT} naming the field
   */
  static ExecutionFilter ofQuery(Call call) {
    List<String> statuses =
        call.query("status").map(text -> List.of(text.split(","))).orElse(List.of());
    return of(call::query, statuses);
  }

  /**
   * The same of a body, where {@code status} is a list or one text.
   *
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT} naming the field
   */
  static ExecutionFilter ofBody(Call call) {
    Object status = call.body().get("status");
    List<String> statuses = status instanceof String one ? List.of(one) : call.texts("status");
    return of(field -> call.optionalText(field).filter(text -> !text.isBlank()), statuses);
  }

  private static ExecutionFilter of(
      Function<String, Optional<String>> field, List<String> statuses) {
    Optional<String> customKey = field.apply("customKey");
    Optional<String> customValue = field.apply("customValue");
    if (customValue.isPresent() && customKey.isEmpty()) {
      throw Call.invalid("customKey must be there with customValue");
    }
    Optional<String> error = field.apply("error");
    if (error.filter(part -> part.length() < ExecutionFilter.SHORTEST).isPresent()) {
      throw Call.invalid("error must have " + ExecutionFilter.SHORTEST + " characters or more");
    }
    return new ExecutionFilter(
        field.apply("workflowId").map(StoredText::of),
        statuses(statuses),
        instant(field, "startedAfter"),
        instant(field, "startedBefore"),
        customKey,
        customValue,
        error.map(StoredText::of),
        field.apply("node"),
        field.apply("failedNode"));
  }

  private static Set<ExecutionStatus> statuses(List<String> names) {
    List<ExecutionStatus> statuses = new ArrayList<>();
    for (String name : names) {
      statuses.add(
          ExecutionStatus.of(name.strip())
              .orElseThrow(() ->
                  Call.invalid(
                      "status must be of new, running, waiting, success, error, canceled,"
                          + " crashed")));
    }
    return statuses.isEmpty() ? Set.of() : EnumSet.copyOf(statuses);
  }

  private static Optional<Instant> instant(Function<String, Optional<String>> field, String name) {
    return field
        .apply(name)
        .map(text -> {
          try {
            Instant instant = OffsetDateTime.parse(text).toInstant();
            if (instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
              throw Call.invalid(name + " must be a time from 1970 to 9999");
            }
            return instant;
          } catch (DateTimeException foreign) {
            throw Call.invalid(name + " must be a time such as 2026-01-31T12:00:00Z");
          }
        });
  }
}
