package dev.millrace.standalone.history;

import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.Plan;
import dev.millrace.engine.Rehearsal;
import dev.millrace.item.Item;
import dev.millrace.node.NodeRun;
import dev.millrace.standalone.conformance.JsonDifference;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a rehearsal did otherwise than the execution that was recorded: in what nodes of both
 * versions answered, in what was asked of the world, and in how it ended. Lineage and times are not
 * compared. Pure functions.
 */
public final class Comparison {
  private Comparison() {}

  /**
   * A difference.
   *
   * @param node empty for the execution as a whole
   * @param run index among the node's runs, -1 for all of them
   * @param path such as {@code output[0][2].json.total}
   * @param before undefined where there was nothing
   * @param now undefined where there is nothing
   */
  public record Difference(
      String node, int run, String path, @Nullable Object before, @Nullable Object now) {

    /** Where it is, without what it is. */
    Place place() {
      return new Place(node, run, path);
    }

    Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("node", node);
      json.put("run", (double) run);
      json.put("path", path);
      json.put("before", before == Undefined.UNDEFINED ? null : before);
      json.put("now", now == Undefined.UNDEFINED ? null : now);
      return json;
    }

    @Override
    public String toString() {
      return (node.isEmpty() ? "execution" : node + (run > 0 ? " (run " + run + ")" : ""))
          + " "
          + path
          + ": was "
          + JsonDifference.shown(before)
          + ", is "
          + JsonDifference.shown(now);
    }
  }

  /** Where a difference is. */
  record Place(String node, int run, String path) {}

  /** All differences, the execution's own last. */
  static List<Difference> of(ExecutionState recorded, Plan recordedPlan, Rehearsal.Result result) {
    ExecutionState now = result.state();
    List<Difference> all = new ArrayList<>();
    for (Rehearsal.Request request : result.requests()) {
      if (request.recorded() != null) {
        add(
            all,
            request.node(),
            request.run(),
            JsonDifference.all("request", request.recorded(), request.rehearsed()));
      }
    }
    for (var planned : recordedPlan.nodes()) {
      String node = planned.name();
      if (now.plan().find(node).isPresent()) {
        runs(all, node, recorded.runs(node), now.runs(node));
      }
    }
    if (result.unanswered() != null) {
      return all;
    }
    List<JsonDifference> ends = new ArrayList<>();
    ends.addAll(JsonDifference.all("status", recorded.status().json(), now.status().json()));
    ends.addAll(JsonDifference.all("error", message(recorded.error()), message(now.error())));
    if (!Objects.equals(recorded.lastNode(), now.lastNode())) {
      // Another node is the last one: what comes out of the workflow is to be the same.
      ends.addAll(JsonDifference.all("result", last(recorded), last(now)));
    }
    add(all, "", -1, ends);
    return all;
  }

  private static void runs(
      List<Difference> all, String node, List<NodeRun> before, List<NodeRun> now) {
    for (int run = 0; run < Math.min(before.size(), now.size()); run++) {
      List<JsonDifference> here = new ArrayList<>();
      here.addAll(JsonDifference.all("output", outputs(before.get(run)), outputs(now.get(run))));
      here.addAll(
          JsonDifference.all(
              "error", message(before.get(run).error()), message(now.get(run).error())));
      add(all, node, run, here);
    }
    if (before.size() != now.size()) {
      all.add(new Difference(node, -1, "runs", (double) before.size(), (double) now.size()));
    }
  }

  private static void add(
      List<Difference> all, String node, int run, List<JsonDifference> differences) {
    differences.forEach(
        each -> all.add(new Difference(node, run, each.path(), each.expected(), each.actual())));
  }

  private static Object last(ExecutionState state) {
    String node = state.lastNode();
    return node == null ? List.of() : outputs(state.runs(node).getLast());
  }

  private static Object message(@Nullable Map<String, @Nullable Object> error) {
    Object message = error == null ? null : error.get("message");
    return message == null ? Undefined.UNDEFINED : message;
  }

  /** Lists of items in their JSON form; an output without data is an empty one. */
  private static List<Object> outputs(NodeRun run) {
    List<Object> outputs = new ArrayList<>();
    int last = -1;
    for (List<Item> items : run.outputs()) {
      List<Object> form = new ArrayList<>();
      if (items != null) {
        items.forEach(item -> form.add(item.withPairing(null).toJson()));
      }
      outputs.add(form);
      last = form.isEmpty() ? last : outputs.size() - 1;
    }
    return outputs.subList(0, last + 1);
  }
}
