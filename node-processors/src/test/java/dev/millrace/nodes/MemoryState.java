package dev.millrace.nodes;

import dev.millrace.node.KeyedNode;
import dev.millrace.node.KeyedState;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node's state in memory. */
public final class MemoryState implements KeyedState {
  private final Map<String, byte[]> entries = new HashMap<>();

  /** Makes a run as the engine does: with a state, here a fresh one, where it asks for one. */
  public static NodeOutput run(KeyedNode node, NodeCall call) {
    return node.scope(call) == null ? node.run(call) : node.run(call, new MemoryState());
  }

  @Override
  public byte @Nullable [] get(String key) {
    return entries.get(key);
  }

  @Override
  public void put(String key, byte[] value) {
    KeyedState.check(key, value);
    entries.put(key, value);
  }

  @Override
  public void delete(String key) {
    entries.remove(key);
  }

  public int size() {
    return entries.size();
  }
}
