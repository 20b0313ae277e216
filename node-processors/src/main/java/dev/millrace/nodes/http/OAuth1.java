package dev.millrace.nodes.http;

import dev.millrace.http.HttpCall;
import dev.millrace.http.HttpUrl;
import dev.millrace.node.NodeException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs a request as RFC 5849 has it.
 *
 * @param algorithm the JDK's name of the hash, such as {@code HmacSHA1}
 * @param method what the request calls it, such as {@code HMAC-SHA1}
 * @param nonce differs for every request
 */
record OAuth1(
    String consumerKey,
    String consumerSecret,
    String token,
    String tokenSecret,
    String algorithm,
    String method,
    String nonce,
    Instant now) {

  HttpCall signed(HttpCall call, @Nullable RequestContent content) {
    List<QueryText.Pair> own = new ArrayList<>();
    own.add(new QueryText.Pair("oauth_consumer_key", consumerKey));
    own.add(new QueryText.Pair("oauth_nonce", nonce));
    own.add(new QueryText.Pair("oauth_signature_method", method));
    own.add(new QueryText.Pair("oauth_timestamp", String.valueOf(now.getEpochSecond())));
    if (!token.isEmpty()) {
      own.add(new QueryText.Pair("oauth_token", token));
    }
    own.add(new QueryText.Pair("oauth_version", "1.0"));
    List<QueryText.Pair> all = new ArrayList<>(own);
    all.addAll(queryOf(call.url()));
    if (content instanceof RequestContent.FormContent form) {
      all.addAll(form.pairs());
    }
    own.add(new QueryText.Pair("oauth_signature", signature(base(call, all))));
    StringBuilder header = new StringBuilder("OAuth ");
    for (QueryText.Pair pair : own) {
      header.append(header.length() > 6 ? ", " : "");
      header.append(pair.name()).append("=\"").append(QueryText.encoded(pair.value())).append('"');
    }
    return call.withSecretHeader("Authorization", header.toString());
  }

  private static List<QueryText.Pair> queryOf(HttpUrl url) {
    List<QueryText.Pair> pairs = new ArrayList<>();
    int question = url.target().indexOf('?');
    if (question < 0) {
      return pairs;
    }
    for (String piece : url.target().substring(question + 1).split("&", -1)) {
      int equals = piece.indexOf('=');
      if (!piece.isEmpty()) {
        pairs.add(
            new QueryText.Pair(
                decoded(equals < 0 ? piece : piece.substring(0, equals)),
                equals < 0 ? "" : decoded(piece.substring(equals + 1))));
      }
    }
    return pairs;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static String base(HttpCall call, List<QueryText.Pair> all) {
    List<QueryText.Pair> sorted =
        all.stream()
            .map(pair ->
                new QueryText.Pair(QueryText.encoded(pair.name()), QueryText.encoded(pair.value())))
            .sorted(Comparator.comparing(QueryText.Pair::name).thenComparing(QueryText.Pair::value))
            .toList();
    StringBuilder parameters = new StringBuilder();
    for (QueryText.Pair pair : sorted) {
      parameters.append(parameters.isEmpty() ? "" : "&");
      parameters.append(pair.name()).append('=').append(pair.value());
    }
    HttpUrl url = call.url();
    return call.method()
        + "&"
        + QueryText.encoded(url.scheme() + "://" + url.authority() + url.path())
        + "&"
        + QueryText.encoded(parameters.toString());
  }

  private String signature(String base) {
    try {
      Mac mac = Mac.getInstance(algorithm);
      String key = QueryText.encoded(consumerSecret) + "&" + QueryText.encoded(tokenSecret);
      mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.US_ASCII), algorithm));
      return Base64.getEncoder()
          .encodeToString(mac.doFinal(base.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      throw new NodeException("The request cannot be signed with this OAuth1 credential");
    }
  }

  /** Whoever sees the record in a message must not see its secrets. */
  @Override
  public String toString() {
    return "OAuth1";
  }
}
