package dev.millrace.nodes.trigger;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.schedule.Jitter;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a stored rule, and what stands for those that are empty.
 *
 * @param fields with their defaults filled in
 */
record RuleForm(Map<?, ?> fields, Jitter jitter) {
  /** Rules do not name it. */
  int second() {
    return jitter.below("second", 60);
  }

  int minute(String field) {
    return number(field, 0, 59, jitter.below("minute", 60));
  }

  int hour(String field) {
    return number(field, 0, 23, jitter.below("hour", 24));
  }

  /** A day that every month has. */
  int dayOfMonth() {
    return 1 + jitter.below("day", 28);
  }

  @Nullable Object value(String field) {
    return fields.get(field);
  }

  String text(String field, String fallback) {
    Object value = fields.get(field);
    return Undefined.orNull(value) ? fallback : Coercion.toText(value);
  }

  /**
   * A whole number.
   *
   * @param fallback where the field is empty
   * @throws MillraceException {@code INVALID_SCHEDULE} when it is not within the bounds
   */
  int number(String field, int lowest, int highest, int fallback) {
    Object value = fields.get(field);
    return Undefined.orNull(value) || "".equals(value)
        ? fallback
        : whole(value, field, lowest, highest);
  }

  static int whole(@Nullable Object value, String field, int lowest, int highest) {
    double number = Coercion.toNumber(value);
    if (number != Math.rint(number) || number < lowest || number > highest) {
      throw new MillraceException(
          ErrorCode.INVALID_SCHEDULE,
          field
              + " is "
              + Coercion.toText(value)
              + ", which is no whole number from "
              + lowest
              + " to "
              + highest);
    }
    return (int) number;
  }

  MillraceException invalid(String field, String value) {
    return new MillraceException(
        ErrorCode.INVALID_SCHEDULE, field + " is \"" + value + "\", which is not known");
  }
}
