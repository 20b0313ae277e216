package dev.millrace.node;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.workflow.WorkflowNode;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of a node: its input and everything it may ask while it runs. Belongs to the calling
 * thread and is not valid after {@code run} has returned.
 */
public interface NodeCall {
  /** The stored node: name, version, settings and raw parameters. */
  WorkflowNode node();

  /** The items of each input; null for an input without a connection or data. */
  List<@Nullable List<Item>> inputs();

  /** Where each input's items came from. */
  List<@Nullable Source> sources();

  /** Index of this run among the node's runs. */
  int runIndex();

  /** Which attempt of this run it is, from 1; above 1 only when the node is set to retry. */
  default int attempt() {
    return 1;
  }

  /** The execution around this run. */
  ExecutionView execution();

  /**
   * A parameter, with its default filled in and its expressions resolved for one item.
   *
   * @param path key, or keys joined by dots, such as {@code options.dotNotation}
   * @param itemIndex index of the item that {@code $json} means; with no items at all, use 0
   * @return a value of the value model; {@code UNDEFINED} where nothing is stored and there is no
   *     default
   * @throws dev.millrace.error.MillraceException when an expression fails
   */
  @Nullable Object parameter(String path, int itemIndex);

  /** A parameter as it is stored, defaults filled in, expressions unresolved. */
  @Nullable Object rawParameter(String path);

  /**
   * Something that depends on the stored node alone, such as its conditions in a form that is quick
   * to test. Made once per workflow version where the implementation can keep it, so it must be
   * immutable and may be used by several threads.
   *
   * @param key distinguishes the things that one node type keeps
   */
  default <T> T derived(String key, Class<T> type, Supplier<T> make) {
    return make.get();
  }

  /** Evaluates a template such as {@code ={{ $json.a }}} for one item. */
  @Nullable Object evaluate(String template, int itemIndex);

  /** What expressions see of this run, for one item. */
  EvaluationScope scope(int itemIndex);

  /** The time at which this run began, in the workflow's zone. Stays the same while it runs. */
  ZonedDateTime now();

  /** Uniform in [0, 1). Not from a fixed sequence: a rerun after a crash may differ. */
  double random();

  /** The items of the first input, empty when it has none. */
  default List<Item> input() {
    return input(0);
  }

  /** The items of an input, empty when it has none. */
  default List<Item> input(int index) {
    List<Item> items = index < inputs().size() ? inputs().get(index) : null;
    return items == null ? List.of() : items;
  }

  /**
   * Whether the node should answer a failed item with an error item instead of throwing: true for
   * both of the settings that continue on error.
   */
  default boolean continueOnFail() {
    return node().continuesOnFail();
  }

  /** This node's context in the execution; empty at first. Changed through the output. */
  default Map<String, @Nullable Object> context() {
    return execution().context(node().name());
  }

  /** A parameter as text; the fallback where it is null or undefined. */
  default String string(String path, int itemIndex, String fallback) {
    Object value = parameter(path, itemIndex);
    return dev.millrace.value.Undefined.orNull(value)
        ? fallback
        : dev.millrace.value.Coercion.toText(value);
  }

  /** A parameter as a number; the fallback where it is null, undefined or not a number. */
  default double number(String path, int itemIndex, double fallback) {
    Object value = parameter(path, itemIndex);
    if (dev.millrace.value.Undefined.orNull(value)) {
      return fallback;
    }
    double number = dev.millrace.value.Coercion.toNumber(value);
    return Double.isNaN(number) ? fallback : number;
  }

  /** A parameter as a truth value; the fallback where it is null or undefined. */
  default boolean bool(String path, int itemIndex, boolean fallback) {
    Object value = parameter(path, itemIndex);
    return dev.millrace.value.Undefined.orNull(value)
        ? fallback
        : dev.millrace.value.Coercion.toBoolean(value);
  }

  /** A parameter as a list; empty where it is none. */
  @SuppressWarnings("unchecked")
  default List<@Nullable Object> list(String path, int itemIndex) {
    return parameter(path, itemIndex) instanceof List<?> list
        ? (List<@Nullable Object>) list
        : List.of();
  }

  /** A parameter as an object; empty where it is none. */
  @SuppressWarnings("unchecked")
  default Map<String, @Nullable Object> object(String path, int itemIndex) {
    return parameter(path, itemIndex) instanceof Map<?, ?> map
        ? (Map<String, @Nullable Object>) map
        : Map.of();
  }
}
