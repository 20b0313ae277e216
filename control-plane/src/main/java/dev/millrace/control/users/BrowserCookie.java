package dev.millrace.control.users;

import dev.millrace.control.http.Call;
import java.time.Duration;

/** A cookie that no script of a page can read. */
record BrowserCookie(String name, String path, SameSite sameSite) {
  /** From where a browser sends it. */
  enum SameSite {
    /** From pages of this installation only. */
    STRICT("Strict"),
    /** Also when another site sends the browser here. */
    LAX("Lax");

    private final String text;

    SameSite(String text) {
      this.text = text;
    }
  }

  /** The header that sets it. */
  String set(String value, Duration life, Call call) {
    boolean secure = call.header().apply("x-forwarded-proto").filter("https"::equals).isPresent();
    return name
        + "="
        + value
        + "; Path="
        + path
        + "; Max-Age="
        + life.toSeconds()
        + "; HttpOnly; SameSite="
        + sameSite.text
        + (secure ? "; Secure" : "");
  }
}
