package dev.millrace.http;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The hosts that a credential may be sent to. Immutable.
 *
 * @param patterns host names in lower case, or {@code *.domain} for all hosts below a domain; empty
 *     where every host is meant, an empty list allows none
 */
public record AllowedHosts(Optional<List<String>> patterns) {
  /** Field of a credential: {@code all}, {@code none} or {@code domains}. */
  public static final String KIND = "allowedHttpRequestDomains";

  /** Field of a credential: the hosts, separated by commas. */
  public static final String DOMAINS = "allowedDomains";

  public static final AllowedHosts ALL = new AllowedHosts(Optional.empty());

  public AllowedHosts {
    patterns = patterns.map(AllowedHosts::normal);
  }

  /** Only these. */
  public static AllowedHosts only(List<String> patterns) {
    return new AllowedHosts(Optional.of(patterns));
  }

  /** What a credential's own fields say. A kind that is not known allows no host. */
  public static AllowedHosts of(Map<String, ?> credential) {
    Object kind = credential.get(KIND);
    if (kind == null || kind.equals("all")) {
      return ALL;
    }
    return only(
        kind.equals("domains") && credential.get(DOMAINS) instanceof String domains
            ? List.of(domains.split(","))
            : List.of());
  }

  /** As the fields of a credential have it; empty where every host is allowed. */
  public Map<String, String> fields() {
    return patterns
        .map(known ->
            known.isEmpty()
                ? Map.of(KIND, "none")
                : Map.of(KIND, "domains", DOMAINS, String.join(",", known)))
        .orElse(Map.of());
  }

  public boolean everyHost() {
    return patterns.isEmpty();
  }

  public boolean allows(HttpUrl url) {
    return patterns.isEmpty() || patterns.get().stream().anyMatch(pattern -> matches(pattern, url));
  }

  private static boolean matches(String pattern, HttpUrl url) {
    // Below an address there is nothing, however its digits end.
    return pattern.startsWith("*.")
        ? url.address() == null && url.host().endsWith(pattern.substring(1))
        : url.host().equals(pattern);
  }

  private static List<String> normal(List<String> patterns) {
    return patterns.stream()
        .flatMap(pattern -> Arrays.stream(pattern.split(",")))
        .map(pattern -> pattern.strip().toLowerCase(Locale.ROOT))
        .filter(pattern -> !pattern.isEmpty())
        .toList();
  }
}
