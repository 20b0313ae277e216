package dev.millrace.limit;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields of one object of limits as its user wrote it, with errors that name the field. */
record LimitFields(String place, Map<?, ?> json) {
  private static final Duration LONGEST = Duration.ofDays(366);

  /**
   * @param value the object, or null
   * @param place that errors name
   * @return empty for null
   * @throws MillraceException {@code INVALID_LIMITS} when it is no object or has other fields
   */
  static Optional<LimitFields> of(@Nullable Object value, String place, Set<String> names) {
    return switch (value) {
      case null -> Optional.empty();
      case Map<?, ?> map -> {
        LimitFields fields = new LimitFields(place, map);
        for (Object name : map.keySet()) {
          if (!names.contains(name)) {
            throw fields.wrong(
                String.valueOf(name), "is not one of " + names.stream().sorted().toList());
          }
        }
        yield Optional.of(fields);
      }
      default -> throw new LimitFields(place, Map.of()).wrong("", "has to be an object");
    };
  }

  Optional<LimitFields> object(String name, Set<String> names) {
    return of(json.get(name), place + "." + name, names);
  }

  /** A whole number from 1, or the default when it is absent. */
  int count(String name, int absent, int most) {
    double value = number(name, absent, most);
    if (value != Math.rint(value) || (value < 1 && json.get(name) != null)) {
      throw wrong(name, "has to be a whole number from 1 to " + most);
    }
    return (int) value;
  }

  /** Seconds, fractions allowed, or the default when it is absent. */
  @Nullable Duration seconds(String name, @Nullable Duration absent) {
    if (json.get(name) == null) {
      return absent;
    }
    double seconds = number(name, 0, (double) LONGEST.toSeconds());
    if (seconds < 0.001) {
      throw wrong(name, "has to be at least 0.001 seconds");
    }
    return Duration.ofMillis(Math.round(seconds * 1_000));
  }

  double number(String name, double absent, double most) {
    return switch (json.get(name)) {
      case null -> absent;
      case Number n when n.doubleValue() >= 0 && n.doubleValue() <= most -> n.doubleValue();
      default -> throw wrong(name, "has to be a number up to " + Math.round(most));
    };
  }

  boolean flag(String name, boolean absent) {
    return switch (json.get(name)) {
      case null -> absent;
      case Boolean flag -> flag;
      default -> throw wrong(name, "has to be true or false");
    };
  }

  MillraceException wrong(String name, String what) {
    return new MillraceException(
        ErrorCode.INVALID_LIMITS, place + (name.isEmpty() ? "" : "." + name) + " " + what);
  }
}
