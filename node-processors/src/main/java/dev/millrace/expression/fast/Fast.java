package dev.millrace.expression.fast;

import dev.millrace.expression.EvaluationScope;
import org.jspecify.annotations.Nullable;

/**
 * A compiled expression or part of one. Has no side effects, so that it can be given up at any time
 * and evaluated again by JavaScript.
 */
@FunctionalInterface
public interface Fast {
  /**
   * Evaluates.
   *
   * @throws GiveUp when only JavaScript knows the answer
   * @throws Swallowed where JavaScript would raise an error that makes the block undefined
   */
  @Nullable Object evaluate(EvaluationScope scope, Locals locals);

  /** The parameters of the arrow functions around an expression, innermost first. */
  record Locals(@Nullable Object[] values, @Nullable Locals outer) {
    public static final Locals NONE = new Locals(new Object[0], null);
  }

  /** The value at hand is nothing that the fast path is sure about. */
  final class GiveUp extends RuntimeException {
    public GiveUp() {
      super("not for the fast path", null, false, false);
    }
  }

  /** A TypeError and its like, which make a block undefined. */
  final class Swallowed extends RuntimeException {
    public Swallowed() {
      super("the block is undefined", null, false, false);
    }
  }
}
