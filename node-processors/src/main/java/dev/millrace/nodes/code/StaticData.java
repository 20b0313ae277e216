package dev.millrace.nodes.code;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.KeyedState;
import dev.millrace.node.NodeCall;
import dev.millrace.node.StateScope;
import dev.millrace.value.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A workflow's static data in one run of user code: the part that all nodes share and the node's
 * own, each an entry of the workflow's state. An entry that was never kept is what the workflow's
 * document says. A run by hand sees both but keeps nothing: its execution alone goes on with what
 * it changed.
 */
final class StaticData {
  private static final String GLOBAL = "global";

  /** What asks for static data, by each of its names. */
  private static final String REQUEST = "etWorkflowStaticData";

  private static final Pattern NAME = Pattern.compile("\\$(\\{|[\\w$]*)");

  /** Names that say nothing of other nodes. */
  private static final Set<String> OF_ITS_OWN =
      Set.of(
          "$getWorkflowStaticData",
          "$input",
          "$json",
          "$binary",
          "$execution",
          "$workflow",
          "$now",
          "$today",
          "$itemIndex",
          "$runIndex",
          "$mode",
          "$env",
          "$vars",
          "$jmespath",
          "${");

  /** What leads from a run's own items to other nodes, or hides what the code names. */
  private static final Pattern LEADS_ON =
      Pattern.compile(
          "itemMatching|pairedItem|\\.params|\\.context|[eE]val|Function\\b|\\bthis\\b");

  private final NodeCall call;
  private final KeyedState state;
  private final Map<String, @Nullable Object> before;
  private Map<String, @Nullable Object> all;

  private StaticData(NodeCall call, KeyedState state) {
    this.call = call;
    this.state = state;
    this.before = new LinkedHashMap<>(call.execution().workflow().staticData());
    for (String scope : List.of(GLOBAL, own())) {
      byte[] json = state.get(scope);
      if (json != null) {
        before.put(scope, Json.parse(json));
      }
    }
    Map<String, @Nullable Object> byHand = call.execution().staticData();
    if (byHand != null) {
      before.putAll(byHand);
    }
    this.all = before;
  }

  /** As this run finds it. */
  static StaticData of(NodeCall call, KeyedState state) {
    return new StaticData(call, state);
  }

  /** The state that code needs; null when it does not ask for static data. */
  static @Nullable StateScope scope(String code) {
    return code.contains(REQUEST)
        ? StateScope.ofWorkflow("static-data").seeingExecution(seesOtherNodes(code))
        : null;
  }

  private static boolean seesOtherNodes(String code) {
    Matcher names = NAME.matcher(code);
    while (names.find()) {
      if (!OF_ITS_OWN.contains(names.group())) {
        return true;
      }
    }
    return LEADS_ON.matcher(code.replace("this.getWorkflowStaticData", "")).find();
  }

  private String own() {
    return "node:" + call.node().name();
  }

  /** By scope, as code sees it now. */
  Map<String, @Nullable Object> all() {
    return all;
  }

  void changed(Map<String, @Nullable Object> now) {
    all = now;
  }

  /**
   * Keeps what the run has changed.
   *
   * @return for a run by hand: what its execution goes on with; null when it changed nothing
   * @throws MillraceException {@code STATE_TOO_LARGE}
   */
  @Nullable Map<String, @Nullable Object> keep() {
    byte[] global = changed(GLOBAL);
    byte[] own = changed(own());
    if (global == null && own == null) {
      return null;
    }
    if (call.execution().mode().isManual()) {
      return all;
    }
    if (global != null) {
      state.put(GLOBAL, global);
    }
    if (own != null) {
      state.put(own(), own);
    }
    return null;
  }

  private byte @Nullable [] changed(String scope) {
    // Code that only looks leaves an empty object where there was nothing.
    Object value = Objects.requireNonNullElse(all.get(scope), Map.of());
    if (value.equals(Objects.requireNonNullElse(before.get(scope), Map.of()))) {
      return null;
    }
    byte[] json = Json.write(value);
    if (json.length > KeyedState.MAX_VALUE_BYTES) {
      throw new MillraceException(
          ErrorCode.STATE_TOO_LARGE,
          "the static data of \""
              + scope
              + "\" would have "
              + json.length
              + " bytes, more than the limit of "
              + KeyedState.MAX_VALUE_BYTES);
    }
    return json;
  }
}
