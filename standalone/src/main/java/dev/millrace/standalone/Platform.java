package dev.millrace.standalone;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.GateRecord;
import dev.millrace.avro.IdempotencyRecord;
import dev.millrace.avro.KeyedRun;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ScheduleRecord;
import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.VariablesRecord;
import dev.millrace.avro.WorkflowProjectRecord;
import dev.millrace.binary.LiveExecutions;
import dev.millrace.engine.CredentialGates;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeCredentials;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeServices;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.resume.ResumeUrls;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.topic.TopicSetup;
import dev.millrace.topology.CommittedReplies;
import dev.millrace.topology.EngineParts;
import dev.millrace.topology.EngineRuntime;
import dev.millrace.topology.EngineSettings;
import dev.millrace.topology.ExecutionQueries;
import dev.millrace.worker.EffectWorker;
import dev.millrace.worker.PumpSettings;
import dev.millrace.worker.TaskRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka, the schema registry and the engine in this process. What does not need one another starts
 * at the same time. Closing stops in the opposite order, and so does a start that fails half way.
 * One thread at a time.
 */
final class Platform implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Platform.class);
  private static final Duration START_LIMIT = Duration.ofMinutes(2);

  /** Partitions that executions are spread over in a new data folder. */
  private static final int EXECUTION_PARTITIONS = 4;

  private final StartedParts parts = new StartedParts();
  private final EmbeddedKafka kafka;
  private final NodeCatalogue catalogue;
  private final NodeCredentials credentials;
  private final ExpressionEngine expressions;
  private final CompletableFuture<JsExpressionEngine> expressionsWarm;
  private final SchemaRegistry registry;
  private final MillraceSerdes serdes;
  private final EngineSettings settings;
  private @Nullable EngineRuntime engine;

  /**
   * Starts everything but the engine: Kafka with all topics, the registry and the expressions.
   *
   * @param moreNodes node types beside those that are built in
   * @param outside what nodes reach
   * @throws MillraceException when a part does not start
   */
  static Platform start(DataFolder data, Collection<NodeProcessor> moreNodes, Outside outside) {
    return new Platform(data, moreNodes, outside, EXECUTION_PARTITIONS);
  }

  /**
   * The same without anything outside.
   *
   * @param partitions that executions are spread over, where the data folder is new
   */
  static Platform start(DataFolder data, Collection<NodeProcessor> moreNodes, int partitions) {
    return new Platform(data, moreNodes, Outside.none(), partitions);
  }

  private Platform(
      DataFolder data, Collection<NodeProcessor> moreNodes, Outside outside, int partitions) {
    boolean started = false;
    try {
      kafka = new EmbeddedKafka(data.kafka(), 0);
      JsExpressionEngine scripts = new JsExpressionEngine();
      parts.add(scripts);
      expressions = scripts;
      // Most of it falls into the time that Kafka and the engine spend waiting for each other.
      expressionsWarm =
          async(
              "expressions",
              timed(
                  "expressions",
                  () -> {
                    scripts.warmUp();
                    return scripts;
                  }));
      CompletableFuture<EmbeddedKafka> kafkaReady =
          async(
              "kafka",
              timed(
                  "kafka",
                  () -> {
                    kafka.start();
                    return kafka;
                  }));
      parts.add(kafka);
      credentials = outside.credentials();
      catalogue = catalogue(outside.services(expressions), moreNodes);
      get(kafkaReady);
      settings = EngineSettings.of(kafka.bootstrap(), data.streams());
      long begin = System.nanoTime();
      try (Admin admin =
          Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrap()))) {
        new TopicSetup(admin).create(partitions, (short) -1);
        removeStaleMembers(admin, settings.applicationId());
      }
      registry = EmbeddedRegistry.onKafka(kafka.bootstrap());
      parts.add(registry);
      serdes = serdes(registry);
      // Commands in other processes find the broker by it; the port is another one at each start.
      Files.writeString(data.address(), kafka.bootstrap());
      LOG.debug("topics and registry were ready in {} ms", (System.nanoTime() - begin) / 1_000_000);
      started = true;
    } catch (IOException unwritable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, data.address() + " cannot be written", unwritable);
    } finally {
      if (!started) {
        close();
      }
    }
  }

  String bootstrap() {
    return kafka.bootstrap();
  }

  NodeCatalogue catalogue() {
    return catalogue;
  }

  ExpressionEngine expressions() {
    return expressions;
  }

  MillraceSerdes serdes() {
    return serdes;
  }

  SchemaRegistry registry() {
    return registry;
  }

  /**
   * Starts the engine and a worker for its calls to the outside; it may be assigning partitions for
   * a while, see {@link #awaitEngine}.
   *
   * @param replies told of replies once they are committed
   */
  void startEngine(CommittedReplies replies) {
    startEngine(replies, ResumeUrls.NONE);
  }

  /**
   * The same, giving executions URLs by which they are called.
   *
   * @param resumeUrls where this process, or another one, serves such calls
   */
  void startEngine(CommittedReplies replies, ResumeUrls resumeUrls) {
    EngineRuntime started =
        EngineRuntime.start(
            new EngineParts(settings, catalogue, expressions, serdes)
                .withReplies(replies)
                .withGates(new CredentialGates(credentials))
                .withResumeUrls(resumeUrls));
    parts.add(started);
    engine = started;
    parts.add(
        EffectWorker.start(
            PumpSettings.of(kafka.bootstrap()),
            EngineRuntime.MAX_MESSAGE_BYTES,
            serdes,
            new TaskRunner(
                catalogue, expressions, InstantSource.system(), EffectWorker.TIME_LIMIT)));
  }

  /** Tells which executions run or wait; the engine must have been started. */
  LiveExecutions liveExecutions() {
    return engine().liveExecutions();
  }

  /** What can be asked of the executions that run or wait; the engine must have been started. */
  ExecutionQueries queries() {
    return engine().queries();
  }

  private EngineRuntime engine() {
    EngineRuntime started = engine;
    if (started == null) {
      throw new IllegalStateException("the engine was not started");
    }
    return started;
  }

  /**
   * Waits until the engine has its partitions and the first script will run as fast as any.
   *
   * @throws MillraceException {@code INTERNAL} when it does not get them
   */
  void awaitEngine() {
    long begin = System.nanoTime();
    EngineRuntime started = engine();
    try {
      if (!started.awaitRunning(START_LIMIT)) {
        throw new MillraceException(
            ErrorCode.INTERNAL,
            "the engine did not get its partitions, and restored nothing for "
                + START_LIMIT.toSeconds()
                + " s");
      }
      get(expressionsWarm);
      LOG.debug("waited {} ms for the engine", (System.nanoTime() - begin) / 1_000_000);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.INTERNAL, "interrupted while the engine started", interrupted);
    }
  }

  @Override
  public void close() {
    parts.close();
  }

  /** The nodes that are built in, and others. */
  static NodeCatalogue catalogue(NodeServices services, Collection<NodeProcessor> moreNodes) {
    List<NodeProcessor> nodes = new ArrayList<>(NodeCatalogue.discover(services).all());
    nodes.addAll(moreNodes);
    return NodeCatalogue.of(nodes);
  }

  /** The serdes, with every schema registered, so that nothing asks the registry later. */
  static MillraceSerdes serdes(SchemaRegistry registry) {
    MillraceSerdes serdes = new MillraceSerdes(registry);
    serdes.serde(CommandRecord.class);
    serdes.serde(EventBatch.class);
    serdes.serde(ReplyRecord.class);
    serdes.serde(DefinitionRecord.class);
    serdes.serde(IdempotencyRecord.class);
    serdes.serde(DeadLetterRecord.class);
    serdes.serde(TaskRecord.class);
    serdes.serde(ScheduleRecord.class);
    serdes.serde(GateRecord.class);
    serdes.serde(KeyedRun.class);
    serdes.serde(VariablesRecord.class);
    serdes.serde(WorkflowProjectRecord.class);
    return serdes;
  }

  /**
   * Removes the members that a process before this one left in the engine's group: the partitions
   * would stay theirs until their session ends, 10 s. Safe because this process is the only one on
   * this broker.
   */
  private static void removeStaleMembers(Admin admin, String group) {
    try {
      admin
          .removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
          .all()
          .get();
    } catch (ExecutionException none) {
      // A group that does not exist or has no members is what is wanted.
      LOG.debug("no stale members in {}", group, none);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says, when asked for debug output, how long a part took to start. */
  private static <T> Supplier<T> timed(String part, Supplier<T> work) {
    return () -> {
      long begin = System.nanoTime();
      T started = work.get();
      LOG.debug("{} started in {} ms", part, (System.nanoTime() - begin) / 1_000_000);
      return started;
    };
  }

  /** Begins work in a thread of its own. */
  static <T> CompletableFuture<T> async(String name, Supplier<T> work) {
    Executor ownThread = task -> Thread.ofPlatform().name("start-" + name).daemon().start(task);
    return CompletableFuture.supplyAsync(work, ownThread);
  }

  /** Waits for work; throws what it threw. */
  static <T> T get(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RuntimeException cause
          ? cause
          : new MillraceException(ErrorCode.INTERNAL, String.valueOf(failed.getCause()), failed);
    }
  }
}
