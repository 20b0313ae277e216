package dev.millrace.nodes.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.http.AllowedHosts;
import dev.millrace.http.HttpCall;
import dev.millrace.http.HttpUrl;
import dev.millrace.node.NodeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A request as a node's parameters describe it. Its parts stay apart until it is sent, because
 * credentials and pagination still change them. Belongs to one thread until it is made a call.
 */
final class RequestDraft {
  final String method;
  String url;
  final Map<String, @Nullable Object> query = new LinkedHashMap<>();
  final Map<String, String> headers = new LinkedHashMap<>();
  QueryText.Lists lists = QueryText.Lists.BRACKETS;
  @Nullable RequestContent content;
  HttpCall.Options options = HttpCall.Options.DEFAULT;
  HttpCall.@Nullable UserPassword digest;
  @Nullable OAuth1 oAuth1;
  @Nullable OAuth2 oAuth2;
  private final List<AllowedHosts> onlyTo = new ArrayList<>();
  private boolean secretContent;
  private final Set<String> secretHeaders = new TreeSet<>();
  private final Set<String> secretQuery = new TreeSet<>();

  RequestDraft(String method, String url) {
    this.method = method.toUpperCase(Locale.ROOT);
    this.url = url;
  }

  /** For a further page: all that may change is the copy's own. */
  RequestDraft copy() {
    RequestDraft copy = new RequestDraft(method, url);
    copy.query.putAll(query);
    copy.headers.putAll(headers);
    copy.secretHeaders.addAll(secretHeaders);
    copy.secretQuery.addAll(secretQuery);
    copy.lists = lists;
    copy.content = content;
    copy.options = options;
    copy.onlyTo.addAll(onlyTo);
    copy.secretContent = secretContent;
    copy.digest = digest;
    copy.oAuth1 = oAuth1;
    copy.oAuth2 = oAuth2;
    return copy;
  }

  /** Sets a header, in place of one that differs in case only. */
  void header(String name, String value) {
    headers.keySet().removeIf(known -> known.equalsIgnoreCase(name));
    headers.put(name, value);
  }

  /** Sets a header unless the user did. */
  void headerUnlessSet(String name, String value) {
    if (headers.keySet().stream().noneMatch(known -> known.equalsIgnoreCase(name))) {
      headers.put(name, value);
    }
  }

  /** Sets a header that no other host may see. */
  void secretHeader(String name, String value) {
    header(name, value);
    secretHeaders.add(name.toLowerCase(Locale.ROOT));
  }

  /** Sets a query parameter that no other host may see. */
  void secretQuery(String name, @Nullable Object value) {
    query.put(name, value);
    secretQuery.add(name);
  }

  /** Sets a body that holds something of a credential. */
  void secretContent(RequestContent secret) {
    content = secret;
    secretContent = true;
  }

  /** Lets the request go to these hosts alone, besides other such rules. */
  void onlyTo(AllowedHosts hosts) {
    if (!hosts.everyHost()) {
      onlyTo.add(hosts);
    }
  }

  /** Forgets who is calling: for a host that the user did not name. */
  void dropSecrets() {
    headers.keySet().removeIf(this::isSecret);
    query.keySet().removeAll(secretQuery);
    digest = null;
    oAuth1 = null;
    oAuth2 = null;
  }

  private boolean isSecret(String header) {
    String name = header.toLowerCase(Locale.ROOT);
    return secretHeaders.contains(name) || name.equals("authorization") || name.equals("cookie");
  }

  /**
   * The request as it is sent.
   *
   * @param boundary between the parts of a multipart form
   */
  HttpCall call(String boundary) {
    HttpUrl to = HttpUrl.parse(url);
    requireAllowed(to);
    HttpUrl proxy = options.proxy();
    if (proxy != null) {
      requireAllowed(proxy);
    }
    HttpCall call =
        HttpCall.of(method, to.withQuery(QueryText.of(query, lists)))
            .withOptions(confined(options))
            .withDigest(digest);
    for (Map.Entry<String, String> header : headers.entrySet()) {
      String name = header.getKey();
      call =
          secretHeaders.contains(name.toLowerCase(Locale.ROOT))
              ? call.withSecretHeader(name, header.getValue())
              : call.withHeader(name, header.getValue());
    }
    RequestContent carried = content;
    if (carried != null) {
      call = call.withBody(carried.body(boundary));
    }
    OAuth1 signing = oAuth1;
    return signing == null ? call : signing.signed(call, carried);
  }

  private void requireAllowed(HttpUrl to) {
    if (!onlyTo.stream().allMatch(hosts -> hosts.allows(to))) {
      throw new NodeException(
          ErrorCode.HOST_NOT_ALLOWED,
          "The credential may not be used for " + to.host() + ".",
          -1,
          null,
          Map.of(),
          null);
    }
  }

  /** A secret that is bound to hosts must not leave them by a redirect. */
  private HttpCall.Options confined(HttpCall.Options wanted) {
    if (onlyTo.isEmpty()) {
      return wanted;
    }
    HttpCall.Options kept = wanted.withSecretsFollowRedirects(false);
    return secretContent || wanted.certificate() != null
        ? kept.withRedirects(HttpCall.Redirects.NONE, 0)
        : kept;
  }

  /** What expressions see as {@code $request}; without what only credentials added. */
  Map<String, @Nullable Object> visible() {
    Map<String, @Nullable Object> request = new LinkedHashMap<>();
    request.put("url", url);
    request.put("method", method);
    Map<String, @Nullable Object> shown = new LinkedHashMap<>(headers);
    shown.keySet().removeIf(this::isSecret);
    request.put("headers", shown);
    Map<String, @Nullable Object> shownQuery = new LinkedHashMap<>(query);
    shownQuery.keySet().removeAll(secretQuery);
    request.put("qs", shownQuery);
    RequestContent carried = content;
    if (carried != null) {
      request.put("body", carried.visible());
    }
    return request;
  }
}
