package dev.millrace.node;

import dev.millrace.expression.CompiledExpression;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import java.util.List;

/** The catalogue for tests that only look at specs. */
public final class CatalogueForTests {
  private CatalogueForTests() {}

  public static NodeCatalogue discover() {
    return NodeCatalogue.discover(new NodeServices(new NoExpressions()));
  }

  private static final class NoExpressions implements ExpressionEngine {
    @Override
    public CompiledExpression compile(String text) {
      throw new UnsupportedOperationException("a spec evaluates nothing");
    }

    @Override
    public CodeResult runCode(
        String code, EvaluationScope scope, boolean perItem, List<Item> items) {
      throw new UnsupportedOperationException("a spec runs no code");
    }

    @Override
    public void close() {}
  }
}
