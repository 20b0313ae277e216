package dev.millrace.topology;

import dev.millrace.node.EffectNode;
import dev.millrace.node.FlowNode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.TransformNode;
import dev.millrace.node.TriggerNode;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * The processor of one node type. Runs the node in the stream thread, within the router's {@code
 * forward}, and turns everything that it throws into its outcome: nothing escapes.
 */
final class NodeTypeProcessor implements Processor<byte[], NodeInvocation, Void, Void> {
  private final NodeProcessor node;

  NodeTypeProcessor(NodeProcessor node) {
    this.node = node;
  }

  @Override
  public void process(Record<byte[], NodeInvocation> record) {
    NodeInvocation invocation = record.value();
    try {
      invocation.complete(run(invocation));
    } catch (VirtualMachineError outOfResources) {
      // A stack overflow is the node's own; out of memory, too, is answered by failing the node
      // that asked for it, since a thread that dies of it would take the partition along.
      invocation.fail(outOfResources);
    } catch (Throwable thrown) {
      invocation.fail(thrown);
    }
  }

  private NodeOutput run(NodeInvocation invocation) {
    return switch (node) {
      case TransformNode transform -> transform.run(invocation.call());
      case FlowNode flow -> flow.run(invocation.call());
      case TriggerNode trigger -> trigger.run(invocation.call());
      case KeyedNode keyed -> keyed.run(invocation.call());
      case EffectNode effect ->
          throw new IllegalStateException(
              "a worker runs " + effect.spec().type() + ", not the stream thread");
    };
  }
}
