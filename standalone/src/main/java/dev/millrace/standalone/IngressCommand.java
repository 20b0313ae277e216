package dev.millrace.standalone;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A webhook server alone, beside others. */
@Command(
    name = "ingress",
    mixinStandardHelpOptions = true,
    description = "Serves webhooks alone: what is called runs in the engines, until Ctrl-C.")
final class IngressCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private final ClusterOptions cluster = new ClusterOptions();
  @Mixin private final OutsideOptions outside = new OutsideOptions();

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "5678",
      description = "Port for webhooks (default: ${DEFAULT-VALUE}); 0 takes a free one.")
  private int port;

  @Option(
      names = "--workflows",
      paramLabel = "DIR",
      description =
          "Publish every *.json of this folder as an active workflow, as `up` does. Only one"
              + " process of an installation may.")
  private @Nullable Path workflows;

  @Override
  public Integer call() throws InterruptedException {
    Path folder = workflows;
    if (folder != null && !Files.isDirectory(folder)) {
      throw new MillraceException(ErrorCode.UNREADABLE_FILE, folder + " is not a folder");
    }
    ClusterPart part = new ClusterPart(cluster, outside.credentials(), outside.allowed());
    Service.run(
        part,
        spec.commandLine().getOut(),
        () -> " at " + part.startIngress(port, folder, new FolderReporter(spec)));
    return 0;
  }
}
