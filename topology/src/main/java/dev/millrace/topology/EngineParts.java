package dev.millrace.topology;

import dev.millrace.engine.CallGates;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.resume.ResumeUrls;
import dev.millrace.serde.MillraceSerdes;

/**
 * What every task of an engine shares.
 *
 * @param replies told of replies once they are committed
 * @param crashes told what is being handled
 * @param gates what calls to the outside go through
 * @param resumeUrls the URLs by which executions that wait are called
 */
public record EngineParts(
    EngineSettings settings,
    NodeCatalogue catalogue,
    ExpressionEngine expressions,
    MillraceSerdes serdes,
    CommittedReplies replies,
    InputPace pace,
    CrashMarker crashes,
    CallGates gates,
    ResumeUrls resumeUrls) {

  public EngineParts(
      EngineSettings settings,
      NodeCatalogue catalogue,
      ExpressionEngine expressions,
      MillraceSerdes serdes) {
    this(
        settings,
        catalogue,
        expressions,
        serdes,
        CommittedReplies.NONE,
        new InputPace(),
        CrashMarker.none(),
        CallGates.OF_NODES,
        ResumeUrls.NONE);
  }

  /** The same with a listener for committed replies. */
  public EngineParts withReplies(CommittedReplies listener) {
    return new EngineParts(
        settings, catalogue, expressions, serdes, listener, pace, crashes, gates, resumeUrls);
  }

  /** The same, noting what runs, for the case that the process dies of it. */
  EngineParts withCrashMarker(CrashMarker marker) {
    return new EngineParts(
        settings, catalogue, expressions, serdes, replies, pace, marker, gates, resumeUrls);
  }

  /** The same with other limits on calls to the outside. */
  public EngineParts withGates(CallGates callGates) {
    return new EngineParts(
        settings, catalogue, expressions, serdes, replies, pace, crashes, callGates, resumeUrls);
  }

  /** The same, giving executions URLs by which they are called. */
  public EngineParts withResumeUrls(ResumeUrls urls) {
    return new EngineParts(
        settings, catalogue, expressions, serdes, replies, pace, crashes, gates, urls);
  }
}
