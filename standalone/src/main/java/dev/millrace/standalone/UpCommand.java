package dev.millrace.standalone;

import dev.millrace.avro.ReplyRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.ingress.CredentialStore;
import dev.millrace.ingress.IngressServer;
import dev.millrace.ingress.IngressSettings;
import dev.millrace.ingress.ReplyRouter;
import dev.millrace.serde.AvroSerde;
import dev.millrace.standalone.definitions.DefinitionsPublisher;
import dev.millrace.standalone.definitions.FolderWatcher;
import dev.millrace.standalone.definitions.WorkflowCheck;
import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.topology.CommittedReplies;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves workflows until it is stopped. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = "Serves workflows: Kafka, engine and webhooks in this process, until Ctrl-C.")
final class UpCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(UpCommand.class);
  private static final Duration QUIET = Duration.ofMillis(200);
  private static final Duration READY_LIMIT = Duration.ofMinutes(1);

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "5678",
      description = "Port for webhooks (default: ${DEFAULT-VALUE}); 0 takes a free one.")
  private int port;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "data",
      description = "Where everything is kept (default: ./${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init")
  private Path data;

  @Option(
      names = "--workflows",
      paramLabel = "DIR",
      description =
          "Publish every *.json of this folder as an active workflow, again when it changes, and"
              + " withdraw those that were removed.")
  private @Nullable Path workflows;

  /** What was started, the last on top. Guarded by itself. */
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private final CountDownLatch stopped = new CountDownLatch(1);

  @Override
  public Integer call() throws InterruptedException {
    Path folder = workflows;
    if (folder != null && !Files.isDirectory(folder)) {
      throw new MillraceException(ErrorCode.UNREADABLE_FILE, folder + " is not a folder");
    }
    requireFree(port);
    Thread hook = Thread.ofPlatform().name("stop").unstarted(this::stop);
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      String url = start(folder);
      PrintWriter out = spec.commandLine().getOut();
      out.println("Millrace is ready at " + url);
      out.flush();
      stopped.await();
    } finally {
      // After a signal the hook is at work already.
      stop();
    }
    return 0;
  }

  /** Starts everything and returns when webhooks can be called. */
  private String start(@Nullable Path folder) {
    DataFolder dataFolder = add(DataFolder.open(data));
    Platform platform = add(Platform.start(dataFolder, List.of()));
    IngressServer ingress =
        add(
            IngressServer.start(
                IngressSettings.defaults(platform.bootstrap()).withListener("0.0.0.0", port),
                platform.registry(),
                CredentialStore.none()));
    platform.startEngine(repliesTo(ingress.replies(), platform));
    if (folder != null) {
      publish(folder, dataFolder, platform);
    }
    platform.awaitEngine();
    awaitReady(ingress);
    return ingress.baseUrl();
  }

  /** Hands committed replies to the callers that wait in this process. */
  private static CommittedReplies repliesTo(ReplyRouter router, Platform platform) {
    AvroSerde<ReplyRecord> serde = platform.serdes().serde(ReplyRecord.class);
    byte[] instance = router.instance().getBytes(StandardCharsets.UTF_8);
    return (ingress, reply) -> {
      if (Arrays.equals(ingress, instance)) {
        router.complete(serde.fromBytes(reply));
      }
    };
  }

  private void publish(Path folder, DataFolder dataFolder, Platform platform) {
    DefinitionsPublisher publisher =
        add(
            new DefinitionsPublisher(
                platform.bootstrap(), platform.serdes(), InstantSource.system()));
    WorkflowFolder files =
        new WorkflowFolder(
            folder,
            dataFolder.publishedFiles(),
            new WorkflowCheck(platform.catalogue()),
            publisher,
            new Reporter());
    // Watched first: what changes while it is read for the first time is then read again.
    CountDownLatch read = new CountDownLatch(1);
    add(
        new FolderWatcher(
            folder,
            QUIET,
            () -> {
              awaitUninterruptibly(read);
              files.synchronise();
            }));
    try {
      files.synchronise();
    } finally {
      read.countDown();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private static void awaitReady(IngressServer ingress) {
    long deadline = System.nanoTime() + READY_LIMIT.toNanos();
    while (!ingress.ready()) {
      if (System.nanoTime() > deadline) {
        throw new MillraceException(
            ErrorCode.INTERNAL, "the webhooks were not ready in " + READY_LIMIT.toSeconds() + " s");
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  private <T extends AutoCloseable> T add(T part) {
    synchronized (parts) {
      parts.push(part);
    }
    return part;
  }

  /** Stops what was started, the last first. Whoever comes second waits for the first. */
  private void stop() {
    synchronized (parts) {
      while (!parts.isEmpty()) {
        AutoCloseable part = parts.pop();
        try {
          part.close();
        } catch (Exception failed) {
          // The others are to be stopped all the same.
          LOG.error("{} did not stop cleanly", part.getClass().getSimpleName(), failed);
        }
      }
    }
    stopped.countDown();
  }

  private static void requireFree(int port) {
    if (port == 0) {
      return;
    }
    // Looked at before anything is started, so that a taken port is told at once.
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(port));
    } catch (IOException taken) {
      throw new MillraceException(
          ErrorCode.PORT_IN_USE, "port " + port + " is taken by another program", taken);
    }
  }

  /** Tells what became of each file. */
  private final class Reporter implements WorkflowFolder.Listener {
    @Override
    public void published(Path file, String workflowName, int version) {
      print(
          file.getFileName() + ": \"" + workflowName + "\" is active in version " + version + ".");
    }

    @Override
    public void broken(Path file, MillraceException error) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(file.getFileName() + ": " + Main.line(error));
      err.flush();
    }

    @Override
    public void withdrawn(Path file) {
      print(file.getFileName() + ": withdrawn.");
    }

    private void print(String line) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(line);
      out.flush();
    }
  }
}
