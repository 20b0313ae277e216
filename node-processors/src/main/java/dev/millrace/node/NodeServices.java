package dev.millrace.node;

import dev.millrace.expression.ExpressionEngine;

/**
 * What a node's constructor may ask for.
 *
 * @param expressions the expression engine, whose JavaScript sandbox also runs user code
 * @param credentials the secrets that nodes name
 */
public record NodeServices(ExpressionEngine expressions, NodeCredentials credentials) {
  /** Services without any credential. */
  public NodeServices(ExpressionEngine expressions) {
    this(expressions, NodeCredentials.none());
  }
}
