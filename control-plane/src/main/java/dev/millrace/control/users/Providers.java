package dev.millrace.control.users;

import dev.millrace.control.oidc.IdentityProvider;
import dev.millrace.control.oidc.OidcClient;
import java.net.URI;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The identity provider as it is set now, with what was read of it. Thread-safe. */
final class Providers implements AutoCloseable {
  private final ProviderStore store;
  private final Supplier<String> publicUrl;
  private final InstantSource clock;
  private @Nullable Open now;

  /** A provider, and the settings that it was opened by. */
  private record Open(String revision, String redirectUri, IdentityProvider provider) {}

  Providers(ProviderStore store, Supplier<String> publicUrl, InstantSource clock) {
    this.store = store;
    this.publicUrl = publicUrl;
    this.clock = clock;
  }

  /** Where a provider sends browsers back. */
  String redirectUri() {
    return publicUrl.get() + ProviderEndpoints.CALLBACK;
  }

  /**
   * The provider of settings. What was read of it stays for as long as they do.
   *
   * @throws dev.millrace.error.MillraceException {@code STORED_SECRET_UNREADABLE}
   */
  synchronized IdentityProvider of(ProviderSettings settings) {
    String redirectUri = redirectUri();
    Open before = now;
    if (before != null
        && before.revision().equals(settings.revision())
        && before.redirectUri().equals(redirectUri)) {
      return before.provider();
    }
    IdentityProvider provider = opened(settings, redirectUri);
    close();
    now = new Open(settings.revision(), redirectUri, provider);
    return provider;
  }

  /**
   * Looks whether a provider can be used that is not set yet.
   *
   * @throws dev.millrace.error.MillraceException {@code SIGN_IN_PROVIDER_FAILED}
   */
  void check(ProviderSettings settings) {
    try (IdentityProvider provider = opened(settings, redirectUri())) {
      provider.check();
    }
  }

  private IdentityProvider opened(ProviderSettings settings, String redirectUri) {
    return new IdentityProvider(
        new OidcClient(
            settings.issuer(),
            settings.clientId(),
            store.secret(settings),
            settings.scopes(),
            URI.create(redirectUri)),
        clock);
  }

  @Override
  public synchronized void close() {
    if (now != null) {
      now.provider().close();
      now = null;
    }
  }
}
