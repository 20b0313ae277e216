package dev.millrace.control.credentials;

import dev.millrace.control.vault.LocalService;
import dev.millrace.control.vault.LocalService.Reply;
import dev.millrace.control.vault.LocalService.Request;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A small authorization server: codes that are good once and bound to PKCE and the redirect,
 * refresh tokens that rotate and whose reuse it notices.
 */
final class AuthorizationServer implements AutoCloseable {
  static final String CLIENT = "client";
  static final String CLIENT_SECRET = "canary-client secret+%";

  private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
  private final Map<String, Boolean> refreshTokens = new ConcurrentHashMap<>();
  private final AtomicInteger issued = new AtomicInteger();
  private final LocalService service = new LocalService(this::answer);
  final List<String> grants = new CopyOnWriteArrayList<>();
  volatile boolean reused;
  volatile boolean down;
  volatile double expiresIn = 3600;

  String url(String path) {
    return service.url(path);
  }

  String credential(String grantType, String more) {
    return """
    {"grantType": "%s", "authUrl": "%s", "accessTokenUrl": "%s", "clientId": "%s",
     "clientSecret": "%s", "scope": "read write"%s}
    """
        .formatted(
            grantType, url("/authorize?tenant=1"), url("/token"), CLIENT, CLIENT_SECRET, more);
  }

  /** What the user's browser does: signs in, and is sent back with a code. */
  Map<String, String> signIn(String authorizationUrl) {
    Map<String, String> query = LocalService.form(URI.create(authorizationUrl).getRawQuery());
    String code = "code-" + issued.incrementAndGet();
    codes.put(code, query);
    Map<String, String> back = new LinkedHashMap<>(query);
    back.put("code", code);
    return back;
  }

  private Reply answer(Request request) {
    if (down) {
      return new Reply(503, "canary-" + request.body());
    }
    Map<String, String> form = LocalService.form(request.body());
    boolean basic = request.header().apply("Authorization").orElse("").equals("Basic " + basic());
    boolean inBody =
        CLIENT.equals(form.get("client_id")) && CLIENT_SECRET.equals(form.get("client_secret"));
    if (!basic && !inBody) {
      return error("invalid_client");
    }
    String grant = form.getOrDefault("grant_type", "");
    grants.add(grant);
    return switch (grant) {
      case "authorization_code" -> byCode(form);
      case "refresh_token" -> byRefresh(form);
      case "client_credentials" -> token(false);
      default -> error("unsupported_grant_type");
    };
  }

  private Reply byCode(Map<String, String> form) {
    Map<String, String> asked = codes.remove(form.getOrDefault("code", ""));
    return asked == null
            || !form.getOrDefault("redirect_uri", "").equals(asked.get("redirect_uri"))
            || !"S256".equals(asked.get("code_challenge_method"))
            || !challenge(form.getOrDefault("code_verifier", ""))
                .equals(asked.get("code_challenge"))
        ? error("invalid_grant")
        : token(true);
  }

  private Reply byRefresh(Map<String, String> form) {
    String token = form.getOrDefault("refresh_token", "");
    Boolean fresh = refreshTokens.put(token, false);
    if (fresh == null || !fresh) {
      reused = true;
      return error("invalid_grant");
    }
    return token(true);
  }

  private Reply token(boolean refreshable) {
    int number = issued.incrementAndGet();
    Map<String, @Nullable Object> token = new LinkedHashMap<>();
    token.put("access_token", "canary-access-" + number);
    token.put("token_type", "bearer");
    token.put("expires_in", expiresIn);
    if (refreshable) {
      refreshTokens.put("canary-refresh-" + number, true);
      token.put("refresh_token", "canary-refresh-" + number);
    }
    return Reply.json(200, token);
  }

  private static Reply error(String code) {
    return Reply.json(400, Map.of("error", code, "error_description", "canary-description"));
  }

  private static String basic() {
    String both =
        OAuthTokenRequest.encoded(CLIENT) + ":" + OAuthTokenRequest.encoded(CLIENT_SECRET);
    return Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
  }

  private static String challenge(String verifier) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(
              MessageDigest.getInstance("SHA-256")
                  .digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  List<String> grantsAndForget() {
    List<String> all = new ArrayList<>(grants);
    grants.clear();
    return all;
  }

  @Override
  public void close() {
    service.close();
  }
}
