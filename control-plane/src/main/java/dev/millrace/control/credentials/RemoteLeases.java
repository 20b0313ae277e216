package dev.millrace.control.credentials;

import dev.millrace.control.vault.Secret;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives leases to workers of other processes: to who shows a worker's token, encrypted for who
 * knows the installation's key. Thread-safe; blocks.
 */
final class RemoteLeases {
  private final LeaseSource leases;
  private final WorkerTokens tokens;

  RemoteLeases(LeaseSource leases, WorkerTokens tokens) {
    this.leases = leases;
    this.tokens = tokens;
  }

  /**
   * @param body {@code {token, sealed}}
   * @return {@code {sealed}}, of an empty object where there is no such credential
   * @throws MillraceException {@code LEASE_REFUSED}, and what {@link LeaseSource} throws
   */
  Map<String, @Nullable Object> answer(Map<String, @Nullable Object> body) {
    if (!(body.get("token") instanceof String token)
        || !(body.get("sealed") instanceof String sealed)) {
      throw new MillraceException(ErrorCode.LEASE_REFUSED, "There is no token of a worker");
    }
    WorkerTokens.Worker worker = tokens.verify(token);
    LeaseRequest request = request(sealed, worker);
    Map<String, @Nullable Object> answer = leases.lease(request).map(Lease::json).orElse(Map.of());
    try (Secret plain = Secret.taking(Json.write(answer))) {
      return Map.of(
          "sealed",
          Base64.getEncoder().encodeToString(tokens.seal(plain, worker.tokenId(), "answer")));
    }
  }

  private LeaseRequest request(String sealed, WorkerTokens.Worker worker) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(sealed);
    } catch (IllegalArgumentException notBase64) {
      throw CredentialDraft.invalid("sealed is not Base64");
    }
    try (Secret plain = tokens.open(bytes, worker.tokenId(), "request")) {
      return LeaseRequest.read(plain.use(Json::parseObject))
          .orElseThrow(() -> CredentialDraft.invalid("This is no request for a lease"));
    }
  }
}
