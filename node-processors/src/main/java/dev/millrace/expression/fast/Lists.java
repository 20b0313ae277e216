package dev.millrace.expression.fast;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.fast.Fast.GiveUp;
import dev.millrace.expression.fast.Fast.Locals;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Methods of arrays, JavaScript's own and the extensions. */
final class Lists {
  static final Set<String> TAKES_FUNCTION =
      Set.of("map", "filter", "find", "findIndex", "some", "every");

  private Lists() {}

  static @Nullable Object iterate(
      String name, List<?> list, Fast body, EvaluationScope scope, Locals locals) {
    List<@Nullable Object> collected = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      Object element = Data.value(list.get(i));
      Object result =
          body.evaluate(scope, new Locals(new @Nullable Object[] {element, (double) i}, locals));
      switch (name) {
        case "map" -> collected.add(result);
        case "filter" -> {
          if (Coercion.toBoolean(result)) {
            collected.add(element);
          }
        }
        case "find" -> {
          if (Coercion.toBoolean(result)) {
            return element;
          }
        }
        case "findIndex" -> {
          if (Coercion.toBoolean(result)) {
            return (double) i;
          }
        }
        case "some" -> {
          if (Coercion.toBoolean(result)) {
            return true;
          }
        }
        default -> {
          if (!Coercion.toBoolean(result)) {
            return false;
          }
        }
      }
    }
    return switch (name) {
      case "map", "filter" -> collected;
      case "find" -> Undefined.UNDEFINED;
      case "findIndex" -> -1.0;
      case "some" -> false;
      default -> true;
    };
  }

  static @Nullable Object call(List<?> list, String name, @Nullable Object[] arguments) {
    return arguments.length == 0 ? call(list, name) : callWith(list, name, arguments);
  }

  private static @Nullable Object call(List<?> list, String name) {
    return switch (name) {
      case "first" -> FastCompiler.element(list, 0);
      case "last" -> FastCompiler.element(list, list.size() - 1.0);
      case "isEmpty" -> list.isEmpty();
      case "isNotEmpty" -> !list.isEmpty();
      case "length" -> (double) list.size();
      case "join", "toString" -> Operators.join(list, ",");
      case "reverse" -> {
        List<@Nullable Object> reversed = new ArrayList<>(list);
        yield reversed.reversed();
      }
      case "sum" -> sum(list);
      case "average" -> list.isEmpty() ? 0.0 : sum(list) / list.size();
      case "min" -> numbers(list).stream().reduce(Double.POSITIVE_INFINITY, Math::min);
      case "max" -> numbers(list).stream().reduce(Double.NEGATIVE_INFINITY, Math::max);
      default -> throw new GiveUp();
    };
  }

  private static @Nullable Object callWith(
      List<?> list, String name, @Nullable Object[] arguments) {
    Object first = arguments[0];
    if (arguments.length > 1 && !name.equals("slice")) {
      throw new GiveUp();
    }
    return switch (name) {
      case "join" -> {
        if (first instanceof String separator) {
          yield Operators.join(list, separator);
        }
        throw new GiveUp();
      }
      case "includes" -> indexOf(list, first, true) >= 0;
      case "indexOf" -> (double) indexOf(list, first, false);
      case "slice" -> {
        int from = Strings.relative(arguments, 0, list.size(), 0);
        int to = Strings.relative(arguments, 1, list.size(), list.size());
        yield from < to ? new ArrayList<>(list.subList(from, to)) : new ArrayList<>();
      }
      default -> throw new GiveUp();
    };
  }

  private static int indexOf(List<?> list, @Nullable Object wanted, boolean findsNaN) {
    if (Operators.isObject(wanted)) {
      throw new GiveUp();
    }
    for (int i = 0; i < list.size(); i++) {
      Object element = list.get(i);
      if (wanted instanceof Double a && element instanceof Double b) {
        if (a.doubleValue() == b.doubleValue() || (findsNaN && a.isNaN() && b.isNaN())) {
          return i;
        }
      } else if (wanted == null ? element == null : wanted.equals(element)) {
        return i;
      }
    }
    return -1;
  }

  private static double sum(List<?> list) {
    double sum = 0;
    for (double number : numbers(list)) {
      sum += number;
    }
    return sum;
  }

  private static List<Double> numbers(List<?> list) {
    List<Double> numbers = new ArrayList<>(list.size());
    for (Object element : list) {
      if (!(element instanceof Double number)) {
        throw new GiveUp();
      }
      numbers.add(number);
    }
    return numbers;
  }
}
