package dev.millrace.topology;

import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import org.jspecify.annotations.Nullable;

/**
 * One node run on its way from the router to the node type's processor and back: the processor
 * writes the outcome into it before {@code forward} returns.
 */
final class NodeInvocation {
  private final NodeCall call;
  private @Nullable NodeOutput output;
  private @Nullable Throwable failure;

  NodeInvocation(NodeCall call) {
    this.call = call;
  }

  NodeCall call() {
    return call;
  }

  void complete(NodeOutput result) {
    output = result;
  }

  void fail(Throwable thrown) {
    failure = thrown;
  }

  /** The outcome; throws what the node threw. */
  NodeOutput result() {
    if (failure instanceof RuntimeException thrown) {
      throw thrown;
    }
    if (failure != null) {
      throw new NodeDefect(failure);
    }
    if (output == null) {
      throw new IllegalStateException("the node's processor gave no outcome");
    }
    return output;
  }

  /** An error that a node threw and that is not an exception. */
  private static final class NodeDefect extends RuntimeException {
    NodeDefect(Throwable cause) {
      super(cause.toString(), cause);
    }
  }
}
