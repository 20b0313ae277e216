package dev.millrace.expression;

import org.jspecify.annotations.Nullable;

/** A parameter text, ready to be evaluated often. Immutable and shared between threads. */
public interface CompiledExpression {
  /** The text that it was compiled from, with its leading {@code =} if it had one. */
  String text();

  /** Whether the text has no leading {@code =}, so that evaluating it gives the text itself. */
  boolean constant();

  /**
   * Evaluates for one item.
   *
   * @return a value of the value model ({@link dev.millrace.value.Coercion})
   * @throws dev.millrace.error.MillraceException {@code EXPRESSION_SYNTAX}, {@code
   *     EXPRESSION_FAILED} or {@code EXPRESSION_FORBIDDEN}
   */
  @Nullable Object evaluate(EvaluationScope scope);
}
