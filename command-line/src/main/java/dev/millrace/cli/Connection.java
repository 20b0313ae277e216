package dev.millrace.cli;

import dev.millrace.cli.api.HttpApi;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which server a command works on, and as whom. */
final class Connection {
  static final String URL = "MILLRACE_URL";
  static final String KEY = "MILLRACE_API_KEY";
  static final String PROFILE = "MILLRACE_PROFILE";

  /** Where {@code ./millrace up} is. */
  static final String HERE = "http://localhost:5678";

  private final Surroundings here;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "The sign-in to use, when there are several (MILLRACE_PROFILE; else default).")
  private @Nullable String profile;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  /** A server, and by what one is known there. */
  record Target(URI url, String key) {}

  Connection(Surroundings here) {
    this.here = here;
  }

  Surroundings here() {
    return here;
  }

  /** The name of the profile that is meant. */
  String profile() {
    String named = profile;
    return named == null ? here.variable(PROFILE).orElse(Profiles.PRESET) : named;
  }

  /**
   * The server that is meant. What the environment says wins over what was signed in to, but a key
   * goes to no other server than the one that gave it.
   *
   * @throws MillraceException {@code NOT_SIGNED_IN}, {@code WRONG_USE}, {@code PROFILES_UNUSABLE}
   */
  Target target() {
    Optional<URI> url = here.variable(URL).map(Connection::address);
    Optional<String> key = here.variable(KEY);
    if (url.isPresent() && key.isPresent()) {
      return new Target(url.get(), key.get());
    }
    Optional<Profiles.Profile> known = Profiles.of(here).find(profile());
    if (key.isPresent()) {
      return new Target(known.map(Profiles.Profile::url).orElseGet(() -> address(HERE)), key.get());
    }
    return known
        .filter(signedIn -> url.isEmpty() || url.get().equals(signedIn.url()))
        .map(signedIn -> new Target(signedIn.url(), signedIn.key()))
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.NOT_SIGNED_IN,
                url.map(named -> "You are not signed in at " + named)
                        .orElse("There is no sign-in with the name " + profile())
                    + ": use millrace login, or set MILLRACE_URL and MILLRACE_API_KEY"));
  }

  /** Does something at the server, and answers the exit code. */
  int call(ToIntFunction<HttpApi> work) {
    Target target = target();
    try (HttpApi api = HttpApi.millrace(target.url(), target.key(), here.pause())) {
      return work.applyAsInt(api);
    }
  }

  /**
   * The address of a server, without a slash at its end.
   *
   * @throws MillraceException {@code WRONG_USE}
   */
  static URI address(String text) {
    try {
      URI uri = new URI(text.strip().replaceAll("/+$", ""));
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      if (uri.getHost() != null
          && (scheme.equals("http") || scheme.equals("https"))
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null
          && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException none) {
      // Told below, in the same way.
    }
    throw new MillraceException(
        ErrorCode.WRONG_USE, "\"" + text + "\" is no address such as https://millrace.example.com");
  }
}
