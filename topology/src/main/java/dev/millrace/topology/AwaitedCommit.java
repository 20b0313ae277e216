package dev.millrace.topology;

import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * Asks for a commit when somebody reads on as soon as it is committed what a task wrote since one
 * was last asked for: a caller his reply, an execution its signal. On the task's stream thread.
 */
final class AwaitedCommit {
  private final ProcessorContext<?, ?> context;
  private final InputPace pace;
  private boolean awaited;

  AwaitedCommit(ProcessorContext<?, ?> context, InputPace pace) {
    this.context = context;
    this.pace = pace;
  }

  /** Somebody waits for what was written. */
  void await() {
    awaited = true;
  }

  /** Asks for the commit where one is awaited, at a pace that does no harm. */
  void ask() {
    if (awaited && pace.mayCommit(System.nanoTime())) {
      awaited = false;
      context.commit();
    }
  }
}
