package dev.millrace.node;

import dev.millrace.expression.ExpressionEngine;

/**
 * What a node's constructor may ask for.
 *
 * @param expressions the expression engine, whose JavaScript sandbox also runs user code
 * @param credentials the secrets that nodes name
 * @param binaries the files of items
 * @param localFiles the files of the machine that workflows may use
 */
public record NodeServices(
    ExpressionEngine expressions,
    NodeCredentials credentials,
    BinaryStore binaries,
    LocalFiles localFiles) {
  /** Services without any credential. */
  public NodeServices(ExpressionEngine expressions) {
    this(expressions, NodeCredentials.none());
  }

  /** Services that keep no files and reach none. */
  public NodeServices(ExpressionEngine expressions, NodeCredentials credentials) {
    this(expressions, credentials, BinaryStore.none(), LocalFiles.none());
  }
}
