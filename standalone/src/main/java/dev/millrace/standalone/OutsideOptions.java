package dev.millrace.standalone;

import dev.millrace.ingress.CredentialStore;
import dev.millrace.ingress.FileCredentialStore;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a command line lets workflows reach beside public addresses. */
final class OutsideOptions {
  @Option(
      names = "--credentials",
      paramLabel = "FILE",
      description = "The credentials that nodes name: a JSON list of {id, name, type, data}.")
  private @Nullable Path credentials;

  @Option(
      names = "--allow-outgoing",
      paramLabel = "HOST|NETWORK",
      split = ",",
      description =
          "Hosts and networks that nodes may call though they are not public, such as"
              + " crm.internal,10.1.0.0/16.")
  private List<String> outgoing = List.of();

  @Option(
      names = "--allow-files",
      paramLabel = "DIR",
      split = ",",
      description = "Folders whose files workflows may read and write; none by default.")
  private List<Path> folders = List.of();

  CredentialStore credentials() {
    return credentials == null ? CredentialStore.none() : new FileCredentialStore(credentials);
  }

  Outside.Allowed allowed() {
    return new Outside.Allowed(outgoing, folders);
  }
}
