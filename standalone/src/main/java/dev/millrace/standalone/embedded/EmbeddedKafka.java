package dev.millrace.standalone.embedded;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker and controller in this process, on the loopback address, with its data in a
 * directory that it finds again at the next start. Several may run in one process, each with its
 * own directory. {@link #start} and {@link #close} are called from one thread.
 */
public final class EmbeddedKafka implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedKafka.class);

  /** How often another free port is tried when somebody took the one that was just free. */
  private static final int PORT_ATTEMPTS = 3;

  private final Path directory;
  private final int wantedPort;
  private final @Nullable ClusterNode cluster;
  private int port;
  private @Nullable KafkaRaftServer server;
  private @Nullable FileChannel lock;

  /**
   * @param directory is created when it is not there
   * @param port of the broker; 0 for a free one, another at each start
   */
  public EmbeddedKafka(Path directory, int port) {
    this(directory, port, null);
  }

  /**
   * One broker of several, each in a process of its own.
   *
   * @param directory is created when it is not there
   * @param port of the broker, not 0
   */
  public EmbeddedKafka(Path directory, int port, @Nullable ClusterNode cluster) {
    this.directory = directory.toAbsolutePath();
    this.wantedPort = port;
    this.cluster = cluster;
  }

  /**
   * Formats a new directory, starts, and returns when clients are served.
   *
   * @throws MillraceException {@code BROKER_UNAVAILABLE} when the port is taken, another process
   *     uses the directory, or Kafka does not start for a reason of its own
   */
  public void start() {
    if (server != null) {
      throw new IllegalStateException("Kafka runs already");
    }
    KafkaLogging.quiet();
    requireFree(wantedPort);
    lock();
    try {
      format();
      startServer();
    } finally {
      if (server == null) {
        unlock();
      }
    }
  }

  private void startServer() {
    for (int attempt = 1; ; attempt++) {
      port = wantedPort == 0 ? freePort() : wantedPort;
      KafkaRaftServer starting = null;
      try {
        starting =
            new KafkaRaftServer(
                new KafkaConfig(BrokerSettings.of(directory, port, node()), false), Time.SYSTEM);
        starting.startup();
        server = starting;
        return;
      } catch (Exception failed) {
        if (starting != null) {
          starting.shutdown();
        }
        if (attempt == PORT_ATTEMPTS || !lostPort(failed)) {
          throw unavailable("Kafka does not start in " + directory + ": " + reason(failed), failed);
        }
      }
    }
  }

  /** A single node finds another free port for its controller at each start. */
  private ClusterNode node() {
    return cluster == null ? ClusterNode.single(freePort()) : cluster;
  }

  /** The address for clients, {@code 127.0.0.1:port}. */
  public String bootstrap() {
    if (server == null) {
      throw new IllegalStateException("Kafka does not run");
    }
    return "127.0.0.1:" + port;
  }

  /** Stops in good order, after which the directory may be used again. Does nothing twice. */
  @Override
  public void close() {
    KafkaRaftServer running = server;
    server = null;
    if (running != null) {
      running.shutdown();
      running.awaitShutdown();
      unlock();
    }
  }

  /**
   * Kafka takes its own lock only after the controller has opened the metadata log, so a second
   * process would already have written into the files of the first.
   */
  private void lock() {
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              directory.resolve(".millrace.lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      lock = channel;
      if (channel.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException sameProcess) {
      // Reported below, as for another process.
    } catch (IOException failed) {
      unlock();
      throw unavailable(
          "the directory " + directory + " cannot be written: " + reason(failed), failed);
    }
    unlock();
    throw unavailable("the directory " + directory + " is used by a running Kafka", null);
  }

  private void unlock() {
    FileChannel held = lock;
    lock = null;
    if (held != null) {
      try {
        held.close();
      } catch (IOException failed) {
        LOG.warn("The lock of {} could not be released: {}", directory, reason(failed));
      }
    }
  }

  private void format() {
    if (Files.exists(directory.resolve("meta.properties"))) {
      return;
    }
    try {
      new Formatter()
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .setNodeId(cluster == null ? ClusterNode.SINGLE_ID : cluster.id())
          .setClusterId(cluster == null ? Uuid.randomUuid().toString() : cluster.clusterId())
          .setControllerListenerName(BrokerSettings.CONTROLLER_LISTENER)
          .setMetadataLogDirectory(directory.toString())
          .setDirectories(List.of(directory.toString()))
          // What a start that was killed half way left formatted is taken as it is.
          .setIgnoreFormatted(true)
          .run();
    } catch (Exception failed) {
      throw unavailable(
          "the directory " + directory + " cannot be prepared for Kafka: " + reason(failed),
          failed);
    }
  }

  private static void requireFree(int port) {
    if (port == 0) {
      return;
    }
    try (ServerSocket probe = new ServerSocket()) {
      // As Kafka binds: connections of a process that just ended do not block the port.
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException taken) {
      throw unavailable("the port " + port + " for Kafka is taken by another program", taken);
    }
  }

  private static int freePort() {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    } catch (IOException none) {
      throw unavailable("there is no free port for Kafka", none);
    }
  }

  private static boolean lostPort(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof java.net.BindException
          || String.valueOf(t.getMessage()).contains("Address already in use")) {
        return true;
      }
    }
    return false;
  }

  private static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return Objects.requireNonNullElse(root.getMessage(), root.toString());
  }

  private static MillraceException unavailable(String message, @Nullable Throwable cause) {
    return new MillraceException(ErrorCode.BROKER_UNAVAILABLE, message, cause);
  }
}
