package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The executions that one waits for, and what has come back of them. Part of its state. */
final class Children {
  private final Event.ChildrenStarted started;
  private final Map<Integer, Event.ChildReturned> returned = new TreeMap<>();

  Children(Event.ChildrenStarted started) {
    this.started = started;
  }

  /** Made of the parent's and the call, so that a decision that is made again starts no other. */
  static String id(String executionId, int call, int index) {
    return executionId + "." + call + "." + index;
  }

  /** The execution id of a child that nobody waits for. */
  static String detachedId(String executionId, int executionIndex, int index) {
    return executionId + ".d" + executionIndex + "." + index;
  }

  Event.ChildrenStarted started() {
    return started;
  }

  boolean awaits(int call, int index) {
    return call == started.call()
        && index >= 0
        && index < started.count()
        && !returned.containsKey(index);
  }

  void returned(Event.ChildReturned child) {
    returned.put(child.index(), child);
  }

  boolean complete() {
    return returned.size() == started.count();
  }

  /** The indexes of those that are not over. */
  List<Integer> open() {
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < started.count(); i++) {
      if (!returned.containsKey(i)) {
        open.add(i);
      }
    }
    return open;
  }

  /** The error of the first that failed, or null. */
  @Nullable Map<String, @Nullable Object> error() {
    for (Event.ChildReturned child : returned.values()) {
      if (child.error() != null) {
        return child.error();
      }
    }
    return null;
  }

  /**
   * What all answered, one after the other, by output. With several calls each had one item of the
   * parent's, so whatever it answered came from that.
   */
  List<@Nullable List<Item>> outputs() {
    JoinedOutputs all = new JoinedOutputs();
    for (Event.ChildReturned child : returned.values()) {
      all.add(
          child.outputs(),
          (item, index) ->
              started.count() > 1 ? item.withPairing(Pairing.to(child.index())) : item);
    }
    return all.ports();
  }

  /** Comparable picture, for tests of replay. */
  @Override
  public String toString() {
    return started + " " + returned;
  }
}
