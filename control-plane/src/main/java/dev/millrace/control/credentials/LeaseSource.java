package dev.millrace.control.credentials;

import dev.millrace.error.MillraceException;
import java.util.Optional;

/** Where leases come from: the vault in this process, or one far away. Thread-safe; blocks. */
@FunctionalInterface
public interface LeaseSource {
  /**
   * Empty when there is no such credential that the workflow may use.
   *
   * @throws MillraceException {@code CREDENTIALS_UNAVAILABLE} when nobody can tell now; {@code
   *     LEASE_REFUSED} when the caller is not of this installation; {@code CREDENTIAL_UNREADABLE},
   *     {@code SECRET_UNRESOLVED} or {@code OAUTH_FAILED} when the credential cannot be used
   */
  Optional<Lease> lease(LeaseRequest request);
}
