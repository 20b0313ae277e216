package dev.millrace.topology;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.serde.MillraceSerdes;

/**
 * What every task of an engine shares.
 *
 * @param replies told of replies once they are committed
 */
public record EngineParts(
    EngineSettings settings,
    NodeCatalogue catalogue,
    ExpressionEngine expressions,
    MillraceSerdes serdes,
    CommittedReplies replies,
    InputPace pace) {

  public EngineParts(
      EngineSettings settings,
      NodeCatalogue catalogue,
      ExpressionEngine expressions,
      MillraceSerdes serdes) {
    this(settings, catalogue, expressions, serdes, CommittedReplies.NONE, new InputPace());
  }

  /** The same with a listener for committed replies. */
  public EngineParts withReplies(CommittedReplies listener) {
    return new EngineParts(settings, catalogue, expressions, serdes, listener, pace);
  }
}
