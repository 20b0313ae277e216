package dev.millrace.topology;

import dev.millrace.engine.Engine;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Takes commands to executions and carries each as far as it goes: decides in memory, running nodes
 * by synchronous forward, then writes state, events and replies, all in one transaction.
 *
 * <p>Nothing but Kafka's own exceptions leaves {@link #process}: those mean that the task is no
 * longer ours. Everything else happens before the first write and ends as a failed execution or a
 * dead letter.
 */
final class RouterProcessor implements Processor<byte[], byte[], byte[], Object> {

  private static final Duration TIMER_INTERVAL = Duration.ofMillis(10);
  private static final Duration EXPIRY_INTERVAL = Duration.ofSeconds(10);

  private final EngineParts parts;
  private final Engine engine;

  // Set in init, which is called anew when the task is revived after an aborted transaction.
  private @Nullable RouterTask task;

  RouterProcessor(EngineParts parts) {
    this.parts = parts;
    this.engine = new Engine(parts.expressions(), parts.settings().budget(), parts.gates());
  }

  @Override
  public void init(ProcessorContext<byte[], Object> processorContext) {
    RouterTask fresh = new RouterTask(processorContext, parts, engine);
    task = fresh;
    processorContext.schedule(
        TIMER_INTERVAL,
        PunctuationType.WALL_CLOCK_TIME,
        now -> {
          fresh.fireTimers();
          fresh.tickGates();
          fresh.commitIfAwaited();
        });
    processorContext.schedule(
        EXPIRY_INTERVAL,
        PunctuationType.WALL_CLOCK_TIME,
        now -> fresh.expire(Instant.ofEpochMilli(now)));
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RouterTask current = task;
    if (current == null) {
      throw new IllegalStateException("process before init");
    }
    try {
      current.handle(record);
    } catch (KafkaException notOurs) {
      throw notOurs;
    } catch (Throwable thrown) {
      current.deadLetter(record, thrown);
    }
    parts.pace().processed();
    current.commitIfAwaited();
  }
}
