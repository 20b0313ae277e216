package dev.millrace.control.vault;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Secrets of environment variables with a prefix, so that nothing else of the environment can be
 * read: {@code $secrets.env.shop.key} is {@code MILLRACE_SECRET_SHOP_KEY}.
 */
public final class EnvironmentSecrets implements SecretSource {
  private static final String PREFIX = "MILLRACE_SECRET_";

  private final Map<String, String> environment;

  public EnvironmentSecrets(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Optional<Secret> read(String name) {
    String variable = PREFIX + name.replaceAll("[.-]", "_").toUpperCase(Locale.ROOT);
    return Optional.ofNullable(environment.get(variable)).map(Secret::of);
  }
}
