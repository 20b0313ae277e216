package dev.millrace.standalone;

import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.registry.KafkaSchemaLog;
import dev.millrace.topology.EngineRuntime;
import dev.millrace.worker.EffectWorker;
import dev.millrace.worker.PumpSettings;
import dev.millrace.worker.TaskRunner;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;

/** A worker in a process of its own whose calls never end unless they are interrupted. */
final class HangingWorker {
  private HangingWorker() {}

  /** A call that waits for ever, and tells what becomes of it by execution id. */
  record Node(NodeSpec spec, BiConsumer<String, String> told) implements EffectNode {
    Node(BiConsumer<String, String> told) {
      this(NodeSpec.type("test.hang").named("Hang", "Never answers.").build(), told);
    }

    @Override
    public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
      String execution = call.execution().executionId();
      told.accept("started", execution);
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException stopped) {
        told.accept("stopped", execution);
        throw stopped;
      }
      return NodeOutput.NOTHING;
    }
  }

  public static void main(String[] arguments) throws InterruptedException {
    JsExpressionEngine expressions = new JsExpressionEngine();
    Node node = new Node((what, execution) -> System.out.println(what + " " + execution));
    EmbeddedRegistry registry =
        new EmbeddedRegistry(new KafkaSchemaLog(Map.of("bootstrap.servers", arguments[0])));
    EffectWorker.start(
        PumpSettings.of(arguments[0]),
        EngineRuntime.MAX_MESSAGE_BYTES,
        Platform.serdes(registry),
        new TaskRunner(
            NodeCatalogue.of(List.of(node)),
            expressions,
            InstantSource.system(),
            EffectWorker.TIME_LIMIT));
    System.out.println("ready -");
    new CountDownLatch(1).await();
  }
}
