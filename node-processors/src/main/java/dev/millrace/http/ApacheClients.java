package dev.millrace.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Set;
import org.apache.hc.client5.http.HttpRequestRetryStrategy;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.RouteInfo.LayerType;
import org.apache.hc.client5.http.RouteInfo.TunnelType;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * The library's clients: one for calls that check certificates, one for those that do not, each
 * with connections that are kept, and one of its own for a call that shows a certificate or a
 * proxy's password, so that nobody else is taken for its caller.
 */
final class ApacheClients {
  /** Attribute of a call's context: the proxy as an {@link HttpHost}. */
  static final String PROXY = "millrace.proxy";

  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PROPFIND");

  private final GuardedSockets sockets;
  private final @Nullable InetSocketAddress detour;
  private final CloseableHttpClient strict;
  private final CloseableHttpClient lenient;

  /** A client for one call. Closing it ends only a client that is of no use to other calls. */
  record Lease(CloseableHttpClient client, boolean once) implements AutoCloseable {
    @Override
    public void close() {
      if (once) {
        client.close(CloseMode.IMMEDIATE);
      }
    }
  }

  ApacheClients(GuardedSockets sockets, @Nullable InetSocketAddress detour) {
    this.sockets = sockets;
    this.detour = detour;
    this.strict = client(false, null);
    this.lenient = client(true, null);
  }

  Lease lease(HttpCall.Options options) {
    HttpUrl proxy = options.proxy();
    if (options.certificate() != null || (proxy != null && proxy.user() != null)) {
      return new Lease(client(options.anyCertificate(), options.certificate()), true);
    }
    return new Lease(options.anyCertificate() ? lenient : strict, false);
  }

  private CloseableHttpClient client(boolean anyCertificate, @Nullable ClientCertificate own) {
    TlsSocketStrategy tls =
        anyCertificate
            ? new DefaultClientTlsStrategy(
                TlsContexts.of(true, own),
                HostnameVerificationPolicy.CLIENT,
                NoopHostnameVerifier.INSTANCE)
            : new DefaultClientTlsStrategy(TlsContexts.of(false, own));
    PoolingHttpClientConnectionManager connections =
        new PoolingHttpClientConnectionManager(
            new DefaultHttpClientConnectionOperator(
                sockets,
                DefaultSchemePortResolver.INSTANCE,
                sockets,
                RegistryBuilder.<TlsSocketStrategy>create().register("https", tls).build()),
            // Strict would make every call wait for one lock; how many calls a host gets at once is
            // not for this layer to say.
            PoolConcurrencyPolicy.LAX,
            PoolReusePolicy.LIFO,
            TimeValue.ofMinutes(5),
            ManagedHttpClientConnectionFactory.builder()
                // Unlimited by default, which lets a server fill the memory with one endless line.
                .http1Config(
                    Http1Config.custom().setMaxLineLength(64 * 1024).setMaxHeaderCount(500).build())
                .build());
    connections.setDefaultMaxPerRoute(1024);
    connections.setDefaultConnectionConfig(
        ConnectionConfig.custom()
            .setConnectTimeout(Timeout.ofSeconds(30))
            .setValidateAfterInactivity(TimeValue.ofSeconds(1))
            .build());
    return HttpClientBuilder.create()
        .setConnectionManager(connections)
        .setRoutePlanner((target, context) -> route(target, context))
        .setRetryStrategy(new OnlyStaleConnections())
        .disableCookieManagement()
        .disableContentCompression()
        .disableRedirectHandling()
        .disableAuthCaching()
        .disableConnectionState()
        .disableDefaultUserAgent()
        .evictIdleConnections(TimeValue.ofSeconds(30))
        .build();
  }

  private HttpRoute route(HttpHost target, HttpContext context) {
    InetSocketAddress everything = detour;
    if (everything != null) {
      HttpHost stage = new HttpHost("http", everything.getHostString(), everything.getPort());
      return new HttpRoute(target, null, stage, false, TunnelType.PLAIN, LayerType.PLAIN);
    }
    boolean secure = target.getSchemeName().toLowerCase(Locale.ROOT).equals("https");
    return context.getAttribute(PROXY) instanceof HttpHost proxy
        ? new HttpRoute(target, null, proxy, secure)
        : new HttpRoute(target, null, secure);
  }

  void close() {
    strict.close(CloseMode.IMMEDIATE);
    lenient.close(CloseMode.IMMEDIATE);
  }

  /**
   * Repeats only what met a kept connection that its server had closed, and may be repeated. All
   * other retries are the engine's.
   */
  private static final class OnlyStaleConnections implements HttpRequestRetryStrategy {
    @Override
    public boolean retryRequest(
        HttpRequest request, IOException failure, int count, HttpContext context) {
      return count == 1
          && failure instanceof NoHttpResponseException
          && !(failure.getCause() instanceof InterruptedIOException)
          && IDEMPOTENT.contains(request.getMethod());
    }

    @Override
    public boolean retryRequest(HttpResponse response, int count, HttpContext context) {
      return false;
    }

    @Override
    public TimeValue getRetryInterval(HttpResponse response, int count, HttpContext context) {
      return TimeValue.ZERO_MILLISECONDS;
    }
  }
}
