package dev.millrace.parameter;

import dev.millrace.node.NodeException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a {@code filter} parameter, compiled once for a run of a node and then tested
 * item by item. Belongs to one thread: it keeps the regular expression that it compiled last.
 */
public final class Conditions {
  /**
   * How values are compared.
   *
   * @param strict whether a value must have the operator's type already
   * @param version of the rules, 1 to 3
   * @param zone for date-times without an offset
   */
  public record Options(boolean caseSensitive, boolean strict, int version, ZoneId zone) {
    public Options(boolean caseSensitive, boolean strict, int version) {
      this(caseSensitive, strict, version, ZoneOffset.UTC);
    }

    /** Reads the options that are stored with a filter. */
    public static Options fromJson(@Nullable Object form) {
      if (!(form instanceof Map<?, ?> map)) {
        return new Options(true, true, 1);
      }
      return new Options(
          !Boolean.FALSE.equals(map.get("caseSensitive")),
          !"loose".equals(map.get("typeValidation")),
          map.get("version") instanceof Number n ? n.intValue() : 1);
    }
  }

  /** Where the two sides of each condition come from. */
  public interface Operands {
    @Nullable Object left(int condition);

    @Nullable Object right(int condition);
  }

  private final boolean any;
  private final List<Condition> conditions;
  private final Options options;

  private Conditions(boolean any, List<Condition> conditions, Options options) {
    this.any = any;
    this.conditions = conditions;
    this.options = options;
  }

  /**
   * @param filter {@code {combinator, conditions: [{operator}]}}; its values may still hold
   *     expressions, which are then given to {@link #test}
   */
  public static Conditions compile(@Nullable Object filter, Options options) {
    List<Condition> compiled = new ArrayList<>();
    Object combinator = null;
    if (filter instanceof Map<?, ?> form) {
      combinator = form.get("combinator");
      if (form.get("conditions") instanceof List<?> list) {
        for (Object condition : list) {
          compiled.add(
              new Condition(
                  condition instanceof Map<?, ?> map
                          && map.get("operator") instanceof Map<?, ?> operator
                      ? operator
                      : Map.of()));
        }
      }
    }
    return new Conditions("or".equals(combinator), compiled, options);
  }

  /** The number of conditions. */
  public int size() {
    return conditions.size();
  }

  /**
   * Whether an item meets the conditions.
   *
   * @param item index for messages
   * @throws NodeException when a value has not, and may not or cannot get, the type that its
   *     operator wants
   */
  public boolean test(Operands operands, int item) {
    for (int i = 0; i < conditions.size(); i++) {
      if (conditions.get(i).test(operands.left(i), operands.right(i), options, i, item) == any) {
        return any;
      }
    }
    return !any;
  }

  /** Tests a filter whose values are resolved. */
  public static boolean test(@Nullable Object filter, Options options, int item) {
    List<?> list =
        filter instanceof Map<?, ?> form && form.get("conditions") instanceof List<?> conditions
            ? conditions
            : List.of();
    return compile(filter, options)
        .test(
            new Operands() {
              @Override
              public @Nullable Object left(int condition) {
                return side(list.get(condition), "leftValue");
              }

              @Override
              public @Nullable Object right(int condition) {
                return side(list.get(condition), "rightValue");
              }
            },
            item);
  }

  private static @Nullable Object side(@Nullable Object condition, String key) {
    return condition instanceof Map<?, ?> map && map.containsKey(key)
        ? map.get(key)
        : Undefined.UNDEFINED;
  }

  /** Whether a list holds a value, by identity of JavaScript values. */
  public static boolean contains(List<?> list, @Nullable Object value, boolean ignoreCase) {
    if (ignoreCase && value instanceof String text) {
      for (Object element : list) {
        if (element instanceof String other
            && other.toLowerCase(Locale.ROOT).equals(text.toLowerCase(Locale.ROOT))) {
          return true;
        }
      }
      return false;
    }
    for (Object element : list) {
      if (identical(element, value)) {
        return true;
      }
    }
    return false;
  }

  /** JavaScript's {@code ===}: objects are equal to themselves only. */
  @SuppressWarnings("ReferenceEquality")
  private static boolean identical(@Nullable Object a, @Nullable Object b) {
    if (a instanceof Double x && b instanceof Double y) {
      return x.doubleValue() == y.doubleValue();
    }
    return (a instanceof String || a instanceof Boolean) ? a.equals(b) : a == b;
  }

  private static boolean exists(@Nullable Object value) {
    return !Undefined.orNull(value) && !(value instanceof Double n && n.isNaN());
  }

  /** One condition's operator. */
  private static final class Condition {
    private final String type;
    private final String operation;
    private final String rightType;
    private final boolean unary;
    private @Nullable String regexText;
    private @Nullable JavaScriptRegex regex;

    Condition(Map<?, ?> operator) {
      this.type = operator.get("type") instanceof String name ? name : "any";
      this.operation = operator.get("operation") instanceof String name ? name : "";
      this.rightType = operator.get("rightType") instanceof String name ? name : type;
      this.unary =
          Boolean.TRUE.equals(operator.get("singleValue"))
              || switch (operation) {
                case "exists", "notExists", "empty", "notEmpty", "true", "false" -> true;
                default -> false;
              };
    }

    boolean test(
        @Nullable Object leftValue,
        @Nullable Object rightValue,
        Options options,
        int condition,
        int item) {
      Object left = convert(leftValue, type, options, condition, item);
      Object right = unary ? null : convert(rightValue, rightType, options, condition, item);
      return switch (operation) {
        case "exists" -> exists(left);
        case "notExists" -> !exists(left);
        default ->
            switch (type) {
              case "string" -> string(left, right, !options.caseSensitive());
              case "number" -> number(left, right);
              case "dateTime" -> dateTime(left, right);
              case "boolean" -> bool(left, right);
              case "array" -> array(left, right, !options.caseSensitive());
              case "object" -> object(left);
              default -> false;
            };
      };
    }

    private boolean string(@Nullable Object left, @Nullable Object right, boolean ignoreCase) {
      String a = Undefined.orNull(left) ? "" : Coercion.toText(left);
      String b = Undefined.orNull(right) ? "" : Coercion.toText(right);
      if (ignoreCase) {
        a = a.toLowerCase(Locale.ROOT);
        // A pattern keeps its case: \S and \s are not the same.
        b =
            operation.equals("regex") || operation.equals("notRegex")
                ? b
                : b.toLowerCase(Locale.ROOT);
      }
      return switch (operation) {
        case "empty" -> a.isEmpty();
        case "notEmpty" -> !a.isEmpty();
        case "equals" -> a.equals(b);
        case "notEquals" -> !a.equals(b);
        case "contains" -> a.contains(b);
        case "notContains" -> !a.contains(b);
        case "startsWith" -> a.startsWith(b);
        case "notStartsWith" -> !a.startsWith(b);
        case "endsWith" -> a.endsWith(b);
        case "notEndsWith" -> !a.endsWith(b);
        case "regex" -> regex(b).find(a);
        case "notRegex" -> !regex(b).find(a);
        default -> false;
      };
    }

    private JavaScriptRegex regex(String text) {
      JavaScriptRegex last = regex;
      if (last == null || !text.equals(regexText)) {
        last = JavaScriptRegex.of(text);
        regex = last;
        regexText = text;
      }
      return last;
    }

    private boolean number(@Nullable Object left, @Nullable Object right) {
      switch (operation) {
        case "empty" -> {
          return !exists(left);
        }
        case "notEmpty" -> {
          return exists(left);
        }
        case "equals" -> {
          return identical(left, right);
        }
        case "notEquals" -> {
          return !identical(left, right);
        }
        default -> {}
      }
      double a = Coercion.toNumber(left);
      double b = Coercion.toNumber(right);
      return switch (operation) {
        case "gt" -> a > b;
        case "lt" -> a < b;
        case "gte" -> a >= b;
        case "lte" -> a <= b;
        default -> false;
      };
    }

    private boolean dateTime(@Nullable Object left, @Nullable Object right) {
      switch (operation) {
        case "empty" -> {
          return !exists(left);
        }
        case "notEmpty" -> {
          return exists(left);
        }
        default -> {}
      }
      if (!(left instanceof ZonedDateTime a) || !(right instanceof ZonedDateTime b)) {
        return false;
      }
      int order = Long.compare(a.toInstant().toEpochMilli(), b.toInstant().toEpochMilli());
      return switch (operation) {
        case "equals" -> order == 0;
        case "notEquals" -> order != 0;
        case "after" -> order > 0;
        case "before" -> order < 0;
        case "afterOrEquals" -> order >= 0;
        case "beforeOrEquals" -> order <= 0;
        default -> false;
      };
    }

    private boolean bool(@Nullable Object left, @Nullable Object right) {
      return switch (operation) {
        case "empty" -> !exists(left);
        case "notEmpty" -> exists(left);
        case "true" -> Coercion.toBoolean(left);
        case "false" -> !Coercion.toBoolean(left);
        case "equals" -> identical(left, right);
        case "notEquals" -> !identical(left, right);
        default -> false;
      };
    }

    private boolean array(@Nullable Object left, @Nullable Object right, boolean ignoreCase) {
      List<?> list = left instanceof List<?> value ? value : List.of();
      double length = Coercion.toNumber(right);
      return switch (operation) {
        case "empty" -> list.isEmpty();
        case "notEmpty" -> !list.isEmpty();
        case "contains" -> Conditions.contains(list, right, ignoreCase);
        case "notContains" -> !Conditions.contains(list, right, ignoreCase);
        case "lengthEquals" -> identical((double) list.size(), right);
        case "lengthNotEquals" -> !identical((double) list.size(), right);
        case "lengthGt" -> list.size() > length;
        case "lengthLt" -> list.size() < length;
        case "lengthGte" -> list.size() >= length;
        case "lengthLte" -> list.size() <= length;
        default -> false;
      };
    }

    private boolean object(@Nullable Object left) {
      boolean empty = Undefined.orNull(left) || (left instanceof Map<?, ?> map && map.isEmpty());
      return switch (operation) {
        case "empty" -> empty;
        case "notEmpty" -> !empty;
        default -> false;
      };
    }
  }

  private static @Nullable Object convert(
      @Nullable Object value, String type, Options options, int condition, int item) {
    if (value == null || value == Undefined.UNDEFINED) {
      return value;
    }
    switch (type) {
      case "any" -> {
        return value;
      }
      case "string" -> {
        if (value instanceof String) {
          return value;
        }
        if (!options.strict()) {
          return value instanceof Map || value instanceof List
              ? Json.text(value)
              : Coercion.toText(value);
        }
      }
      case "number" -> {
        if (value instanceof Double) {
          return value;
        }
        if (options.version() >= 3
            && ((value instanceof String text && text.isBlank())
                || (value instanceof List<?> list && list.isEmpty()))) {
          return null;
        }
        if (!options.strict()) {
          Optional<Double> number = TypeValidation.number(value);
          if (number.isPresent()) {
            return number.get();
          }
        }
      }
      case "boolean" -> {
        if (value instanceof Boolean) {
          return value;
        }
        if (!options.strict()) {
          return options.version() == 1
              ? Coercion.toBoolean(value)
              : TypeValidation.bool(value).orElseGet(() -> Coercion.toBoolean(value));
        }
      }
      case "dateTime" -> {
        Optional<ZonedDateTime> dateTime = DateTimes.parse(value, options.zone());
        if (dateTime.isPresent()) {
          return dateTime.get();
        }
      }
      case "array" -> {
        Optional<Object> list =
            options.strict() && !(value instanceof List)
                ? Optional.empty()
                : TypeValidation.array(value);
        if (list.isPresent()) {
          return list.get();
        }
      }
      case "object" -> {
        Optional<Object> object =
            options.strict() && !TypeValidation.isObject(value)
                ? Optional.empty()
                : TypeValidation.object(value);
        if (object.isPresent()) {
          return object.get();
        }
      }
      default -> {
        return value;
      }
    }
    throw wrongType(value, type, options.strict(), condition, item);
  }

  private static NodeException wrongType(
      Object value, String type, boolean strict, int condition, int item) {
    String has =
        switch (value) {
          case List<?> list -> "array";
          case String text -> "string";
          case Double number -> "number";
          case Boolean bool -> "boolean";
          default -> "object";
        };
    String place = " [condition " + condition + ", item " + item + "]";
    String message =
        strict
            ? "Wrong type: "
                + TypeValidation.describe(value)
                + " is "
                + TypeValidation.withArticle(has)
                + " but was expecting "
                + TypeValidation.withArticle(type)
            : "Conversion error: the "
                + has
                + " "
                + TypeValidation.describe(value)
                + " can't be converted to "
                + TypeValidation.withArticle(type);
    return new NodeException(
        dev.millrace.error.ErrorCode.NODE_FAILED,
        message + place,
        item,
        strict ? "Change the type of the comparison, or let values be converted." : null,
        Map.of(),
        null);
  }
}
