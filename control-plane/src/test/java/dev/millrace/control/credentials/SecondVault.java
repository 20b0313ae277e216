package dev.millrace.control.credentials;

import dev.millrace.control.vault.Secrets;
import dev.millrace.http.ApacheOutgoingHttp;
import dev.millrace.http.OutgoingHttpSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A second vault on the database of a rig, as another process has it. */
final class SecondVault implements AutoCloseable {
  private final ApacheOutgoingHttp http =
      new ApacheOutgoingHttp(OutgoingHttpSettings.DEFAULT.withAllowed(List.of("127.0.0.0/8")));
  private final CredentialVault vault;

  SecondVault(VaultRig rig) {
    this.vault =
        new CredentialVault(
            new CredentialVault.Parts(
                rig.database,
                rig.keys,
                http,
                Secrets.none(),
                workflow -> Optional.of("p1"),
                rig.tokens,
                () -> "https://other.example",
                limits -> {},
                () -> rig.now));
  }

  Object accessToken(String id) {
    Lease lease =
        vault
            .leases()
            .lease(new LeaseRequest("w", "oAuth2Api", id, "", LeaseRequest.Want.FIELDS, ""))
            .orElseThrow();
    return lease.fields().get("oauthTokenData") instanceof Map<?, ?> tokens
            && tokens.get("access_token") instanceof String token
        ? token
        : "";
  }

  @Override
  public void close() {
    http.close();
  }
}
