package dev.millrace.testing;

import dev.millrace.expression.CompiledExpression;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import java.util.List;

/** Takes every text for a constant: the graphs of these tests hold no expressions. */
public final class ConstantExpressions implements ExpressionEngine {
  @Override
  public CompiledExpression compile(String text) {
    return new CompiledExpression() {
      @Override
      public String text() {
        return text;
      }

      @Override
      public boolean constant() {
        return true;
      }

      @Override
      public Object evaluate(EvaluationScope scope) {
        return text;
      }
    };
  }

  @Override
  public CodeResult runCode(String code, EvaluationScope scope, boolean perItem, List<Item> items) {
    throw new UnsupportedOperationException("there is no code in these tests");
  }

  @Override
  public void close() {}
}
