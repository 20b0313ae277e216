package dev.millrace.expression.fast;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.fast.Fast.GiveUp;
import dev.millrace.expression.js.Ast;
import dev.millrace.expression.view.ScopeData;
import dev.millrace.expression.view.ScopeData.Which;
import dev.millrace.item.Item;
import dev.millrace.value.Undefined;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The variables that reach into the execution. */
final class Data {
  /** {@code $input}. */
  enum Input {
    INPUT;

    @Nullable Object property(String name, EvaluationScope scope) {
      if (name.equals("item")) {
        return ScopeData.currentItem(scope);
      }
      throw new GiveUp();
    }
  }

  private Data() {}

  static Fast variable(String name) {
    return switch (name) {
      case "$json", "$data" -> (scope, locals) -> ScopeData.currentItem(scope).json();
      case "$itemIndex" -> (scope, locals) -> (double) scope.itemIndex();
      case "$runIndex" -> (scope, locals) -> (double) scope.runIndex();
      case "$now" -> (scope, locals) -> now(scope);
      case "$today" -> (scope, locals) -> now(scope).truncatedTo(ChronoUnit.DAYS);
      case "$input" -> (scope, locals) -> Input.INPUT;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static ZonedDateTime now(EvaluationScope scope) {
    return scope.now().truncatedTo(ChronoUnit.MILLIS).atZone(scope.execution().zone());
  }

  static @Nullable Object inputMethod(String name, EvaluationScope scope) {
    return switch (name) {
      case "first" -> ScopeData.inputItems(scope).getFirst();
      case "last" -> ScopeData.inputItems(scope).getLast();
      case "all" -> ScopeData.inputItems(scope);
      default -> throw new GiveUp();
    };
  }

  /** The name in a call {@code $('name')}, or null. */
  static @Nullable String node(Ast.Call call) {
    return call.callee() instanceof Ast.Name callee
            && callee.name().equals("$")
            && !call.optional()
            && call.arguments().size() == 1
            && call.arguments().getFirst() instanceof Ast.Literal literal
            && literal.value() instanceof String name
        ? name
        : null;
  }

  static Optional<Fast> nodeProperty(String node, String name) {
    return switch (name) {
      case "item" ->
          Optional.of((scope, locals) -> {
            Item item = ScopeData.pairedItem(scope, node, "item", -1);
            return item == null ? Undefined.UNDEFINED : item;
          });
      case "isExecuted" ->
          Optional.of((scope, locals) -> {
            ScopeData.node(scope, node);
            return ScopeData.executed(scope, node);
          });
      default -> Optional.empty();
    };
  }

  static Optional<Fast> nodeMethod(String node, String name) {
    return switch (name) {
      case "first" -> Optional.of((scope, locals) -> one(scope, node, Which.FIRST));
      case "last" -> Optional.of((scope, locals) -> one(scope, node, Which.LAST));
      case "all" ->
          Optional.of((scope, locals) -> ScopeData.items(scope, node, null, null, Which.ALL));
      default -> Optional.empty();
    };
  }

  private static Object one(EvaluationScope scope, String node, Which which) {
    List<Item> items = ScopeData.items(scope, node, null, null, which);
    return items.isEmpty() ? Undefined.UNDEFINED : items.getFirst();
  }

  /** A field of an object; undefined where it has none. */
  static @Nullable Object field(Map<?, ?> map, String name) {
    Object value = map.get(name);
    return value == null ? map.containsKey(name) ? null : Undefined.UNDEFINED : value(value);
  }

  /** A field whose name was computed, so that the sandbox has to look at it. */
  static @Nullable Object checkedField(Map<?, ?> map, String name) {
    if (!map.containsKey(name)) {
      throw new GiveUp();
    }
    return field(map, name);
  }

  /** Items hold JSON: what JSON has not is given up, as JavaScript sees only its text. */
  static @Nullable Object value(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case String s -> value;
      case Map<?, ?> m -> value;
      case List<?> l -> value;
      case Boolean b -> value;
      case Undefined u -> value;
      case Item i -> value;
      case Double d when !d.isNaN() && !d.isInfinite() -> value;
      default -> throw new GiveUp();
    };
  }
}
