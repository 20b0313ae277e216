package dev.millrace.http;

import java.net.InetAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An http or https URL, read as browsers and Node.js read it, once: the host found here is the one
 * that is checked, resolved, connected and named in TLS and the Host header, so that no second
 * reader can see another one.
 *
 * @param scheme {@code http} or {@code https}
 * @param host a name in ASCII and lower case, or an address in its usual form
 * @param address the address that the host is; null for a name
 * @param port from 1
 * @param target path and query, percent-encoded, beginning with a slash
 * @param user user and password before the host; null without
 */
public record HttpUrl(
    String scheme,
    String host,
    @Nullable InetAddress address,
    int port,
    String target,
    HttpCall.@Nullable UserPassword user) {
  private static final Pattern SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*):");
  private static final String TARGET_PUNCTUATION = "-._~!$&'()*+,;=:@/";
  private static final String HEX = "0123456789ABCDEF";

  /**
   * Reads a URL that a user wrote.
   *
   * @throws OutgoingHttpException when it is none, or of another scheme
   */
  public static HttpUrl parse(String text) {
    String url = stripped(text);
    Matcher scheme = SCHEME.matcher(url);
    if (!scheme.lookingAt()) {
      throw OutgoingHttpException.invalid(
          "'" + shown(text) + "' is not a valid URL. It has to begin with http:// or https://.");
    }
    String name = scheme.group(1).toLowerCase(Locale.ROOT);
    if (!name.equals("http") && !name.equals("https")) {
      throw OutgoingHttpException.invalid(
          "'" + shown(text) + "' cannot be called: the scheme has to be http or https.");
    }
    int start = scheme.end();
    while (start < url.length() && isSlash(url.charAt(start))) {
      start++;
    }
    int end = start;
    while (end < url.length() && "/\\?#".indexOf(url.charAt(end)) < 0) {
      end++;
    }
    String authority = url.substring(start, end);
    int at = authority.lastIndexOf('@');
    String hostAndPort = authority.substring(at + 1);
    int colon =
        hostAndPort.startsWith("[")
            ? hostAndPort.indexOf(':', Math.max(0, hostAndPort.indexOf(']')))
            : hostAndPort.indexOf(':');
    String host = colon < 0 ? hostAndPort : hostAndPort.substring(0, colon);
    UrlHost read = UrlHost.read(host);
    if (read == null) {
      throw OutgoingHttpException.invalid("'" + shown(text) + "' is not a valid URL.");
    }
    int port = port(colon < 0 ? "" : hostAndPort.substring(colon + 1), name);
    if (port < 1) {
      throw OutgoingHttpException.invalid("'" + shown(text) + "' is not a valid URL: its port.");
    }
    return new HttpUrl(
        name,
        read.text(),
        read.address(),
        port,
        target(url.substring(end)),
        at < 0 ? null : user(authority.substring(0, at)));
  }

  /** The URL that a Location header, or a link in a body, names from here. */
  public HttpUrl resolve(String reference) {
    String link = stripped(reference);
    if (SCHEME.matcher(link).lookingAt()) {
      return parse(link);
    }
    if (link.length() > 1 && isSlash(link.charAt(0)) && isSlash(link.charAt(1))) {
      return parse(scheme + ":" + link);
    }
    String path = target.substring(0, end(target, '?'));
    if (link.startsWith("?")) {
      return withTarget(path + link);
    }
    if (link.isEmpty() || link.startsWith("#")) {
      return withTarget(target);
    }
    return withTarget(
        isSlash(link.charAt(0)) ? link : path.substring(0, path.lastIndexOf('/') + 1) + link);
  }

  /** With more parameters at the end of its query; they are percent-encoded already. */
  public HttpUrl withQuery(String encoded) {
    if (encoded.isEmpty()) {
      return this;
    }
    String separator = target.indexOf('?') < 0 ? "?" : target.endsWith("?") ? "" : "&";
    return withTarget(target + separator + encoded);
  }

  private HttpUrl withTarget(String newTarget) {
    return new HttpUrl(scheme, host, address, port, target(newTarget), null);
  }

  /** Without what stands before the host. */
  public HttpUrl withoutUser() {
    return user == null ? this : new HttpUrl(scheme, host, address, port, target, null);
  }

  public boolean secure() {
    return scheme.equals("https");
  }

  /** Whether both lead to the same port of the same host by the same scheme. */
  public boolean sameOrigin(HttpUrl other) {
    return scheme.equals(other.scheme) && host.equals(other.host) && port == other.port;
  }

  /** Host and port, as a Host header has them. */
  public String authority() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return port == (secure() ? 443 : 80) ? name : name + ":" + port;
  }

  URI uri() {
    return URI.create(scheme + "://" + authority() + target);
  }

  /** The path without the query, percent-encoded. */
  public String path() {
    return target.substring(0, end(target, '?'));
  }

  /** The URL without user and password. */
  @Override
  public String toString() {
    return scheme + "://" + authority() + target;
  }

  private static String stripped(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && text.charAt(start) <= ' ') {
      start++;
    }
    while (end > start && text.charAt(end - 1) <= ' ') {
      end--;
    }
    return text.substring(start, end).replaceAll("[\\t\\r\\n]", "");
  }

  private static int port(String digits, String scheme) {
    if (digits.isEmpty()) {
      return scheme.equals("https") ? 443 : 80;
    }
    if (digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    int port = Integer.parseInt(digits);
    return port > 0xffff ? -1 : port;
  }

  private static HttpCall.UserPassword user(String text) {
    int colon = text.indexOf(':');
    return colon < 0
        ? new HttpCall.UserPassword(decoded(text), "")
        : new HttpCall.UserPassword(
            decoded(text.substring(0, colon)), decoded(text.substring(colon + 1)));
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      return text;
    }
  }

  /** Path and query as they are sent: encoded where needed, without dots and fragment. */
  private static String target(String text) {
    String whole = text.substring(0, end(text, '#'));
    int question = end(whole, '?');
    String path = withoutDots(encoded(whole.substring(0, question).replace('\\', '/'), ""));
    String rest = question < whole.length() ? whole.substring(question + 1) : null;
    return rest == null ? path : path + "?" + encoded(rest, "?[]");
  }

  private static int end(String text, char before) {
    int at = text.indexOf(before);
    return at < 0 ? text.length() : at;
  }

  private static String withoutDots(String path) {
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = path.split("/", -1);
    for (int i = 1; i < segments.length; i++) {
      String segment = segments[i].replace("%2e", ".").replace("%2E", ".");
      boolean last = i == segments.length - 1;
      if (segment.equals("..")) {
        kept.pollLast();
      } else if (!segment.equals(".")) {
        kept.addLast(segments[i]);
        continue;
      }
      if (last) {
        kept.addLast("");
      }
    }
    return "/" + String.join("/", kept);
  }

  private static String encoded(String text, String more) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int size = Character.charCount(c);
      if (isLetterOrDigit(c)
          || (TARGET_PUNCTUATION + more).indexOf(c) >= 0
          || (c == '%' && isEscape(text, i))) {
        out.append((char) c);
      } else {
        for (byte b : text.substring(i, i + size).getBytes(StandardCharsets.UTF_8)) {
          out.append('%').append(HEX.charAt((b >> 4) & 15)).append(HEX.charAt(b & 15));
        }
      }
      i += size;
    }
    return out.toString();
  }

  private static boolean isEscape(String text, int at) {
    return at + 2 < text.length()
        && Character.digit(text.charAt(at + 1), 16) >= 0
        && Character.digit(text.charAt(at + 2), 16) >= 0;
  }

  private static boolean isLetterOrDigit(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isSlash(char c) {
    return c == '/' || c == '\\';
  }

  /** For messages: short, and without a password. */
  private static String shown(String text) {
    String safe = text.replaceAll("//[^/@]*@", "//…@");
    return safe.length() > 200 ? safe.substring(0, 200) + "…" : safe;
  }
}
