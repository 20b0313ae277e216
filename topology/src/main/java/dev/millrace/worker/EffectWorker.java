package dev.millrace.worker;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.TaskRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.Topic;
import dev.millrace.topology.DeadLetters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker: takes tasks from their topic, runs their nodes, and sends the results as commands. A
 * task is done for the share group once the broker has its result, so none is lost with a worker;
 * one whose result was sent may run again, and its second result is ignored.
 */
public final class EffectWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EffectWorker.class);

  /**
   * Of one run; then its thread is interrupted. n8n's own limit on an HTTP call is five minutes.
   */
  public static final Duration TIME_LIMIT = Duration.ofMinutes(30);

  /** How long a stop waits for running tasks; what is left is made again by another worker. */
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);

  private final Producer<byte[], byte[]> producer;
  private final TaskPump pump;
  private final Cancellations cancellations;

  private EffectWorker(
      Producer<byte[], byte[]> producer, TaskPump pump, Cancellations cancellations) {
    this.producer = producer;
    this.pump = pump;
    this.cancellations = cancellations;
  }

  /** Starts a worker; it takes its first task when the group has given it partitions. */
  public static EffectWorker start(
      PumpSettings settings, int maxRecordBytes, MillraceSerdes serdes, TaskRunner runner) {
    Producer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                settings.bootstrapServers(),
                // A result that was acknowledged survives the loss of a broker.
                ProducerConfig.ACKS_CONFIG,
                "all",
                // Many tasks end at about the same time; each waits for its own acknowledgement.
                ProducerConfig.LINGER_MS_CONFIG,
                1,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                maxRecordBytes,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                (long) maxRecordBytes + (8 << 20)),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    // The pump has the handler, which asks the cancellations, which interrupt the pump's tasks.
    AtomicReference<TaskPump> cancels = new AtomicReference<>();
    Cancellations cancellations =
        new Cancellations(
            settings.bootstrapServers(),
            execution -> {
              TaskPump pump = cancels.get();
              if (pump != null && pump.cancel(key -> Arrays.equals(key, execution))) {
                LOG.debug(
                    "a running call of {} was canceled",
                    new String(execution, StandardCharsets.UTF_8));
              }
            });
    TaskPump pump =
        new TaskPump(
            settings, new Handler(producer, serdes, runner, settings.topic(), cancellations));
    cancels.set(pump);
    cancellations.start();
    pump.start();
    return new EffectWorker(producer, pump, cancellations);
  }

  /** Waits until the worker takes tasks. */
  public boolean awaitReady(Duration patience) throws InterruptedException {
    return pump.awaitReady(patience);
  }

  public PumpMetrics metrics() {
    return pump.metrics();
  }

  /** Lets the running tasks end for a while, and gives the others back to the group. */
  @Override
  public void close() {
    cancellations.close();
    pump.close(DRAIN_LIMIT);
    producer.close(Duration.ofSeconds(5));
  }

  private static final class Handler implements TaskHandler {
    private final Producer<byte[], byte[]> producer;
    private final AvroSerde<TaskRecord> tasks;
    private final AvroSerde<CommandRecord> commands;
    private final AvroSerde<DeadLetterRecord> deadLetters;
    private final TaskRunner runner;
    private final String topic;
    private final Cancellations cancellations;

    /** Where a call was made and nobody knows yet. */
    private final FailPoint afterCall = new FailPoint("millrace.fail.after-call");

    Handler(
        Producer<byte[], byte[]> producer,
        MillraceSerdes serdes,
        TaskRunner runner,
        String topic,
        Cancellations cancellations) {
      this.cancellations = cancellations;
      this.producer = producer;
      this.tasks = serdes.serde(TaskRecord.class);
      this.commands = serdes.serde(CommandRecord.class);
      this.deadLetters = serdes.serde(DeadLetterRecord.class);
      this.runner = runner;
      this.topic = topic;
    }

    @Override
    public void handle(byte @Nullable [] key, byte @Nullable [] value, int deliveryCount)
        throws InterruptedException, ExecutionException {
      if (cancellations.contains(key)) {
        // Nobody waits for the result any more, so the call need not be made.
        return;
      }
      TaskRecord task = readable(key, value);
      if (task != null) {
        CommandRecord result = runner.run(task);
        afterCall.pass();
        send(Topic.COMMANDS, result);
      }
    }

    @Override
    public void giveUp(
        byte @Nullable [] key, byte @Nullable [] value, int deliveryCount, @Nullable Throwable last)
        throws InterruptedException, ExecutionException {
      TaskRecord task = readable(key, value);
      if (task != null) {
        deadLetter(
            key,
            value,
            new MillraceException(
                ErrorCode.TASK_ABANDONED, "delivered " + deliveryCount + " times", last));
        send(Topic.COMMANDS, runner.giveUp(task, deliveryCount, last));
      }
    }

    /** The task, or null when the record is none: then it became a dead letter. */
    private @Nullable TaskRecord readable(byte @Nullable [] key, byte @Nullable [] value)
        throws InterruptedException, ExecutionException {
      try {
        if (value == null) {
          throw new MillraceException(ErrorCode.UNREADABLE_RECORD, "the record has no value");
        }
        TaskRecord task = tasks.fromBytes(value);
        // What has no workflow cannot even be told that it failed.
        TaskRunner.workflow(task);
        return task;
      } catch (MillraceException unreadable) {
        LOG.warn("a record of {} is no task: {}", topic, unreadable.text());
        deadLetter(key, value, unreadable);
        return null;
      }
    }

    private void deadLetter(
        byte @Nullable [] key, byte @Nullable [] value, MillraceException reason)
        throws InterruptedException, ExecutionException {
      DeadLetters.Encoded letter =
          DeadLetters.encode(
              DeadLetters.of(topic, -1, -1, key, value, reason, InstantSource.system().instant()),
              deadLetters);
      producer
          .send(new ProducerRecord<>(Topic.DEAD_LETTERS.topicName(), letter.key(), letter.value()))
          .get();
    }

    private void send(Topic to, CommandRecord command)
        throws InterruptedException, ExecutionException {
      producer
          .send(
              new ProducerRecord<>(
                  to.topicName(),
                  command.getExecutionId().getBytes(StandardCharsets.UTF_8),
                  commands.toBytes(command)))
          .get();
    }
  }
}
