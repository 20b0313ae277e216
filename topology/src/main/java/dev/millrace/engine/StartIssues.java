package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
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
    return reachable(state, from.get().name());
  }

  /** The first reason why what another execution left to run cannot go on in this plan, or null. */
  static Plan.@Nullable Issue first(ExecutionState state, History history) {
    Set<String> left = new LinkedHashSet<>();
    history.ready().forEach(entry -> left.add(entry.node()));
    history.waiting().forEach(waiting -> left.add(waiting.entry().node()));
    for (String node : left) {
      if (state.plan().find(node).isEmpty()) {
        return new Plan.Issue(
            ErrorCode.UNKNOWN_NODE,
            node,
            "node \""
                + node
                + "\" was to run next in execution "
                + history.executionId()
                + ", and this version of the workflow has no node of that name");
      }
    }
    for (String node : left) {
      Plan.Issue issue = reachable(state, node);
      if (issue != null) {
        return issue;
      }
    }
    return null;
  }

  private static Plan.@Nullable Issue reachable(ExecutionState state, String from) {
    for (Plan.Issue issue : state.plan().issues(from)) {
      if (state.mayRun(issue.node()) && state.pinned(issue.node()) == null) {
        return issue;
      }
    }
    return null;
  }
}
