package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What keeps an execution from starting. */
final class StartIssues {
  private StartIssues() {}

  /** The first reason why the nodes that a start leads to cannot run, or null. */
  static Plan.@Nullable Issue first(
      ExecutionState state, Optional<PlannedNode> from, Command.Start start) {
    if (from.isEmpty()) {
      return start.startNode() == null
          ? new Plan.Issue(
              ErrorCode.NO_START_NODE, "", "the workflow has no enabled node to start from")
          : new Plan.Issue(
              ErrorCode.UNKNOWN_NODE,
              start.startNode(),
              "the workflow has no node named \"" + start.startNode() + "\"");
    }
    if (from.get().node().disabled()) {
      return new Plan.Issue(
          ErrorCode.NO_START_NODE,
          from.get().name(),
          "the start node \"" + from.get().name() + "\" is disabled");
    }
    Command.Destination destination = start.destination();
    if (destination != null && state.plan().find(destination.node()).isEmpty()) {
      return new Plan.Issue(
          ErrorCode.UNKNOWN_NODE,
          destination.node(),
          "the workflow has no node named \"" + destination.node() + "\"");
    }
    for (Plan.Issue issue : state.plan().issues(from.get().name())) {
      if (state.mayRun(issue.node()) && state.pinned(issue.node()) == null) {
        return issue;
      }
    }
    return null;
  }
}
