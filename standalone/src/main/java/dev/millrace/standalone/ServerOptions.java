package dev.millrace.standalone;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.standalone.embedded.KafkaLogging;
import dev.millrace.standalone.history.ExecutionHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which server a command talks to. */
final class ServerOptions {
  private static final int PATIENCE_MILLIS = 5_000;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "data",
      description = "The data folder of the running server (default: ./${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init")
  private Path data;

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      description = "The Kafka of the engine, instead of the one that a data folder names.")
  private @Nullable String bootstrap;

  /**
   * Does something with the server's executions.
   *
   * @throws MillraceException {@code BROKER_UNAVAILABLE} when no server answers
   */
  <T> T with(Function<ExecutionHistory, T> work) {
    KafkaLogging.quiet();
    String address = bootstrap == null ? address() : bootstrap;
    requireAnswer(address);
    try (StartedParts parts = new StartedParts()) {
      EmbeddedRegistry registry = EmbeddedRegistry.onKafka(address);
      parts.add(registry);
      JsExpressionEngine expressions = new JsExpressionEngine();
      parts.add(expressions);
      // Nodes are known here, but nothing that they could reach.
      ExecutionHistory history =
          new ExecutionHistory(
              address,
              Platform.serdes(registry),
              Platform.catalogue(Outside.none().services(expressions), List.of()),
              expressions,
              InstantSource.system());
      parts.add(history);
      return work.apply(history);
    }
  }

  private String address() {
    Path file = DataFolder.address(data);
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException none) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE,
          "no server has ever used the data folder " + data.toAbsolutePath(),
          none);
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, file + " cannot be read: " + unreadable, unreadable);
    }
  }

  private static void requireAnswer(String address) {
    try (Admin admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                address,
                // A server that is not there is to be told at once, not after a minute.
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                PATIENCE_MILLIS,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                PATIENCE_MILLIS))) {
      admin
          .describeCluster(new DescribeClusterOptions().timeoutMs(PATIENCE_MILLIS))
          .clusterId()
          .get();
    } catch (ExecutionException silent) {
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE, "no server answers at " + address, silent);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE, "interrupted while connecting to " + address, interrupted);
    }
  }
}
