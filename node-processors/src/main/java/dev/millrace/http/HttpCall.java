package dev.millrace.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A request and how to make it. Immutable.
 *
 * @param method upper case
 * @param headers in order; a name may occur more than once
 * @param secretHeaders names, in lower case, of headers that only the first host may see
 * @param digest user and password to answer a digest challenge of the first host with
 */
public record HttpCall(
    String method,
    HttpUrl url,
    List<HttpHeader> headers,
    Set<String> secretHeaders,
    @Nullable HttpBody body,
    @Nullable UserPassword digest,
    Options options) {

  /** Name and password; never printed. */
  public record UserPassword(String user, String password) {
    @Override
    public String toString() {
      return "UserPassword";
    }
  }

  /** Which redirects are followed. */
  public enum Redirects {
    NONE,
    /** Only of GET and HEAD. */
    SAFE_METHODS,
    ALL
  }

  /**
   * How a call is made.
   *
   * @param timeout until the headers of the last answer have arrived, and between two pieces of its
   *     body
   * @param secretsFollowRedirects whether other hosts get the secret headers too
   * @param anyCertificate whether the server may show a certificate that nobody vouches for
   * @param proxy where all of it is sent instead, or null
   */
  public record Options(
      Duration timeout,
      Redirects redirects,
      int maxRedirects,
      boolean secretsFollowRedirects,
      boolean anyCertificate,
      @Nullable ClientCertificate certificate,
      @Nullable HttpUrl proxy) {
    public static final Options DEFAULT =
        new Options(Duration.ofMinutes(5), Redirects.ALL, 21, false, false, null, null);

    public Options withTimeout(Duration newTimeout) {
      return new Options(
          newTimeout,
          redirects,
          maxRedirects,
          secretsFollowRedirects,
          anyCertificate,
          certificate,
          proxy);
    }

    public Options withRedirects(Redirects which, int most) {
      return new Options(
          timeout, which, most, secretsFollowRedirects, anyCertificate, certificate, proxy);
    }

    public Options withSecretsFollowRedirects(boolean follow) {
      return new Options(
          timeout, redirects, maxRedirects, follow, anyCertificate, certificate, proxy);
    }

    public Options withAnyCertificate(boolean any) {
      return new Options(
          timeout, redirects, maxRedirects, secretsFollowRedirects, any, certificate, proxy);
    }

    public Options withCertificate(@Nullable ClientCertificate own) {
      return new Options(
          timeout, redirects, maxRedirects, secretsFollowRedirects, anyCertificate, own, proxy);
    }

    public Options withProxy(@Nullable HttpUrl where) {
      return new Options(
          timeout,
          redirects,
          maxRedirects,
          secretsFollowRedirects,
          anyCertificate,
          certificate,
          where);
    }
  }

  public HttpCall {
    headers = List.copyOf(headers);
    secretHeaders = Set.copyOf(secretHeaders);
    for (HttpHeader header : headers) {
      checkHeader(header);
    }
    checkToken(method, "method");
  }

  public static HttpCall of(String method, HttpUrl url) {
    return new HttpCall(
        method.toUpperCase(Locale.ROOT), url, List.of(), Set.of(), null, null, Options.DEFAULT);
  }

  public HttpCall withUrl(HttpUrl newUrl) {
    return new HttpCall(method, newUrl, headers, secretHeaders, body, digest, options);
  }

  /** Sets a header, in place of any of the same name. */
  public HttpCall withHeader(String name, String value) {
    List<HttpHeader> changed = new ArrayList<>(headers);
    changed.removeIf(header -> header.is(name));
    changed.add(new HttpHeader(name, value));
    return withHeaders(changed);
  }

  /** Sets a header that only the first host may see. */
  public HttpCall withSecretHeader(String name, String value) {
    Set<String> secrets = new TreeSet<>(secretHeaders);
    secrets.add(name.toLowerCase(Locale.ROOT));
    HttpCall changed = withHeader(name, value);
    return new HttpCall(method, url, changed.headers, secrets, body, digest, options);
  }

  public HttpCall withHeaders(List<HttpHeader> newHeaders) {
    return new HttpCall(method, url, newHeaders, secretHeaders, body, digest, options);
  }

  public HttpCall withBody(@Nullable HttpBody newBody) {
    return new HttpCall(method, url, headers, secretHeaders, newBody, digest, options);
  }

  public HttpCall withDigest(@Nullable UserPassword credentials) {
    return new HttpCall(method, url, headers, secretHeaders, body, credentials, options);
  }

  public HttpCall withOptions(Options newOptions) {
    return new HttpCall(method, url, headers, secretHeaders, body, digest, newOptions);
  }

  /** The first value of a header, or null. */
  public @Nullable String header(String name) {
    return headers.stream()
        .filter(header -> header.is(name))
        .map(HttpHeader::value)
        .findFirst()
        .orElse(null);
  }

  private static void checkHeader(HttpHeader header) {
    checkToken(header.name(), "header name");
    for (int i = 0; i < header.value().length(); i++) {
      char c = header.value().charAt(i);
      if (c == '\r' || c == '\n' || c == 0) {
        throw OutgoingHttpException.invalid(
            "The header '" + header.name() + "' has a line break in its value.");
      }
    }
  }

  private static void checkToken(String text, String what) {
    boolean valid = !text.isEmpty();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      valid &= c > ' ' && c < 0x7f && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0;
    }
    if (!valid) {
      throw OutgoingHttpException.invalid("'" + text + "' is not a valid " + what + ".");
    }
  }
}
