package dev.millrace.control.credentials;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.HttpBody;
import dev.millrace.http.HttpCall;
import dev.millrace.http.HttpReply;
import dev.millrace.http.HttpUrl;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.http.OutgoingHttpException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks an authorization server for tokens, as RFC 6749 has it. Through the guarded client, because
 * its URL is a user's. No message holds anything of the request or of the answer but its status and
 * its error code.
 */
final class OAuthTokenRequest {
  /** When a token ends, in seconds since 1970; kept beside what the server answered. */
  static final String EXPIRES_AT = "expires_at";

  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Pattern ERROR_CODE = Pattern.compile("[a-z_]{1,40}");

  private final OutgoingHttp http;
  private final InstantSource clock;

  OAuthTokenRequest(OutgoingHttp http, InstantSource clock) {
    this.http = http;
    this.clock = clock;
  }

  /** With the code that the user came back with. */
  Map<String, @Nullable Object> byCode(
      Map<String, @Nullable Object> credential, String code, String redirectUri, String verifier) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "authorization_code");
    form.put("code", code);
    form.put("redirect_uri", redirectUri);
    form.put("code_verifier", verifier);
    return send(credential, form);
  }

  /** With the token that is there for this; the new answer need not have one again. */
  Map<String, @Nullable Object> byRefresh(
      Map<String, @Nullable Object> credential, String refreshToken) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "refresh_token");
    form.put("refresh_token", refreshToken);
    Map<String, @Nullable Object> answer = send(credential, form);
    answer.putIfAbsent("refresh_token", refreshToken);
    return answer;
  }

  /** With the client's own id and secret alone. */
  Map<String, @Nullable Object> byClient(Map<String, @Nullable Object> credential) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "client_credentials");
    String scope = text(credential, "scope");
    if (!scope.isEmpty()) {
      form.put("scope", scope);
    }
    if (Coercion.toBoolean(credential.get("sendAdditionalBodyProperties"))) {
      additional(credential.get("additionalBodyProperties")).forEach(form::putIfAbsent);
    }
    return send(credential, form);
  }

  private static Map<String, String> additional(@Nullable Object value) {
    Map<String, String> more = new LinkedHashMap<>();
    Object parsed = value;
    if (value instanceof String text) {
      try {
        parsed = text.isBlank() ? null : Json.parse(text);
      } catch (MillraceException invalid) {
        throw failed("The additional body properties of the credential are not JSON");
      }
    }
    if (parsed instanceof Map<?, ?> map) {
      map.forEach((name, each) -> more.put(String.valueOf(name), Coercion.toText(each)));
    }
    return more;
  }

  private Map<String, @Nullable Object> send(
      Map<String, @Nullable Object> credential, Map<String, String> form) {
    HttpUrl url = url(text(credential, "accessTokenUrl"));
    HttpCall call = HttpCall.of("POST", url).withHeader("Accept", "application/json");
    String id = text(credential, "clientId");
    String secret = text(credential, "clientSecret");
    if ("body".equals(credential.get("authentication"))) {
      form.put("client_id", id);
      if (!secret.isEmpty()) {
        form.put("client_secret", secret);
      }
    } else {
      String both = encoded(id) + ":" + encoded(secret);
      call =
          call.withSecretHeader(
              "Authorization",
              "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
    }
    String body =
        form.entrySet().stream()
            .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
            .collect(Collectors.joining("&"));
    // The body is secret, so that it goes where the credential says and nowhere else.
    HttpCall.Options options =
        HttpCall.Options.DEFAULT
            .withTimeout(TIMEOUT)
            .withRedirects(HttpCall.Redirects.NONE, 0)
            .withAnyCertificate(Coercion.toBoolean(credential.get("ignoreSSLIssues")));
    call =
        call.withBody(HttpBody.of("application/x-www-form-urlencoded", body)).withOptions(options);
    try (HttpReply reply = http.send(call)) {
      return tokens(url, reply);
    } catch (IOException broken) {
      throw failed("The answer of " + url.authority() + " broke off");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw failed("Interrupted while " + url.authority() + " was asked for a token");
    }
  }

  private Map<String, @Nullable Object> tokens(HttpUrl url, HttpReply reply) throws IOException {
    Map<String, @Nullable Object> answer = read(reply.bytes());
    if (!reply.ok() || text(answer, "access_token").isEmpty()) {
      String code = text(answer, "error");
      throw failed(
          url.authority()
              + " gives no token: it answers with "
              + reply.status()
              + (ERROR_CODE.matcher(code).matches() ? " and " + code : ""));
    }
    double seconds = Coercion.toNumber(answer.get("expires_in"));
    if (seconds > 0) {
      answer.put(EXPIRES_AT, (double) clock.instant().getEpochSecond() + Math.floor(seconds));
    }
    return answer;
  }

  /** JSON or, as some servers have it, a form; empty where it is neither. */
  private static Map<String, @Nullable Object> read(byte[] body) {
    try {
      return Json.parseObject(body);
    } catch (MillraceException notJson) {
      Map<String, @Nullable Object> form = new LinkedHashMap<>();
      for (String pair : new String(body, StandardCharsets.UTF_8).split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          form.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
        }
      }
      return form;
    }
  }

  static HttpUrl url(String text) {
    try {
      return HttpUrl.parse(text);
    } catch (OutgoingHttpException invalid) {
      throw failed("The credential has no URL of an authorization server that can be used");
    }
  }

  static String text(Map<?, ?> fields, String name) {
    Object value = fields.get(name);
    return Undefined.orNull(value) ? "" : Coercion.toText(value);
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      return text;
    }
  }

  static MillraceException failed(String message) {
    return new MillraceException(ErrorCode.OAUTH_FAILED, message);
  }
}
