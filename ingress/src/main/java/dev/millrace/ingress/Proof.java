package dev.millrace.ingress;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a caller proved that he may call.
 *
 * @param claims of the token that he came with, null where no token is asked for
 * @param secretHeader in lower case: what it holds is the credential itself, and no business of the
 *     workflow's; null for none
 */
record Proof(@Nullable Map<String, @Nullable Object> claims, @Nullable String secretHeader) {
  /** Nothing had to be proved. */
  static final Proof NONE = new Proof(null, null);
}
