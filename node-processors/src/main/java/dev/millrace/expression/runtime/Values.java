package dev.millrace.expression.runtime;

import dev.millrace.error.ErrorCode;
import dev.millrace.expression.ExpressionException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.LuxonValue;
import dev.millrace.value.Undefined;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/** Values between the value model and JavaScript. */
final class Values {
  /** Key of the objects that stand for values that JSON has not; runtime.js reads them. */
  private static final String MARKER = "\u0001";

  private static final int MAX_DEPTH = 500;

  private Values() {}

  /** The text that runtime.js turns into a JavaScript value. */
  static String toJs(@Nullable Object value) {
    return plain(value) ? "-" + Json.text(value) : "+" + Json.text(marked(value));
  }

  private static boolean plain(@Nullable Object value) {
    return switch (value) {
      case null -> true;
      case String s -> true;
      case Boolean b -> true;
      case Double d -> !d.isNaN() && !d.isInfinite();
      case Map<?, ?> map -> {
        for (Object element : map.values()) {
          if (!plain(element)) {
            yield false;
          }
        }
        yield true;
      }
      case List<?> list -> {
        for (Object element : list) {
          if (!plain(element)) {
            yield false;
          }
        }
        yield true;
      }
      default -> value instanceof Number;
    };
  }

  private static @Nullable Object marked(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Undefined u -> mark("undefined", null);
      case Double d when d.isNaN() || d.isInfinite() -> mark("number", Coercion.numberText(d));
      case Instant i -> mark("date", (double) i.toEpochMilli());
      case ZonedDateTime d -> {
        Map<String, @Nullable Object> form =
            mark("datetime", (double) d.toInstant().toEpochMilli());
        form.put("zone", luxonZone(d.getZone()));
        yield form;
      }
      case LuxonValue v ->
          mark(
              switch (v.kind()) {
                case DURATION -> "duration";
                case INTERVAL -> "interval";
                case INVALID_DATE -> "invaliddate";
                case INVALID_DATE_TIME -> "invaliddatetime";
              },
              v.text());
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        map.forEach((key, element) -> copy.put(String.valueOf(key), marked(element)));
        yield copy;
      }
      case List<?> list -> {
        List<@Nullable Object> copy = new ArrayList<>(list.size());
        for (Object element : list) {
          copy.add(marked(element));
        }
        yield copy;
      }
      default -> value;
    };
  }

  private static Map<String, @Nullable Object> mark(String kind, @Nullable Object value) {
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    form.put(MARKER, kind);
    form.put("value", value);
    return form;
  }

  /** A zone by the name that Luxon understands. */
  static String luxonZone(ZoneId zone) {
    if (zone instanceof ZoneOffset offset) {
      return offset.getTotalSeconds() == 0 ? "UTC" : "UTC" + offset.getId();
    }
    return zone.getId();
  }

  /** A result of {@code evaluate} or {@code out} of runtime.js, in the value model. */
  static @Nullable Object fromJs(Value result, Value out) {
    return fromJs(result, out, 0);
  }

  private static @Nullable Object fromJs(Value result, Value out, int depth) {
    if (result.isString()) {
      return result.asString();
    }
    if (result.isNumber()) {
      return result.asDouble();
    }
    if (result.isBoolean()) {
      return result.asBoolean();
    }
    if (result.isNull()) {
      // The polyglot API does not tell null and undefined apart, their text does.
      return result.toString().equals("undefined") ? Undefined.UNDEFINED : null;
    }
    if (depth > MAX_DEPTH) {
      throw new ExpressionException(
          ErrorCode.EXPRESSION_FAILED, "The result is nested too deeply or refers to itself", "");
    }
    return switch (result.getArrayElement(0).asString().charAt(0)) {
      case 'j' -> Json.parse(result.getArrayElement(1).asString());
      case 'd' -> Instant.ofEpochMilli((long) result.getArrayElement(1).asDouble());
      case 't' -> dateTime(result);
      case 'u' -> new LuxonValue(LuxonValue.Kind.DURATION, result.getArrayElement(1).asString());
      case 'i' -> new LuxonValue(LuxonValue.Kind.INTERVAL, result.getArrayElement(1).asString());
      case 'x' -> LuxonValue.INVALID_DATE;
      case 'y' -> LuxonValue.INVALID_DATE_TIME;
      case 'b' -> new BigInteger(result.getArrayElement(1).asString());
      case 'e' ->
          throw new ExpressionException(
              result.getArrayElement(2).asString().equals("forbidden")
                  ? ErrorCode.EXPRESSION_FORBIDDEN
                  : ErrorCode.EXPRESSION_FAILED,
              result.getArrayElement(1).asString(),
              result.getArrayElement(2).asString());
      case 'f' -> {
        if (depth > 0) {
          yield Undefined.UNDEFINED;
        }
        throw new ExpressionException(
            ErrorCode.EXPRESSION_FAILED,
            "This is a function; add () to call it",
            "function_result");
      }
      case 'l' -> {
        Value elements = result.getArrayElement(1);
        List<@Nullable Object> list = new ArrayList<>();
        for (long i = 0; i < elements.getArraySize(); i++) {
          list.add(fromJs(out.execute(elements.getArrayElement(i)), out, depth + 1));
        }
        yield list;
      }
      case 'o' -> {
        Value keys = result.getArrayElement(1);
        Value object = result.getArrayElement(2);
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (long i = 0; i < keys.getArraySize(); i++) {
          String key = keys.getArrayElement(i).asString();
          Value member = object.getMember(key);
          map.put(key, member == null ? null : fromJs(out.execute(member), out, depth + 1));
        }
        yield map;
      }
      default -> Undefined.UNDEFINED;
    };
  }

  private static ZonedDateTime dateTime(Value result) {
    Instant instant = Instant.ofEpochMilli((long) result.getArrayElement(1).asDouble());
    try {
      return instant.atZone(ZoneId.of(result.getArrayElement(2).asString()));
    } catch (DateTimeException noZoneOfJava) {
      int minutes = (int) result.getArrayElement(3).asDouble();
      return instant.atZone(ZoneOffset.ofTotalSeconds(minutes * 60));
    }
  }
}
