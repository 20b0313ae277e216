package dev.millrace.parameter;

import dev.millrace.expression.EvaluationScope;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A stored node's parameters, compiled once per workflow version: defaults filled in, expressions
 * compiled, constants ready. Immutable and shared between threads.
 */
public interface NodeParameters {
  /**
   * One parameter for one item; see {@link dev.millrace.node.NodeCall#parameter}.
   *
   * @param path keys joined by dots; {@code ""} means all
   */
  @Nullable Object resolve(String path, EvaluationScope scope);

  /** One parameter unresolved; undefined where there is none. */
  @Nullable Object raw(String path);

  /** All parameters unresolved, defaults filled in. */
  Map<String, @Nullable Object> raw();

  /** The names, at the top level, of those that hold an expression. */
  Set<String> varying();

  /** Something made of these parameters alone, kept with them; see {@code NodeCall.derived}. */
  <T> T derived(String key, Class<T> type, Supplier<T> make);

  /**
   * All parameters, each resolved when it is read, so that an expression can refer to the
   * parameters beside it. Valid as long as the scope.
   */
  Map<String, @Nullable Object> view(EvaluationScope scope);
}
