package dev.millrace.parameter;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.node.NodeCall;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of one run of a node that a worker will make, resolved where the execution's data
 * is: the worker has this run's items only. Those without an expression are there once, the others
 * for each item of the first input. An expression that fails is kept as its failure and fails the
 * node when it asks for the parameter, as it does in a stream thread. Immutable.
 */
public final class EffectParameters {
  private final Map<?, ?> all;
  private final List<?> items;

  private EffectParameters(Map<?, ?> all, List<?> items) {
    this.all = all;
    this.items = items;
  }

  /**
   * Resolves all parameters and writes them as JSON.
   *
   * @param call gives the items
   * @param scopes what expressions see, by item
   */
  public static byte[] resolve(
      NodeParameters parameters, NodeCall call, IntFunction<EvaluationScope> scopes) {
    Set<String> varying = parameters.varying();
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    for (String name : parameters.raw().keySet()) {
      if (!varying.contains(name)) {
        all.put(name, parameters.resolve(name, scopes.apply(0)));
      }
    }
    List<@Nullable Object> items = new ArrayList<>();
    if (!varying.isEmpty()) {
      int count = Math.max(1, call.input().size());
      for (int i = 0; i < count; i++) {
        items.add(ofItem(parameters, varying, scopes.apply(i)));
      }
    }
    return Json.write(Map.of("all", all, "items", items));
  }

  private static Map<String, @Nullable Object> ofItem(
      NodeParameters parameters, Set<String> varying, EvaluationScope scope) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    Map<String, @Nullable Object> errors = new LinkedHashMap<>();
    for (String name : varying) {
      try {
        values.put(name, parameters.resolve(name, scope));
      } catch (MillraceException failed) {
        errors.put(name, Map.of("code", failed.code().name(), "message", failed.text()));
      }
    }
    return errors.isEmpty() ? Map.of("values", values) : Map.of("values", values, "errors", errors);
  }

  /** Reads what {@link #resolve} wrote. */
  public static EffectParameters read(byte[] json) {
    Map<String, @Nullable Object> form = Json.parseObject(json);
    return new EffectParameters(
        form.get("all") instanceof Map<?, ?> all ? all : Map.of(),
        form.get("items") instanceof List<?> items ? items : List.of());
  }

  /**
   * A parameter for an item, as {@link NodeCall#parameter} has it.
   *
   * @throws MillraceException when its expression failed
   */
  public @Nullable Object get(String path, int itemIndex) {
    List<String> keys = path.isEmpty() ? List.of() : ParameterPath.split(path);
    Map<?, ?> item = ofItem(itemIndex);
    if (keys.isEmpty()) {
      return whole(item);
    }
    String name = all.containsKey(path) ? path : keys.getFirst();
    if (all.containsKey(name)) {
      return ParameterPath.get(all, path);
    }
    check(item, name);
    return item.get("values") instanceof Map<?, ?> values
        ? ParameterPath.get(values, path)
        : Undefined.UNDEFINED;
  }

  private Map<?, ?> ofItem(int itemIndex) {
    if (items.isEmpty()) {
      return Map.of();
    }
    int known = Math.max(0, Math.min(itemIndex, items.size() - 1));
    return items.get(known) instanceof Map<?, ?> item ? item : Map.of();
  }

  private Map<String, @Nullable Object> whole(Map<?, ?> item) {
    if (item.get("errors") instanceof Map<?, ?> errors && !errors.isEmpty()) {
      check(item, String.valueOf(errors.keySet().iterator().next()));
    }
    Map<String, @Nullable Object> whole = new LinkedHashMap<>();
    all.forEach((key, value) -> whole.put(String.valueOf(key), value));
    if (item.get("values") instanceof Map<?, ?> values) {
      values.forEach((key, value) -> whole.put(String.valueOf(key), value));
    }
    return whole;
  }

  private static void check(Map<?, ?> item, String name) {
    if (item.get("errors") instanceof Map<?, ?> errors
        && errors.get(name) instanceof Map<?, ?> error) {
      throw new MillraceException(
          ErrorCode.valueOf(String.valueOf(error.get("code"))),
          String.valueOf(error.get("message")));
    }
  }
}
