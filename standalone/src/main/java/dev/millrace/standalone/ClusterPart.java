package dev.millrace.standalone;

import dev.millrace.engine.CredentialGates;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.ingress.CredentialStore;
import dev.millrace.ingress.IngressServer;
import dev.millrace.ingress.IngressSettings;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.registry.ConfluentRegistry;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.resume.ResumeUrls;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.definitions.DefinitionsPublisher;
import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.topic.TopicSetup;
import dev.millrace.topology.EngineParts;
import dev.millrace.topology.EngineRuntime;
import dev.millrace.topology.EngineSettings;
import dev.millrace.worker.EffectWorker;
import dev.millrace.worker.PumpSettings;
import dev.millrace.worker.TaskRunner;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;

/**
 * One part of an installation alone in this process, on a Kafka that runs elsewhere. Any number of
 * each part may run; what they have in common is on topics, so they know nothing of each other.
 *
 * <p>{@link #join} comes first, then one of the others. {@link #close} may be called from another
 * thread, also while it starts, and more than once.
 */
final class ClusterPart implements AutoCloseable {
  /** Of several instances some may start long before the topics have leaders. */
  private static final Duration START_LIMIT = Duration.ofMinutes(5);

  private final StartedParts parts = new StartedParts();

  private final ClusterOptions options;
  private final CredentialStore credentials;
  private final Outside.Allowed allowed;
  private final Storage storage;

  /**
   * @param credentials the secrets that nodes name
   * @param allowed what workflows may reach beside public addresses
   * @param storage where the files of items are kept
   */
  ClusterPart(
      ClusterOptions options,
      CredentialStore credentials,
      Outside.Allowed allowed,
      Storage storage) {
    this.options = options;
    this.credentials = credentials;
    this.allowed = allowed;
    this.storage = storage;
  }

  /** What every part needs once it is connected. */
  private record Joined(
      DataFolder data,
      Outside outside,
      JsExpressionEngine expressions,
      NodeCatalogue catalogue,
      SchemaRegistry registry,
      MillraceSerdes serdes) {}

  /** Creates the topics that are missing, and registers the schemas that are. */
  private Joined join() {
    DataFolder data = parts.add(DataFolder.open(options.data()));
    JsExpressionEngine expressions = parts.add(new JsExpressionEngine());
    expressions.warmUp();
    Outside outside = parts.add(Outside.of(credentials, data, allowed, storage));
    NodeCatalogue catalogue = Platform.catalogue(outside.services(expressions), List.of());
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, options.bootstrap()))) {
      new TopicSetup(admin).create(options.partitions(), options.replication());
    }
    SchemaRegistry registry = parts.add(registry());
    return new Joined(data, outside, expressions, catalogue, registry, Platform.serdes(registry));
  }

  private SchemaRegistry registry() {
    URI url = options.registry();
    return url == null
        ? EmbeddedRegistry.onKafka(options.bootstrap())
        : new ConfluentRegistry(url, InstantSource.system());
  }

  /**
   * Starts an engine and returns when it takes its share of the work.
   *
   * <p>It also keeps the files of the executions that it has, and removes old ones. Every engine
   * may, and only an engine can: it knows which of its executions still need theirs.
   *
   * @param session how long others wait for it before they take over
   * @param keepFiles how long files stay after the end of their execution
   */
  void startEngine(int threads, int standbyReplicas, Duration session, Duration keepFiles) {
    Joined joined = join();
    EngineRuntime engine =
        parts.add(
            EngineRuntime.start(
                new EngineParts(
                        EngineSettings.of(options.bootstrap(), joined.data().streams())
                            .withThreads(threads)
                            .scaledOut(standbyReplicas, session, options.replication()),
                        joined.catalogue(),
                        joined.expressions(),
                        joined.serdes())
                    .withGates(new CredentialGates(credentials))
                    .withResumeUrls(resumeUrls())));
    require("the engine did not get its partitions", engine::awaitRunning);
    joined.outside().startCleaner(engine.liveExecutions(), keepFiles).ifPresent(parts::add);
  }

  private ResumeUrls resumeUrls() {
    String url = options.publicUrl().orElse(null);
    return url == null
        ? ResumeUrls.NONE
        : options.resumeKey().map(key -> ResumeUrls.signed(() -> url, key)).orElse(ResumeUrls.NONE);
  }

  /** Starts a worker and returns when it takes tasks. */
  void startWorker() {
    Joined joined = join();
    EffectWorker worker =
        parts.add(
            EffectWorker.start(
                PumpSettings.of(options.bootstrap()),
                EngineRuntime.MAX_MESSAGE_BYTES,
                joined.serdes(),
                new TaskRunner(
                    joined.catalogue(),
                    joined.expressions(),
                    InstantSource.system(),
                    EffectWorker.TIME_LIMIT)));
    require("the worker did not get a share of the tasks", worker::awaitReady);
  }

  /**
   * Starts a webhook server and returns when webhooks can be called.
   *
   * @param port 0 for a free one
   * @param workflows a folder to publish from, or null
   * @param listener told what became of its files
   * @return the URL before {@code /webhook}
   */
  String startIngress(int port, @Nullable Path workflows, WorkflowFolder.Listener listener) {
    LocalServer.requireFree(port);
    Joined joined = join();
    IngressSettings settings =
        IngressSettings.defaults(options.bootstrap())
            .withListener("0.0.0.0", port)
            .withLimits(LocalServer.limits(Runtime.getRuntime().maxMemory()));
    IngressServer ingress =
        parts.add(
            IngressServer.start(
                options.publicUrl().map(settings::withPublicUrl).orElse(settings),
                joined.registry(),
                credentials,
                joined.expressions(),
                joined.outside().binaries(),
                options.resumeKey().orElse(null)));
    if (workflows != null) {
      parts.add(
          PublishedFolder.start(
              workflows,
              listener,
              joined.data(),
              new DefinitionsPublisher(
                  options.bootstrap(), joined.serdes(), InstantSource.system()),
              joined.catalogue()));
    }
    require("the webhooks were not ready", ingress::awaitReady);
    return ingress.baseUrl();
  }

  /** Whether something has come about within a time. */
  @FunctionalInterface
  private interface Awaited {
    boolean within(Duration limit) throws InterruptedException;
  }

  private static void require(String otherwise, Awaited awaited) {
    try {
      if (!awaited.within(START_LIMIT)) {
        throw new MillraceException(
            ErrorCode.INTERNAL, otherwise + " in " + START_LIMIT.toSeconds() + " s");
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.INTERNAL, "stopped while it started", stopping);
    }
  }

  /** Stops what was started, the last first. Whoever comes second waits for the first. */
  @Override
  public void close() {
    parts.close();
  }
}
