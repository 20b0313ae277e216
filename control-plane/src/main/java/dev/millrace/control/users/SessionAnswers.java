package dev.millrace.control.users;

import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Schema;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What somebody gets who has proven who he is, in whatever way. Thread-safe. */
final class SessionAnswers {
  private static final BrowserCookie COOKIE =
      new BrowserCookie("millrace_refresh", "/api/auth", BrowserCookie.SameSite.STRICT);

  /** A session: the access token, for so many seconds, and whose it is. */
  static final Schema.Fields FIELDS =
      Schema.object()
          .must("accessToken", Schema.text())
          .must("expiresIn", Schema.count())
          .must("user", User.SCHEMA);

  static final Schema SCHEMA = FIELDS.named("Session");

  private final Sessions sessions;
  private final AccessTokens tokens;

  SessionAnswers(Sessions sessions, AccessTokens tokens) {
    this.sessions = sessions;
    this.tokens = tokens;
  }

  /** Begins a session. */
  Answer open(User user, Sessions.Means means, Call call) {
    return opened(sessions.open(user.id(), means), user, call, Map.of());
  }

  /**
   * The access token in the body; the other where no script of a page can read it.
   *
   * @param more what the body has beside
   */
  Answer opened(
      Sessions.Opened session, User user, Call call, Map<String, ? extends @Nullable Object> more) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("accessToken", tokens.issue(session.userId(), session.id()));
    json.put("expiresIn", (double) AccessTokens.LIFE.toSeconds());
    json.put("user", user.json());
    json.putAll(more);
    return Answer.ok(json).with("set-cookie", COOKIE.set(session.refresh(), Sessions.LIFE, call));
  }

  /**
   * Begins a session of a browser, and sends it on; the page there gets an access token by its
   * cookie.
   */
  Answer openAndSend(User user, Sessions.Means means, Call call, URI to) {
    Sessions.Opened session = sessions.open(user.id(), means);
    return Answer.redirect(to)
        .with("set-cookie", COOKIE.set(session.refresh(), Sessions.LIFE, call));
  }

  /** What a browser has of a session, if anything. */
  Optional<String> refreshToken(Call call) {
    return call.cookie(COOKIE.name());
  }

  /** 204, and the browser forgets its session. */
  Answer forget(Call call) {
    return Answer.none().with("set-cookie", COOKIE.set("", Duration.ZERO, call));
  }
}
