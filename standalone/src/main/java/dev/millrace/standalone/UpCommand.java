package dev.millrace.standalone;

import dev.millrace.control.mail.Mail;
import dev.millrace.control.mail.SmtpMail;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves workflows until it is stopped. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description =
        "Serves workflows: Kafka, engine and webhooks in this process, PostgreSQL and Redis beside it,"
            + " until Ctrl-C.")
final class UpCommand implements Callable<Integer> {
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

  @Option(
      names = "--public-url",
      paramLabel = "URL",
      description =
          "What callers put before /webhook, such as https://hooks.example.com, when it is not this"
              + " machine and port; it is part of the URLs that workflows hand out.")
  private @Nullable String publicUrl;

  @Mixin private final OutsideOptions outside = new OutsideOptions();
  @Mixin private final StorageOptions storage = new StorageOptions();
  @Mixin private final RetentionOptions retention = new RetentionOptions();
  @Mixin private final ControlStoreOptions stores = new ControlStoreOptions();
  @Mixin private final MailOptions mail = new MailOptions();

  @Override
  public Integer call() throws InterruptedException {
    Path folder = workflows;
    if (folder != null && !Files.isDirectory(folder)) {
      throw new MillraceException(ErrorCode.UNREADABLE_FILE, folder + " is not a folder");
    }
    LocalServer.Settings settings =
        new LocalServer.Settings(
            outside.credentials(),
            outside.allowed(),
            storage.storage(),
            retention.keepFiles(),
            checked(publicUrl),
            Optional.of(stores.settings()),
            mail.settings().<Mail>map(SmtpMail::new));
    LocalServer server = new LocalServer(DataFolder.open(data), settings);
    Service.run(
        server,
        spec.commandLine().getOut(),
        () ->
            " at "
                + server.start(
                    port,
                    folder == null
                        ? List.of()
                        : List.of(new LocalServer.Published(folder, new FolderReporter(spec)))));
    return 0;
  }

  /**
   * A public URL without a slash at its end; empty for null.
   *
   * @throws MillraceException {@code INVALID_REQUEST} when it is none
   */
  static Optional<String> checked(@Nullable String url) {
    if (url == null) {
      return Optional.empty();
    }
    try {
      URI uri = new URI(url);
      if (uri.getHost() != null && String.valueOf(uri.getScheme()).matches("https?")) {
        return Optional.of(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
      }
    } catch (URISyntaxException noUrl) {
      // Told below, in the same way.
    }
    throw new MillraceException(
        ErrorCode.INVALID_REQUEST, "--public-url needs a URL such as https://hooks.example.com");
  }
}
