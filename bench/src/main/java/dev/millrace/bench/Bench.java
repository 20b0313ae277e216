package dev.millrace.bench;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeServices;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.registry.KafkaSchemaLog;
import dev.millrace.registry.SchemaRegistry;

/** The parts of an engine as the benchmarks use them. */
final class Bench {
  private Bench() {}

  static ExpressionEngine expressions() {
    JsExpressionEngine expressions = new JsExpressionEngine();
    expressions.warmUp();
    return expressions;
  }

  static NodeCatalogue catalogue(ExpressionEngine expressions) {
    return NodeCatalogue.discover(new NodeServices(expressions));
  }

  static SchemaRegistry registry(String bootstrapServers) {
    return new EmbeddedRegistry(
        new KafkaSchemaLog(java.util.Map.of("bootstrap.servers", bootstrapServers)));
  }
}
