package dev.millrace.topology;

import dev.millrace.binary.LiveExecutions;
import dev.millrace.store.BoundedRocksDbMemory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An engine instance: the topology running on Kafka Streams. Thread-safe. */
public final class EngineRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineRuntime.class);

  private final String applicationId;
  private final KafkaStreams streams;
  private final BoundedRocksDbMemory.Shared memory;
  private final CrashMarker crashes;
  private final LiveExecutions live;
  private final ExecutionQueries queries;
  private final CountDownLatch running = new CountDownLatch(1);
  private final LongAdder restored = new LongAdder();

  private EngineRuntime(
      String applicationId,
      KafkaStreams streams,
      BoundedRocksDbMemory.Shared memory,
      CrashMarker crashes,
      LiveExecutions live,
      ExecutionQueries queries) {
    this.applicationId = applicationId;
    this.streams = streams;
    this.live = live;
    this.queries = queries;
    this.memory = memory;
    this.crashes = crashes;
  }

  /** Starts an instance. It serves once {@link #awaitRunning} has returned true. */
  public static EngineRuntime start(EngineParts parts) {
    int partitions = ExecutionPartitions.count(parts.settings());
    BoundedRocksDbMemory.Shared memory =
        new BoundedRocksDbMemory.Shared(parts.settings().rocksDbBytes());
    CrashMarker crashes =
        CrashMarker.open(
            parts.settings().stateDirectory(),
            parts.settings().applicationId(),
            InstantSource.system());
    KafkaStreams streams =
        new KafkaStreams(
            MillraceTopology.build(parts.withCrashMarker(crashes), partitions),
            properties(parts.settings(), memory),
            new StreamClients(parts.pace(), parts.replies()));
    EngineRuntime runtime =
        new EngineRuntime(
            parts.settings().applicationId(),
            streams,
            memory,
            crashes,
            new StoredExecutions(streams, partitions),
            new EngineQueries(streams, parts, partitions));
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) {
        runtime.running.countDown();
      }
    });
    streams.setGlobalStateRestoreListener(new RestoreCount(runtime.restored));
    streams.setUncaughtExceptionHandler(thrown -> {
      // The partition goes on in a new thread; the record was not committed and comes again.
      LOG.error("a stream thread ended and is replaced", thrown);
      return StreamThreadExceptionResponse.REPLACE_THREAD;
    });
    streams.start();
    return runtime;
  }

  /** The stream properties, each deviation from the default with its reason. */
  public static Properties properties(EngineSettings settings, BoundedRocksDbMemory.Shared memory) {
    long session = settings.sessionTimeout().toMillis();
    Properties p = new Properties();
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
    p.put(StreamsConfig.STATE_DIR_CONFIG, settings.stateDirectory().toString());
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.threads());
    // Under more load than it can carry; otherwise InputPace asks for commits. 10 ms took 30 % off
    // the throughput then: most of the broker's work is per transaction.
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, settings.commitInterval().toMillis());
    // Also the resolution of wall-clock punctuation, so of timers; 100 ms by default.
    p.put(StreamsConfig.POLL_MS_CONFIG, 10L);
    // Stores are written about once per key and commit: a cache only delays the changelog.
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0L);
    p.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDbMemory.class);
    p.put(BoundedRocksDbMemory.SHARED, memory);
    // Metrics per record cost more than a node run.
    p.put(StreamsConfig.METRICS_RECORDING_LEVEL_CONFIG, "INFO");
    // Commands and signals need not be taken in the order of their times; by default each record
    // waits until it is known that the other topic has no older one (4 % of the stream thread).
    p.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
    // A batch bounds the work between two looks at commit and punctuation; 1000 by default.
    p.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG),
        InputPace.FULL_BATCH);
    // The next fetch of 1 MiB arrives while the one before is processed, where it fits the socket.
    // With the default of 64 KiB the thread waited for half of it: 7 us a record instead of 3.
    p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG), 1 << 20);
    // How long a killed instance keeps its partitions; 45 s by default.
    p.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), (int) session);
    // Those who are left hear with their next heartbeat that one is gone; 3 s by default.
    p.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG),
        (int) Math.max(250, session / 24));
    // Nothing is read before its transaction is committed, and a commit sends what is left, so a
    // record may wait for others: with the default of 16 KiB each request held a dozen executions,
    // and the broker spent a third more on each. The delay stays the 100 ms of Streams.
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
    // Events repeat themselves: names, keys, what one node passes to the next. Fifteen percent more
    // executions a second, 30 % less work of all threads, and between a quarter and 40 % of the
    // bytes of workflows over 100 rows.
    p.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    // A transaction that begins while the one before is being finished is told to try again. With
    // the default of 100 ms one call in a hundred took that long, where a few ms suffice.
    p.put(StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MS_CONFIG), 2);
    // A batch of events holds whole items; the topics' limit is the same.
    p.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), MAX_MESSAGE_BYTES);
    p.put(StreamsConfig.topicPrefix(TopicConfig.MAX_MESSAGE_BYTES_CONFIG), MAX_MESSAGE_BYTES);
    // A record that is larger than this memory is refused and its thread ends, again and again. The
    // default of 32 MiB is less than the largest record; it is only taken when it is needed.
    p.put(
        StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG),
        (long) MAX_MESSAGE_BYTES + (8 << 20));
    // A transaction that a dead instance left open blocks read-committed readers until it ends: it
    // should have when others take over, at the end of the session, and the broker looks every
    // second. Streams sets 10 s, Kafka's producer 60 s. Not shorter: an engine that a busy machine
    // holds up for so long gets nothing committed.
    p.put(
        StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
        (int) (session - Math.min(1_000, session / 2)));
    settings.overrides().forEach(p::put);
    return p;
  }

  /** Largest record on any topic, in bytes. A node that answers more fails. */
  public static final int MAX_MESSAGE_BYTES = 40 << 20;

  /**
   * Largest key and value together that the engine may write, in bytes: what Kafka adds to them
   * stays below the difference. A record that is refused when it is sent would end the thread, come
   * again and end the next one.
   */
  static final int MAX_RECORD_BYTES = MAX_MESSAGE_BYTES - (64 << 10);

  /**
   * Waits until all partitions are assigned and restored. Much state takes as long as it takes.
   *
   * @param patience how long nothing may be restored before it gives up
   * @return whether they are; where not, the log says what each thread was at
   */
  public boolean awaitRunning(Duration patience) throws InterruptedException {
    long before;
    do {
      before = restored.sum();
      if (running.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        return true;
      }
      LOG.info("restored {} records of its state so far", restored.sum());
    } while (restored.sum() > before);
    LOG.error("not running after {} s: {}\n{}", patience.toSeconds(), streams.state(), threads());
    return false;
  }

  /** Counts the records that are restored, for all partitions. Called by Kafka Streams' threads. */
  private record RestoreCount(LongAdder records) implements StateRestoreListener {
    @Override
    public void onRestoreStart(TopicPartition changelog, String store, long begin, long end) {}

    @Override
    public void onBatchRestored(TopicPartition changelog, String store, long end, long count) {
      records.add(count);
    }

    @Override
    public void onRestoreEnd(TopicPartition changelog, String store, long total) {}
  }

  /** What the threads of this instance are at: their tasks and their stacks. */
  private String threads() {
    StringBuilder text = new StringBuilder();
    streams
        .metadataForLocalThreads()
        .forEach(thread -> text.append(thread.toString()).append('\n'));
    Thread.getAllStackTraces()
        .forEach((thread, stack) -> {
          if (thread.getName().startsWith(applicationId)) {
            text.append(thread.getName()).append(' ').append(thread.getState()).append('\n');
            for (StackTraceElement frame : stack) {
              text.append("  at ").append(frame).append('\n');
            }
          }
        });
    return text.toString();
  }

  /** The Kafka Streams instance, for metrics and interactive queries. */
  public KafkaStreams streams() {
    return streams;
  }

  /** Tells which executions run or wait on this instance. */
  public LiveExecutions liveExecutions() {
    return live;
  }

  /** What can be asked of the executions that run or wait on this instance. */
  public ExecutionQueries queries() {
    return queries;
  }

  /** Stops cleanly and leaves the group, so that others take over at once. */
  @Override
  public void close() {
    streams.close(
        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
            .withTimeout(Duration.ofSeconds(20)));
    crashes.close();
    memory.close();
  }
}
