package dev.millrace.node;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.http.OutgoingHttp;

/**
 * What a node's constructor may ask for.
 *
 * @param expressions the expression engine, whose JavaScript sandbox also runs user code
 * @param credentials the secrets that nodes name
 * @param http for effect nodes: the way out, by HTTP
 * @param binaries the files of items
 * @param localFiles the files of the machine that workflows may use
 * @param tables the data tables of projects
 */
public record NodeServices(
    ExpressionEngine expressions,
    NodeCredentials credentials,
    OutgoingHttp http,
    BinaryStore binaries,
    LocalFiles localFiles,
    TableStore tables) {
  /** Services of a process without data tables. */
  public NodeServices(
      ExpressionEngine expressions,
      NodeCredentials credentials,
      OutgoingHttp http,
      BinaryStore binaries,
      LocalFiles localFiles) {
    this(expressions, credentials, http, binaries, localFiles, TableStore.none());
  }

  /** Services of a process that runs no effects. */
  public NodeServices(ExpressionEngine expressions, NodeCredentials credentials) {
    this(expressions, credentials, OutgoingHttp.none(), BinaryStore.none(), LocalFiles.none());
  }

  /** Services of a process that runs no effects, without any credential. */
  public NodeServices(ExpressionEngine expressions) {
    this(expressions, NodeCredentials.none());
  }
}
