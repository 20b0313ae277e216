package dev.millrace.expression;

import dev.millrace.error.MillraceException;
import dev.millrace.expression.js.Block;
import java.util.Optional;

/** Says of expressions without evaluating them whether they can be. Pure functions. */
public final class ExpressionSyntax {
  private ExpressionSyntax() {}

  /**
   * What evaluating a parameter text would fail with, whatever the data: {@code EXPRESSION_SYNTAX}
   * or {@code EXPRESSION_FORBIDDEN}. Empty for a text that is no expression.
   */
  public static Optional<MillraceException> problem(String text) {
    if (!text.startsWith("=")) {
      return Optional.empty();
    }
    for (Template.Part part : Template.split(text.substring(1)).parts()) {
      if (part instanceof Template.Code code) {
        try {
          Block.parse(code.code()).check();
        } catch (MillraceException broken) {
          return Optional.of(broken);
        }
      }
    }
    return Optional.empty();
  }
}
