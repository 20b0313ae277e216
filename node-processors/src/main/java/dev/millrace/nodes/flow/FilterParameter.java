package dev.millrace.nodes.flow;

import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.parameter.Conditions;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A parameter of type {@code filter} during one run of a node. */
final class FilterParameter {
  /** Versions of a node from this one on have a filter parameter. */
  static Map<String, @Nullable Object> from(double version) {
    return Map.of("_cnd", Map.of("gte", version));
  }

  /**
   * What If and Filter share: the conditions of version 1, combined by a parameter with these two
   * values, and the filter of the later versions.
   */
  static NodeSpec.Builder spec(
      String type, String combine, String combineLabel, String all, String any) {
    return NodeSpec.type(type)
        .group("transform")
        .versions(1, 2, 2.1, 2.2, 2.3)
        .properties(
            LegacyComparison.conditions().showWhen("@version", 1),
            Property.options(
                    combine,
                    combineLabel,
                    all,
                    Property.option(all.toUpperCase(Locale.ROOT), all),
                    Property.option(any.toUpperCase(Locale.ROOT), any))
                .showWhen("@version", 1),
            property("conditions", "Conditions").showWhen("@version", from(2)),
            Property.bool("looseTypeValidation", "Convert types where required", false)
                .showWhen("@version", from(2.1)),
            Property.collection(
                    "options",
                    "Options",
                    Property.bool("ignoreCase", "Ignore Case", true),
                    Property.bool("looseTypeValidation", "Less Strict Type Validation", true)
                        .showWhen("@version", 2))
                .showWhen("@version", from(2)));
  }

  private final NodeCall call;
  private final String path;
  private final boolean looseInOptions;
  private final String loosePath;
  private final int version;
  private final Fixed fixed;

  /**
   * What does not depend on the item, which is all but the operands unless an expression chooses an
   * operator.
   *
   * @param conditions null when an expression does
   * @param left paths of the left operands
   * @param right paths of the right operands
   */
  private record Fixed(@Nullable Conditions conditions, List<String> left, List<String> right) {}

  /**
   * @param path of the filter
   * @param looseInOptions whether the switch for type conversion is an option
   * @param version of the rules
   */
  FilterParameter(NodeCall call, String path, boolean looseInOptions, int version) {
    this.call = call;
    this.path = path;
    this.looseInOptions = looseInOptions;
    this.loosePath = looseInOptions ? "options.looseTypeValidation" : "looseTypeValidation";
    this.version = version;
    this.fixed = call.derived("filter:" + path, Fixed.class, this::fixed);
  }

  private Fixed fixed() {
    Object raw = call.rawParameter(path);
    boolean fixedOperators =
        !dynamic(call.rawParameter("options"))
            && !dynamic(call.rawParameter("options.ignoreCase"))
            && !dynamic(call.rawParameter(loosePath))
            && hasFixedOperators(raw);
    Conditions conditions = fixedOperators ? Conditions.compile(raw, options(0)) : null;
    List<String> left = new ArrayList<>();
    List<String> right = new ArrayList<>();
    for (int i = 0; conditions != null && i < conditions.size(); i++) {
      left.add(path + ".conditions." + i + ".leftValue");
      right.add(path + ".conditions." + i + ".rightValue");
    }
    return new Fixed(conditions, List.copyOf(left), List.copyOf(right));
  }

  boolean test(int item) {
    Conditions conditions = fixed.conditions();
    if (conditions == null) {
      return Conditions.test(call.parameter(path, item), options(item), item);
    }
    return conditions.test(
        new Conditions.Operands() {
          @Override
          public @Nullable Object left(int condition) {
            return call.parameter(fixed.left().get(condition), item);
          }

          @Override
          public @Nullable Object right(int condition) {
            return call.parameter(fixed.right().get(condition), item);
          }
        },
        item);
  }

  private Conditions.Options options(int item) {
    boolean caseSensitive = !call.bool("options.ignoreCase", item, false);
    boolean strict = !call.bool(loosePath, item, false);
    // Files of the first versions may have their settings in the filter alone, where a missing
    // type validation means a loose one.
    if (looseInOptions
        && call.rawParameter(path) instanceof Map<?, ?> filter
        && filter.get("options") instanceof Map<?, ?> stored) {
      if (Undefined.orNull(call.rawParameter("options.ignoreCase"))) {
        caseSensitive = !Boolean.FALSE.equals(stored.get("caseSensitive"));
      }
      if (Undefined.orNull(call.rawParameter(loosePath))) {
        strict = "strict".equals(stored.get("typeValidation"));
      }
    }
    return new Conditions.Options(caseSensitive, strict, version, call.execution().zone());
  }

  private static boolean hasFixedOperators(@Nullable Object raw) {
    if (!(raw instanceof Map<?, ?> filter)) {
      return Undefined.orNull(raw);
    }
    if (dynamic(filter.get("combinator")) || dynamic(filter.get("conditions"))) {
      return false;
    }
    if (filter.get("conditions") instanceof List<?> conditions) {
      for (Object condition : conditions) {
        if (dynamic(condition)
            || (condition instanceof Map<?, ?> form && !isFixed(form.get("operator")))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isFixed(@Nullable Object operator) {
    return operator instanceof Map<?, ?> form
        ? form.values().stream().noneMatch(FilterParameter::dynamic)
        : !dynamic(operator);
  }

  private static boolean dynamic(@Nullable Object raw) {
    return raw instanceof String text && text.startsWith("=");
  }

  /** The filter property itself. */
  static Property property(String name, String displayName) {
    return Property.of("filter", name, displayName, Map.of())
        .withTypeOption("filter", "expression-driven");
  }
}
