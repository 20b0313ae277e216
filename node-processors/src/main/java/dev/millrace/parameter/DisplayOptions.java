package dev.millrace.parameter;

import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides by n8n's {@code displayOptions} whether a property is shown, and so whether it counts.
 */
public final class DisplayOptions {
  /**
   * What a rule may ask of the node itself.
   *
   * @param version the node's {@code typeVersion}, or null when it is not known
   * @param type the node's full type name
   * @param features enabled feature flags
   */
  public record Context(@Nullable Double version, String type, Set<String> features) {
    /** A node of which nothing is known. */
    public static final Context NONE = new Context(null, "", Set.of());

    public static Context of(double version, String type) {
      return new Context(version, type, Set.of());
    }
  }

  private DisplayOptions() {}

  /**
   * @param rules the {@code {show, hide}} object; empty means always shown
   * @param siblings values at the property's own level, defaults filled in
   * @param root values at the node's top level
   */
  public static boolean shown(
      Map<String, ? extends @Nullable Object> rules,
      @Nullable Object siblings,
      @Nullable Object root,
      Context context) {
    if (rules.isEmpty()) {
      return true;
    }
    if (rules.get("show") instanceof Map<?, ?> show) {
      for (Map.Entry<?, ?> rule : show.entrySet()) {
        List<? extends @Nullable Object> values =
            values(String.valueOf(rule.getKey()), siblings, root, context);
        if (anyExpression(values)) {
          // What the expression gives is only known at run time, so the property must be there.
          return true;
        }
        if (!matches(rule.getValue(), values)) {
          return false;
        }
      }
    }
    if (rules.get("hide") instanceof Map<?, ?> hide) {
      for (Map.Entry<?, ?> rule : hide.entrySet()) {
        List<? extends @Nullable Object> values =
            values(String.valueOf(rule.getKey()), siblings, root, context);
        if (matches(rule.getValue(), values)) {
          return false;
        }
      }
    }
    return true;
  }

  private static List<? extends @Nullable Object> values(
      String key, @Nullable Object siblings, @Nullable Object root, Context context) {
    Object value =
        switch (key) {
          case "@version" -> context.version() == null ? 0.0 : context.version();
          case "@tool" -> context.type().endsWith("Tool");
          case "@feature" -> List.copyOf(context.features());
          default ->
              key.startsWith("/")
                  ? ParameterPath.get(root, key.substring(1))
                  : ParameterPath.get(siblings, key);
        };
    if (value instanceof Map<?, ?> locator && Boolean.TRUE.equals(locator.get("__rl"))) {
      value = locator.get("value");
    }
    return value instanceof List<?> list ? list : java.util.Collections.singletonList(value);
  }

  private static boolean anyExpression(List<? extends @Nullable Object> values) {
    for (Object value : values) {
      if (value instanceof String text && !text.isEmpty() && text.charAt(0) == '=') {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(
      @Nullable Object conditions, List<? extends @Nullable Object> values) {
    if (!(conditions instanceof List<?> alternatives)) {
      return false;
    }
    for (Object alternative : alternatives) {
      if (alternative instanceof Map<?, ?> form
          && form.get("_cnd") instanceof Map<?, ?> operators) {
        for (Map.Entry<?, ?> operator : operators.entrySet()) {
          if (all(String.valueOf(operator.getKey()), operator.getValue(), values)) {
            return true;
          }
        }
      } else if (values.contains(alternative)) {
        return true;
      }
    }
    return false;
  }

  private static boolean all(
      String operator, @Nullable Object target, List<? extends @Nullable Object> values) {
    if (values.isEmpty()) {
      return operator.equals("not");
    }
    for (Object value : values) {
      if (!holds(operator, value, target)) {
        return false;
      }
    }
    return true;
  }

  private static boolean holds(String operator, @Nullable Object value, @Nullable Object target) {
    return switch (operator) {
      case "eq" -> equal(value, target);
      case "not" -> !equal(value, target);
      case "gte" -> compare(value, target) >= 0;
      case "lte" -> compare(value, target) == 0 || compare(value, target) == -1;
      case "gt" -> compare(value, target) == 1;
      case "lt" -> compare(value, target) == -1;
      case "between" ->
          target instanceof Map<?, ?> range
              && compare(value, range.get("from")) >= 0
              && (compare(value, range.get("to")) == 0 || compare(value, range.get("to")) == -1);
      case "includes" ->
          value instanceof List<?> list
              ? list.contains(target)
              : value instanceof String text && text.contains(Coercion.toText(target));
      case "startsWith" -> value instanceof String text && text.startsWith(Coercion.toText(target));
      case "endsWith" -> value instanceof String text && text.endsWith(Coercion.toText(target));
      case "regex" ->
          Pattern.compile(Coercion.toText(target)).matcher(Coercion.toText(value)).find();
      case "exists" -> !Undefined.orNull(value) && !"".equals(value);
      default -> false;
    };
  }

  private static boolean equal(@Nullable Object a, @Nullable Object b) {
    return java.util.Objects.equals(a, b);
  }

  /** -1, 0, 1, or -2 where the values have no order. */
  private static int compare(@Nullable Object a, @Nullable Object b) {
    if (a instanceof String x && b instanceof String y) {
      return Integer.signum(x.compareTo(y));
    }
    double x = Coercion.toNumber(a);
    double y = Coercion.toNumber(b);
    return Double.isNaN(x) || Double.isNaN(y) ? -2 : x < y ? -1 : x > y ? 1 : 0;
  }
}
