package dev.millrace.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.http.GuardedSockets.RefusedAddressException;
import dev.millrace.http.HttpCall.UserPassword;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.StandardAuthScheme;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.impl.EnglishReasonPhraseCatalog;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/** {@link OutgoingHttp} by Apache HttpClient, with {@link AddressGuard} in front of each socket. */
public final class ApacheOutgoingHttp implements OutgoingHttp {
  private static final String USER_AGENT = "Millrace";

  /** What the client itself writes into a request. */
  private static final Set<String> OWN_HEADERS =
      Set.of("content-length", "transfer-encoding", "connection", "proxy-connection", "upgrade");

  /** What describes a body; gone when a redirect drops it. */
  private static final Set<String> BODY_HEADERS =
      Set.of("content-type", "content-encoding", "content-language", "content-location");

  /** What says who is calling, whoever set it. */
  private static final Set<String> IDENTITY_HEADERS =
      Set.of("authorization", "proxy-authorization", "cookie", "host");

  private final OutgoingHttpSettings settings;
  private final AddressGuard guard;
  private final GuardedSockets sockets;
  private final ApacheClients clients;
  private final ScheduledThreadPoolExecutor deadlines;

  public ApacheOutgoingHttp(OutgoingHttpSettings settings) {
    this.settings = settings;
    this.guard = new AddressGuard(settings.guarded(), settings.allowed());
    this.sockets = new GuardedSockets(guard, settings);
    this.clients = new ApacheClients(sockets, settings.detour());
    this.deadlines =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("http-deadlines").factory());
    deadlines.setRemoveOnCancelPolicy(true);
  }

  @Override
  public HttpReply send(HttpCall call) throws InterruptedException {
    long deadline = System.nanoTime() + call.options().timeout().toNanos();
    HttpCall next = identified(call);
    for (int redirects = 0; ; redirects++) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      HttpReply reply = exchange(next, deadline);
      String location = reply.header("location");
      if (!isRedirect(reply.status()) || location == null || !follows(next)) {
        return reply;
      }
      reply.close();
      if (redirects >= call.options().maxRedirects()) {
        throw new OutgoingHttpException(
            ErrorCode.TOO_MANY_REDIRECTS,
            "ERR_FR_TOO_MANY_REDIRECTS",
            call.url().authority() + " redirects more than " + redirects + " times.",
            null);
      }
      next = redirected(next, reply.status(), next.url().resolve(utf8(location)));
    }
  }

  /** With the user that the URL names, unless the call says itself who it is. */
  private static HttpCall identified(HttpCall call) {
    UserPassword user = call.url().user();
    HttpCall bare = call.withUrl(call.url().withoutUser());
    if (user == null || call.header("authorization") != null || call.digest() != null) {
      return bare;
    }
    String token = user.user() + ":" + user.password();
    return bare.withSecretHeader(
        "Authorization",
        "Basic " + Base64.getEncoder().encodeToString(token.getBytes(StandardCharsets.UTF_8)));
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private static boolean follows(HttpCall call) {
    return switch (call.options().redirects()) {
      case NONE -> false;
      case SAFE_METHODS -> isSafe(call.method());
      case ALL -> true;
    };
  }

  private static boolean isSafe(String method) {
    return method.equals("GET") || method.equals("HEAD");
  }

  private static HttpCall redirected(HttpCall call, int status, HttpUrl to) {
    boolean asGet =
        (status == 303 && !isSafe(call.method()))
            || ((status == 301 || status == 302) && call.method().equals("POST"));
    boolean otherHost = !to.sameOrigin(call.url());
    boolean keepsSecrets = !otherHost || call.options().secretsFollowRedirects();
    List<HttpHeader> headers = new ArrayList<>();
    for (HttpHeader header : call.headers()) {
      String name = header.name().toLowerCase(Locale.ROOT);
      boolean secret = IDENTITY_HEADERS.contains(name) || call.secretHeaders().contains(name);
      // A Host header that the user set belongs to the first host, whatever else may follow.
      boolean dropped =
          (asGet && BODY_HEADERS.contains(name))
              || (secret && !keepsSecrets)
              || (otherHost && name.equals("host"));
      if (!dropped) {
        headers.add(header);
      }
    }
    return new HttpCall(
        asGet ? "GET" : call.method(),
        to,
        headers,
        call.secretHeaders(),
        asGet ? null : call.body(),
        keepsSecrets ? call.digest() : null,
        call.options());
  }

  /** Servers send bytes where the standard knows ASCII only. */
  private static String utf8(String header) {
    return header.chars().allMatch(c -> c < 0x80 || c > 0xff)
        ? header
        : new String(header.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  /** One request and its answer. */
  private HttpReply exchange(HttpCall call, long deadline) throws InterruptedException {
    Duration left = Duration.ofNanos(deadline - System.nanoTime());
    if (!left.isPositive()) {
      throw timedOut(call, null);
    }
    HttpUrl proxy = settings.detour() == null ? call.options().proxy() : null;
    if (proxy != null) {
      checkBehindProxy(call.url());
    }
    HttpUriRequestBase request = request(call, left);
    AtomicBoolean late = new AtomicBoolean();
    ScheduledFuture<?> alarm =
        deadlines.schedule(
            () -> {
              late.set(true);
              request.cancel();
            },
            left.toMillis() + 1,
            TimeUnit.MILLISECONDS);
    ApacheClients.Lease lease = clients.lease(call.options());
    boolean answered = false;
    try {
      ClassicHttpResponse response =
          lease.client().executeOpen(host(call.url()), request, context(call, proxy));
      alarm.cancel(false);
      HttpReply reply = reply(call, response, lease);
      answered = true;
      return reply;
    } catch (IOException | UncheckedIOException | IllegalStateException failed) {
      if (Thread.interrupted() || failed.getCause() instanceof InterruptedException) {
        InterruptedException interrupted = new InterruptedException();
        interrupted.initCause(failed);
        throw interrupted;
      }
      throw late.get() ? timedOut(call, failed) : failure(call, failed);
    } finally {
      alarm.cancel(false);
      if (!answered) {
        lease.close();
      }
    }
  }

  private HttpReply reply(HttpCall call, ClassicHttpResponse response, ApacheClients.Lease lease)
      throws IOException {
    boolean complete = false;
    try {
      List<HttpHeader> headers = new ArrayList<>();
      String encodings = "";
      for (Header header : response.getHeaders()) {
        String value = header.getValue() == null ? "" : header.getValue();
        if (header.getName().equalsIgnoreCase("content-encoding") && ReplyStream.decodes(value)) {
          encodings = encodings.isEmpty() ? value : encodings + "," + value;
        } else {
          headers.add(new HttpHeader(header.getName(), value));
        }
      }
      HttpEntity entity = response.getEntity();
      InputStream raw = entity == null ? InputStream.nullInputStream() : entity.getContent();
      InputStream body =
          ReplyStream.of(raw, encodings, call.url().authority(), settings.streamedBytes());
      String reason = response.getReasonPhrase();
      if (reason == null || reason.isEmpty()) {
        reason = EnglishReasonPhraseCatalog.INSTANCE.getReason(response.getCode(), null);
      }
      HttpReply reply =
          new HttpReply(
              response.getCode(),
              reason == null ? "" : reason,
              call.url(),
              headers,
              body,
              settings.bufferedBytes(),
              () -> {
                closeQuietly(response);
                lease.close();
              });
      complete = true;
      return reply;
    } finally {
      if (!complete) {
        closeQuietly(response);
      }
    }
  }

  private static void closeQuietly(ClassicHttpResponse response) {
    try {
      response.close();
    } catch (IOException alreadyBroken) {
      // The connection is gone, which is what closing is for.
    }
  }

  /** A proxy resolves the name itself, so what can be known here is checked before. */
  private void checkBehindProxy(HttpUrl url) {
    if (guard.allowsHost(url.host())) {
      return;
    }
    try {
      sockets.resolve(url.host());
    } catch (RefusedAddressException refused) {
      throw OutgoingHttpException.refused(String.valueOf(refused.getMessage()));
    } catch (UnknownHostException unknown) {
      throw OutgoingHttpException.refused(
          "The host "
              + url.host()
              + " is not called through a proxy: its address is unknown here, so it cannot be"
              + " checked.");
    }
  }

  private HttpUriRequestBase request(HttpCall call, Duration left) {
    HttpUriRequestBase request = new HttpUriRequestBase(call.method(), call.url().uri());
    Timeout timeout = Timeout.ofMilliseconds(Math.max(1, left.toMillis()));
    request.setConfig(
        RequestConfig.custom()
            .setConnectionRequestTimeout(timeout)
            .setResponseTimeout(timeout)
            .setRedirectsEnabled(false)
            .setProtocolUpgradeEnabled(false)
            .setTargetPreferredAuthSchemes(List.of(StandardAuthScheme.DIGEST))
            .build());
    HttpBody body = call.body();
    for (HttpHeader header : call.headers()) {
      String name = header.name().toLowerCase(Locale.ROOT);
      if (!OWN_HEADERS.contains(name) && !(body == null && name.equals("content-length"))) {
        request.addHeader(header.name(), header.value());
      }
    }
    if (call.header("user-agent") == null) {
      request.addHeader("User-Agent", USER_AGENT);
    }
    if (call.header("accept-encoding") == null) {
      request.addHeader("Accept-Encoding", ReplyStream.ENCODINGS);
    }
    if (body != null) {
      if (call.header("content-type") == null && body.contentType() != null) {
        request.addHeader("Content-Type", body.contentType());
      }
      request.setEntity(new RequestEntity(body));
    }
    return request;
  }

  private static HttpHost host(HttpUrl url) {
    return new HttpHost(url.scheme(), url.host(), url.port());
  }

  private static HttpClientContext context(HttpCall call, @Nullable HttpUrl proxy) {
    HttpClientContext context = HttpClientContext.create();
    BasicCredentialsProvider known = new BasicCredentialsProvider();
    UserPassword digest = call.digest();
    if (digest != null) {
      known.setCredentials(new AuthScope(host(call.url())), credentials(digest));
    }
    if (proxy != null) {
      HttpHost proxyHost = host(proxy);
      UserPassword user = proxy.user();
      if (user != null) {
        known.setCredentials(new AuthScope(proxyHost), credentials(user));
      }
      context.setAttribute(ApacheClients.PROXY, proxyHost);
    }
    context.setCredentialsProvider(known);
    return context;
  }

  private static UsernamePasswordCredentials credentials(UserPassword known) {
    return new UsernamePasswordCredentials(known.user(), known.password().toCharArray());
  }

  private static OutgoingHttpException timedOut(HttpCall call, @Nullable Exception cause) {
    return new OutgoingHttpException(
        ErrorCode.NO_ANSWER_IN_TIME,
        "ECONNABORTED",
        call.url().authority()
            + " did not answer within "
            + call.options().timeout().toMillis()
            + " ms.",
        cause);
  }

  private static OutgoingHttpException failure(HttpCall call, Exception failed) {
    Exception cause =
        failed instanceof UncheckedIOException wrapped && wrapped.getCause() != null
            ? wrapped.getCause()
            : failed;
    String where = call.url().authority();
    return switch (cause) {
      case RefusedAddressException refused ->
          OutgoingHttpException.refused(String.valueOf(refused.getMessage()));
      case UnknownHostException unknown ->
          new OutgoingHttpException(
              ErrorCode.CONNECTION_FAILED,
              "ENOTFOUND",
              "The host " + call.url().host() + " is not known.",
              unknown);
      case SSLException tls ->
          new OutgoingHttpException(
              ErrorCode.TLS_FAILED,
              "EPROTO",
              "No secure connection to " + where + ": " + tls.getMessage(),
              tls);
      case SocketTimeoutException slow -> timedOut(call, slow);
      case InterruptedIOException slow -> timedOut(call, slow);
      case ConnectException refused ->
          new OutgoingHttpException(
              ErrorCode.CONNECTION_FAILED,
              "ECONNREFUSED",
              "No connection to " + where + ": it is refused.",
              refused);
      case NoRouteToHostException away ->
          new OutgoingHttpException(
              ErrorCode.CONNECTION_FAILED,
              "EHOSTUNREACH",
              "No connection to " + where + ": no way leads there.",
              away);
      default ->
          new OutgoingHttpException(
              ErrorCode.CONNECTION_FAILED,
              "ECONNRESET",
              "The connection to " + where + " broke: " + cause.getMessage(),
              cause);
    };
  }

  @Override
  public void close() {
    clients.close();
    deadlines.shutdownNow();
  }
}
