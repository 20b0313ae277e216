package dev.millrace.control.credentials;

import dev.millrace.control.db.Database;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.vault.Envelope;
import dev.millrace.control.vault.KeyEncryption;
import dev.millrace.control.vault.Secrets;
import dev.millrace.http.OutgoingHttp;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The credentials of an installation, put together. Thread-safe. */
public final class CredentialVault {
  private static final Duration LEASE = Duration.ofSeconds(60);

  private final List<Endpoint> endpoints;
  private final LeaseSource leases;
  private final CredentialKeyRotation rotation;

  /**
   * What the vault needs of others.
   *
   * @param keys that wrap the data keys
   * @param http the guarded way out, for tests of credentials and tokens
   * @param secrets the stores outside
   * @param projects which project a workflow belongs to
   * @param tokens by which workers of other processes are known
   * @param publicUrl of this installation, as browsers reach it
   * @param limits throws when what is given cannot be meant as limits
   */
  public record Parts(
      Database database,
      KeyEncryption keys,
      OutgoingHttp http,
      Secrets secrets,
      WorkflowProjects projects,
      WorkerTokens tokens,
      Supplier<String> publicUrl,
      Consumer<Map<String, @Nullable Object>> limits,
      InstantSource clock) {}

  public CredentialVault(Parts parts) {
    Envelope envelope = new Envelope(parts.keys());
    CredentialTypes types = new CredentialTypes();
    CredentialService service =
        new CredentialService(parts.database(), envelope, types, parts.limits(), parts.clock());
    OAuthTokens tokens =
        new OAuthTokens(parts.database(), envelope, parts.http(), parts.secrets(), parts.clock());
    this.leases =
        new CredentialLeases(
            parts.database(), envelope, parts.projects(), parts.secrets(), tokens, LEASE);
    this.rotation = new CredentialKeyRotation(parts.database(), envelope);
    CredentialRoutes routes =
        new CredentialRoutes(
            service,
            new CredentialImport(parts.database(), service),
            new CredentialTester(types, parts.http(), parts.secrets()),
            types,
            rotation,
            new RemoteLeases(leases, parts.tokens()));
    OAuthRoutes signIn =
        new OAuthRoutes(
            new OAuthSignIn(
                parts.database(),
                envelope,
                parts.http(),
                tokens,
                parts.secrets(),
                parts.publicUrl(),
                parts.clock()));
    this.endpoints =
        Stream.concat(routes.endpoints().stream(), signIn.endpoints().stream()).toList();
  }

  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /** For who needs credentials in this process; others ask over HTTP. */
  public LeaseSource leases() {
    return leases;
  }

  public CredentialKeyRotation rotation() {
    return rotation;
  }
}
