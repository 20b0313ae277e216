package dev.millrace.standalone.embedded;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Where a Redis is.
 *
 * @param uri {@code redis://[user][:password]@host:port[/database]}, or {@code rediss} with TLS;
 *     the password is part of it
 */
public record RedisSettings(URI uri) {
  private static final int PORT = 6379;

  /** A Redis of this machine. */
  static RedisSettings local(int port, String password) {
    return new RedisSettings(URI.create("redis://:" + encoded(password) + "@127.0.0.1:" + port));
  }

  /**
   * Puts together what an operator names.
   *
   * @param url as above; with the password or without
   * @param password takes the place of the one in the URL
   * @throws MillraceException {@code INVALID_REQUEST} when it is no such URL; the message does not
   *     repeat it, because it may have a password
   */
  public static RedisSettings of(String url, Optional<String> password) {
    try {
      URI uri = new URI(url);
      String scheme = uri.getScheme();
      if (uri.getHost() != null && ("redis".equals(scheme) || "rediss".equals(scheme))) {
        int port = uri.getPort() < 0 ? PORT : uri.getPort();
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        String who = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo();
        if (password.isPresent()) {
          int colon = who.indexOf(':');
          who = (colon < 0 ? who : who.substring(0, colon)) + ":" + encoded(password.get());
        }
        return new RedisSettings(
            new URI(
                scheme
                    + "://"
                    + (who.isEmpty() ? "" : who + "@")
                    + uri.getHost()
                    + ":"
                    + port
                    + path));
      }
    } catch (URISyntaxException noUrl) {
      // Told below: the exception would repeat the URL.
    }
    throw new MillraceException(
        ErrorCode.INVALID_REQUEST,
        "--redis-url needs a URL such as redis://redis.example.com:6379");
  }

  private static String encoded(String password) {
    return URLEncoder.encode(password, StandardCharsets.UTF_8).replace("+", "%20");
  }

  public boolean hasPassword() {
    String who = uri.getRawUserInfo();
    return who != null && who.contains(":");
  }

  /** Without the password. */
  @Override
  public String toString() {
    return uri.getScheme() + "://" + uri.getHost() + ":" + uri.getPort();
  }
}
