package dev.millrace.standalone;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.resume.ResumeKey;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The installation that a part belongs to, and where the part keeps what is its own. */
final class ClusterOptions {
  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      required = true,
      description = "Kafka; several addresses with commas.")
  @SuppressWarnings("NullAway.Init")
  private String bootstrap;

  @Option(
      names = "--registry",
      paramLabel = "URL",
      description =
          "Schema registry with Confluent's interface; without it the schemas are kept in a topic."
              + " The same for all parts.")
  private @Nullable String registry;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "12",
      description =
          "Partitions that executions are spread over, where the topics do not exist yet (default:"
              + " ${DEFAULT-VALUE}): the most engine threads that share the work.")
  private int partitions;

  @Option(
      names = "--replication",
      paramLabel = "N",
      defaultValue = "-1",
      description = "Replicas of topics that do not exist yet (default: the brokers' default).")
  private short replication;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "data",
      description =
          "What this process keeps over restarts (default: ./${DEFAULT-VALUE}); each process has"
              + " its own.")
  @SuppressWarnings("NullAway.Init")
  private Path data;

  @Option(
      names = "--files",
      paramLabel = "DIR",
      description =
          "The files of items (default: below --data). Parts on several machines need one that"
              + " they share.")
  private @Nullable Path files;

  @Option(
      names = "--resume-key",
      paramLabel = "FILE",
      description =
          "Signs the URLs by which waiting executions are called; made where it does not exist. The"
              + " same for all engines and webhook servers. Without it no workflow can wait for a"
              + " call.")
  private @Nullable Path resumeKey;

  @Option(
      names = "--public-url",
      paramLabel = "URL",
      description =
          "What callers put before /webhook, such as https://hooks.example.com. The same for all"
              + " engines and webhook servers; a webhook server without it serves its own port.")
  private @Nullable String publicUrl;

  Optional<ResumeKey> resumeKey() {
    return Optional.ofNullable(resumeKey).map(ResumeKey::open);
  }

  Optional<String> publicUrl() {
    return UpCommand.checked(publicUrl);
  }

  String bootstrap() {
    return bootstrap;
  }

  @Nullable URI registry() {
    if (registry == null) {
      return null;
    }
    try {
      return new URI(registry);
    } catch (URISyntaxException notOne) {
      throw new MillraceException(
          ErrorCode.REGISTRY_UNAVAILABLE, "the address of the registry is no URL", notOne);
    }
  }

  int partitions() {
    return partitions;
  }

  short replication() {
    return replication;
  }

  Path data() {
    return data;
  }

  @Nullable Path files() {
    return files;
  }
}
