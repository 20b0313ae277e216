package dev.millrace.nodes;

import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import java.time.Duration;

/** Runs an effect node in the thread of the test, with all the time in the world. */
public final class FakeWorker implements EffectContext {
  public static NodeOutput run(EffectNode node, NodeCall call) {
    try {
      return node.run(call, new FakeWorker());
    } catch (RuntimeException failed) {
      throw failed;
    } catch (Exception failed) {
      throw new IllegalStateException(failed.getMessage(), failed);
    }
  }

  @Override
  public String idempotencyKey(int itemIndex) {
    return "execution/node/0/" + itemIndex;
  }

  @Override
  public Duration timeLeft() {
    return Duration.ofMinutes(5);
  }
}
