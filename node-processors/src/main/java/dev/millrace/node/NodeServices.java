package dev.millrace.node;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.http.OutgoingHttp;

/**
 * What a node's constructor may ask for.
 *
 * @param expressions the expression engine, whose JavaScript sandbox also runs user code
 * @param credentials the secrets that nodes name
 * @param http for effect nodes: the way out, by HTTP
 * @param binaries for effect nodes: the files of items
 */
public record NodeServices(
    ExpressionEngine expressions,
    NodeCredentials credentials,
    OutgoingHttp http,
    BinaryStore binaries) {
  /** Services of a process that runs no effects. */
  public NodeServices(ExpressionEngine expressions, NodeCredentials credentials) {
    this(expressions, credentials, OutgoingHttp.none(), BinaryStore.none());
  }

  /** Services of a process that runs no effects, without any credential. */
  public NodeServices(ExpressionEngine expressions) {
    this(expressions, NodeCredentials.none());
  }
}
