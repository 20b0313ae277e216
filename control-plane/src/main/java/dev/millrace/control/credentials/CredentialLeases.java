package dev.millrace.control.credentials;

import dev.millrace.control.db.Database;
import dev.millrace.control.vault.Envelope;
import dev.millrace.control.vault.Secrets;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/**
 * Lets workflows use credentials: those of their own project, and those shared with it.
 * Thread-safe; blocks.
 */
final class CredentialLeases implements LeaseSource {
  private final Database database;
  private final CredentialRepository repository = new CredentialRepository();
  private final CredentialCipher cipher;
  private final WorkflowProjects projects;
  private final Secrets secrets;
  private final OAuthTokens tokens;
  private final Duration validFor;

  CredentialLeases(
      Database database,
      Envelope envelope,
      WorkflowProjects projects,
      Secrets secrets,
      OAuthTokens tokens,
      Duration validFor) {
    this.database = database;
    this.cipher = new CredentialCipher(envelope);
    this.projects = projects;
    this.secrets = secrets;
    this.tokens = tokens;
    this.validFor = validFor;
  }

  @Override
  public Optional<Lease> lease(LeaseRequest request) {
    try {
      return projects
          .projectOf(request.workflowId())
          .flatMap(project ->
              database
                  .jdbi()
                  .withHandle(handle ->
                      repository.usable(
                          handle, project, request.type(), request.id(), request.name())))
          .map(stored -> lease(stored, request));
    } catch (JdbiException away) {
      // The message of the cause quotes the statement.
      throw new MillraceException(
          ErrorCode.CREDENTIALS_UNAVAILABLE, "The database with the credentials cannot be reached");
    }
  }

  private Lease lease(StoredCredential stored, LeaseRequest request) {
    Credential credential = stored.credential();
    if (request.want() == LeaseRequest.Want.LIMITS) {
      return new Lease(Map.of(), credential.limits(), validFor);
    }
    Map<String, @Nullable Object> fields = cipher.open(stored);
    if (CredentialType.isOAuth2(credential.type())) {
      fields =
          request.refused().isEmpty()
              ? tokens.usable(credential, fields)
              : tokens.renewed(credential.id(), request.refused());
      fields = OAuthTokens.forNodes(fields);
    }
    Map<String, @Nullable Object> all =
        new LinkedHashMap<>(secrets.resolve(credential.projectId(), fields));
    all.putAll(credential.allowedHosts().fields());
    return new Lease(all, credential.limits(), validFor);
  }
}
