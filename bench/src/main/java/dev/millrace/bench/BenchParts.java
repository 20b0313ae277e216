package dev.millrace.bench;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeServices;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.registry.SchemaRegistry;
import java.io.IOException;
import java.io.InputStream;

/** What benchmarks and chaos runs both need: parts of an engine, and the files that come along. */
public final class BenchParts {
  private BenchParts() {}

  /** An expression engine that runs as fast as ever from the start. */
  public static ExpressionEngine expressions() {
    JsExpressionEngine expressions = new JsExpressionEngine();
    expressions.warmUp();
    return expressions;
  }

  /** All nodes that are built in. */
  public static NodeCatalogue catalogue(ExpressionEngine expressions) {
    return NodeCatalogue.discover(new NodeServices(expressions));
  }

  /** The registry that a broker's own topic holds. */
  public static SchemaRegistry registry(String bootstrapServers) {
    return EmbeddedRegistry.onKafka(bootstrapServers);
  }

  /**
   * A file of this module.
   *
   * @param name absolute, such as {@code /bench/bodies/small.json}
   */
  public static byte[] resource(String name) throws IOException {
    try (InputStream in = BenchParts.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("no resource " + name);
      }
      return in.readAllBytes();
    }
  }
}
