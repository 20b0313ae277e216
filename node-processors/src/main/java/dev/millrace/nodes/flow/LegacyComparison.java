package dev.millrace.nodes.flow;

import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.Property;
import dev.millrace.parameter.DateTimes;
import dev.millrace.parameter.JavaScriptRegex;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The comparisons of If and Filter version 1 and Switch versions 1 and 2. */
final class LegacyComparison {
  private static final List<String> TYPES = List.of("boolean", "dateTime", "number", "string");

  private LegacyComparison() {}

  /** Tests {@code conditions.<type>[]} for one item. */
  static boolean test(NodeCall call, boolean any, int item) {
    for (String type : TYPES) {
      for (Object condition : call.list("conditions." + type, item)) {
        if (condition instanceof Map<?, ?> form) {
          boolean holds =
              compare(
                  type,
                  Coercion.toText(form.get("operation")),
                  value(form, "value1"),
                  value(form, "value2"),
                  item);
          if (holds == any) {
            return any;
          }
        }
      }
    }
    return !any;
  }

  static @Nullable Object value(Map<?, ?> form, String key) {
    return form.containsKey(key) ? form.get(key) : Undefined.UNDEFINED;
  }

  /**
   * @throws NodeException when a date-time is none
   */
  static boolean compare(
      String type, String operation, @Nullable Object value1, @Nullable Object value2, int item) {
    Object a = type.equals("dateTime") ? millis(value1, item) : value1;
    Object b = type.equals("dateTime") ? millis(value2, item) : value2;
    return switch (operation) {
      case "equal" -> identical(a, b);
      case "notEqual" -> !identical(a, b);
      case "larger", "after" -> order(a, b) == 1;
      case "largerEqual" -> order(a, b) >= 0;
      case "smaller", "before" -> order(a, b) == -1;
      case "smallerEqual" -> order(a, b) == -1 || order(a, b) == 0;
      case "contains" -> text(a).contains(text(b));
      case "notContains" -> !text(a).contains(text(b));
      case "startsWith" -> text(a).startsWith(text(b));
      case "notStartsWith" -> !text(a).startsWith(text(b));
      case "endsWith" -> text(a).endsWith(text(b));
      case "notEndsWith" -> !text(a).endsWith(text(b));
      case "regex" -> JavaScriptRegex.of(text(b)).find(text(a));
      case "notRegex" -> !JavaScriptRegex.of(text(b)).find(text(a));
      case "isEmpty" -> empty(a);
      case "isNotEmpty" -> !empty(a);
      default -> throw new NodeException("The operation \"" + operation + "\" is not known", item);
    };
  }

  private static Object millis(@Nullable Object value, int item) {
    return switch (value) {
      case null -> 0.0;
      case Undefined undefined -> 0.0;
      case Double number -> number;
      case ZonedDateTime dateTime -> (double) dateTime.toInstant().toEpochMilli();
      case Instant instant -> (double) instant.toEpochMilli();
      default ->
          DateTimes.parse(value, ZoneOffset.UTC)
              .map(dateTime -> (Object) (double) dateTime.toInstant().toEpochMilli())
              .orElseThrow(() ->
                  new NodeException(
                      "The value \"" + Coercion.toText(value) + "\" is not a valid date-time",
                      item));
    };
  }

  @SuppressWarnings("ReferenceEquality")
  private static boolean identical(@Nullable Object a, @Nullable Object b) {
    if (a instanceof Double x && b instanceof Double y) {
      return x.doubleValue() == y.doubleValue();
    }
    return (a instanceof String || a instanceof Boolean) ? a.equals(b) : a == b;
  }

  /** -1, 0, 1, or -2 where there is no order; what is missing counts as 0. */
  private static int order(@Nullable Object a, @Nullable Object b) {
    Object x = Coercion.toBoolean(a) ? a : (Object) 0.0;
    Object y = Coercion.toBoolean(b) ? b : (Object) 0.0;
    if (x instanceof String s && y instanceof String t) {
      return Integer.signum(s.compareTo(t));
    }
    double m = Coercion.toNumber(x);
    double n = Coercion.toNumber(y);
    return Double.isNaN(m) || Double.isNaN(n) ? -2 : Double.compare(m, n) < 0 ? -1 : m > n ? 1 : 0;
  }

  private static String text(@Nullable Object value) {
    return Coercion.toBoolean(value) ? Coercion.toText(value) : "";
  }

  private static boolean empty(@Nullable Object value) {
    return switch (value) {
      case null -> true;
      case Undefined undefined -> true;
      case String text -> text.isEmpty();
      case Double number -> number.isNaN();
      case Map<?, ?> map -> map.isEmpty();
      case List<?> list -> list.isEmpty();
      default -> false;
    };
  }

  /** The {@code conditions} parameter of If and Filter version 1. */
  static Property conditions() {
    return Property.fixedCollection(
            "conditions",
            "Conditions",
            Property.group(
                "boolean",
                "Boolean",
                Property.bool("value1", "Value 1", false),
                operation("boolean"),
                Property.bool("value2", "Value 2", false)),
            Property.group(
                "dateTime",
                "Date & Time",
                Property.of("dateTime", "value1", "Value 1", ""),
                operation("dateTime"),
                Property.of("dateTime", "value2", "Value 2", "")),
            Property.group(
                "number",
                "Number",
                Property.number("value1", "Value 1", 0),
                operation("number"),
                Property.number("value2", "Value 2", 0)
                    .hideWhen("operation", "isEmpty", "isNotEmpty")),
            Property.group(
                "string",
                "String",
                Property.string("value1", "Value 1", ""),
                operation("string"),
                Property.string("value2", "Value 2", "")
                    .hideWhen("operation", "isEmpty", "isNotEmpty", "regex", "notRegex"),
                Property.string("value2", "Regex", "").showWhen("operation", "regex", "notRegex")))
        .withTypeOption("multipleValues", true);
  }

  /** The choice of operation for a type of values. */
  static Property operation(String type) {
    return switch (type) {
      case "boolean" ->
          Property.options(
              "operation",
              "Operation",
              "equal",
              Property.option("Equal", "equal"),
              Property.option("Not Equal", "notEqual"));
      case "dateTime" ->
          Property.options(
              "operation",
              "Operation",
              "after",
              Property.option("Occurred After", "after"),
              Property.option("Occurred Before", "before"));
      case "number" ->
          Property.options(
              "operation",
              "Operation",
              "smaller",
              Property.option("Smaller", "smaller"),
              Property.option("Smaller or Equal", "smallerEqual"),
              Property.option("Equal", "equal"),
              Property.option("Not Equal", "notEqual"),
              Property.option("Larger", "larger"),
              Property.option("Larger or Equal", "largerEqual"),
              Property.option("Is Empty", "isEmpty"),
              Property.option("Is Not Empty", "isNotEmpty"));
      default ->
          Property.options(
              "operation",
              "Operation",
              "equal",
              Property.option("Contains", "contains"),
              Property.option("Not Contains", "notContains"),
              Property.option("Ends With", "endsWith"),
              Property.option("Not Ends With", "notEndsWith"),
              Property.option("Equal", "equal"),
              Property.option("Not Equal", "notEqual"),
              Property.option("Regex Match", "regex"),
              Property.option("Regex Not Match", "notRegex"),
              Property.option("Starts With", "startsWith"),
              Property.option("Not Starts With", "notStartsWith"),
              Property.option("Is Empty", "isEmpty"),
              Property.option("Is Not Empty", "isNotEmpty"));
    };
  }
}
