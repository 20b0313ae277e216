package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.time.InstantSource;
import java.util.Locale;
import java.util.regex.Pattern;

/** Decides whether a caller may call, before anything of its body is read. Thread-safe. */
final class WebhookGuard {
  /** What crawlers, link previews and HTTP libraries call themselves. */
  private static final Pattern BOT =
      Pattern.compile(
          "bot|crawl|spider|slurp|scrape|preview|facebookexternalhit|whatsapp|monitor|headless"
              + "|lighthouse|archiver|^curl|^wget|python-|^java/|okhttp|^axios|node-fetch"
              + "|go-http-client|libwww|httpclient");

  private final WebhookAuthentication authentication;
  private final int proxyHops;

  WebhookGuard(CredentialStore credentials, InstantSource clock, int proxyHops) {
    this.authentication = new WebhookAuthentication(credentials, clock);
    this.proxyHops = proxyHops;
  }

  /**
   * Lets the caller pass or not.
   *
   * @throws RequestRefused 401 or 403
   */
  Proof check(ServerRequest request, Webhook webhook) {
    Webhook.Options options = webhook.options();
    if (!options.ipAllowlist().isEmpty()
        && !AddressList.of(options.ipAllowlist()).contains(caller(request))) {
      throw forbidden("The address of the caller is not on the webhook's list");
    }
    if (options.ignoreBots()
        && BOT.matcher(
                request.headers().value(HeaderNames.USER_AGENT).orElse("").toLowerCase(Locale.ROOT))
            .find()) {
      throw forbidden("The webhook does not answer bots");
    }
    return authentication.check(request, webhook);
  }

  /** The caller's address: the peer's, or what the outermost trusted proxy saw. */
  private String caller(ServerRequest request) {
    if (proxyHops > 0) {
      String forwarded = String.join(",", request.headers().values(HeaderNames.X_FORWARDED_FOR));
      String[] hops = forwarded.split(",", -1);
      // Each trusted proxy appended the address that it saw; what is further left can be invented.
      if (hops.length >= proxyHops) {
        return hops[hops.length - proxyHops].strip();
      }
    }
    return request.remotePeer().address() instanceof java.net.InetSocketAddress peer
            && peer.getAddress() != null
        ? peer.getAddress().getHostAddress()
        : request.remotePeer().host();
  }

  private static RequestRefused forbidden(String message) {
    return new RequestRefused(403, ErrorCode.FORBIDDEN, message);
  }
}
