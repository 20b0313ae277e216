package dev.millrace.standalone.conformance;

import static dev.millrace.standalone.conformance.Recorded.list;
import static dev.millrace.standalone.conformance.Recorded.object;

import dev.millrace.http.ApacheOutgoingHttp;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.http.OutgoingHttpSettings;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ExceptionListener;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpRequestFactory;
import org.apache.hc.core5.http.impl.bootstrap.HttpServer;
import org.apache.hc.core5.http.impl.bootstrap.ServerBootstrap;
import org.apache.hc.core5.http.impl.io.DefaultBHttpServerConnectionFactory;
import org.apache.hc.core5.http.impl.io.DefaultHttpRequestParserFactory;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.protocol.HttpProcessorBuilder;
import org.apache.hc.core5.io.CloseMode;
import org.jspecify.annotations.Nullable;

/**
 * A real server on this machine that stands for every host of the outside and answers as recorded.
 * A request that no exchange is for gets no answer: its connection is closed. Answers have the
 * recorded headers and no others. Thread-safe.
 */
public final class MockServer implements AutoCloseable {
  private final HttpServer server;
  private final MockFunctions functions = new MockFunctions();
  private List<Playing> playing = List.of();
  private final List<MockRequest> unmatched = new ArrayList<>();

  /** An exchange and how often it may still answer. */
  private static final class Playing {
    private final HttpMock mock;
    private int left;

    Playing(HttpMock mock) {
      this.mock = mock;
      this.left = mock.times();
    }
  }

  /** A request that keeps the scheme of its first line when the library sets its own. */
  private static final class SchemedRequest extends BasicClassicHttpRequest {
    private static final long serialVersionUID = 1L;

    SchemedRequest(String method, String uri) {
      super(method, uri);
    }

    @Override
    public void setScheme(@Nullable String scheme) {
      if (getScheme() == null) {
        super.setScheme(scheme);
      }
    }
  }

  private static final class SchemedRequests implements HttpRequestFactory<ClassicHttpRequest> {
    @Override
    public ClassicHttpRequest newHttpRequest(String method, String uri) {
      return new SchemedRequest(method, uri);
    }

    @Override
    public ClassicHttpRequest newHttpRequest(String method, URI uri) {
      return new SchemedRequest(method, uri.toString());
    }
  }

  private record Reply(int status, byte[] body, Map<String, String> headers) {}

  /** Starts on a free port, without any exchange. */
  public MockServer() {
    server =
        ServerBootstrap.bootstrap()
            .setLocalAddress(InetAddress.getLoopbackAddress())
            .setListenerPort(0)
            // The usual processor adds headers of its own.
            .setHttpProcessor(HttpProcessorBuilder.create().build())
            .setConnectionReuseStrategy((request, response, context) -> false)
            .setExceptionListener(ExceptionListener.NO_OP)
            .setConnectionFactory(
                DefaultBHttpServerConnectionFactory.builder()
                    .requestParserFactory(
                        new DefaultHttpRequestParserFactory(null, new SchemedRequests()))
                    .build())
            .setRequestRouter((request, context) -> (asked, reply, around) -> answer(asked, reply))
            .create();
    try {
      server.start();
    } catch (IOException unavailable) {
      throw new UncheckedIOException(unavailable);
    }
  }

  /** From now on these exchanges answer, each as often as it says. */
  public synchronized void play(List<HttpMock> mocks) {
    playing = mocks.stream().map(Playing::new).toList();
    unmatched.clear();
  }

  /** The requests since the last {@link #play} that no exchange was for. */
  public synchronized List<MockRequest> unmatched() {
    return List.copyOf(unmatched);
  }

  /** A client whose every call comes here, whatever host it names. The caller closes it. */
  public OutgoingHttp client() {
    return new ApacheOutgoingHttp(
        OutgoingHttpSettings.DEFAULT.withDetour(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort())));
  }

  private void answer(ClassicHttpRequest asked, ClassicHttpResponse response) throws IOException {
    MockRequest request = read(asked);
    Reply reply = reply(request);
    if (reply == null) {
      throw new IOException("nothing is recorded for " + request);
    }
    response.setCode(reply.status());
    reply.headers().forEach(response::addHeader);
    boolean bodiless =
        reply.status() == 204 || reply.status() == 304 || request.method().equals("HEAD");
    if (!bodiless) {
      response.setEntity(new ByteArrayEntity(reply.body(), null));
    }
  }

  private synchronized @Nullable Reply reply(MockRequest request) {
    for (Playing candidate : playing) {
      if (candidate.left > 0 && candidate.mock.matches(request, functions)) {
        Reply reply = reply(candidate.mock, request);
        if (reply != null) {
          candidate.left -= candidate.left == Integer.MAX_VALUE ? 0 : 1;
          return reply;
        }
      }
    }
    unmatched.add(request);
    return null;
  }

  private @Nullable Reply reply(HttpMock mock, MockRequest request) {
    if (!(mock.status() instanceof Map<?, ?> marker)) {
      return reply(Recorded.integer(mock.status()), mock.responseBody(), mock.responseHeaders());
    }
    List<@Nullable Object> arguments = new ArrayList<>();
    arguments.add(request.target());
    arguments.add(request.content());
    List<@Nullable Object> answer = list(functions.call(marker, request, arguments));
    if (answer.isEmpty()) {
      return null;
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>(mock.responseHeaders());
    all.putAll(object(answer.size() > 2 ? answer.get(2) : null));
    return reply(
        Recorded.integer(answer.getFirst()), answer.size() > 1 ? answer.get(1) : null, all);
  }

  private static Reply reply(
      int status, @Nullable Object body, Map<String, @Nullable Object> recorded) {
    Map<String, String> headers = new LinkedHashMap<>();
    recorded.forEach((name, value) -> {
      // The length of what is sent is not that of what was recorded, once it is written anew.
      if (!name.equalsIgnoreCase("content-length") && !name.equalsIgnoreCase("transfer-encoding")) {
        headers.put(name, value instanceof List<?> all ? joined(all) : Coercion.toText(value));
      }
    });
    byte[] bytes =
        switch (body) {
          case null -> new byte[0];
          case String text -> text.getBytes(StandardCharsets.UTF_8);
          case Map<?, ?> marker when marker.get("$base64") instanceof String base64 ->
              Base64.getDecoder().decode(base64);
          case Map<?, ?> buffer
              when "Buffer".equals(buffer.get("type"))
                  && buffer.get("data") instanceof List<?> data ->
              bytes(data);
          default -> {
            if (headers.keySet().stream().noneMatch("content-type"::equalsIgnoreCase)) {
              headers.put("Content-Type", "application/json");
            }
            yield Json.write(body);
          }
        };
    return new Reply(status == 0 ? 200 : status, bytes, headers);
  }

  private static String joined(List<?> values) {
    return String.join(", ", values.stream().map(Coercion::toText).toList());
  }

  private static byte[] bytes(List<?> numbers) {
    byte[] bytes = new byte[numbers.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Recorded.integer(numbers.get(i));
    }
    return bytes;
  }

  private static MockRequest read(ClassicHttpRequest asked) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    for (Header header : asked.getHeaders()) {
      headers.merge(
          header.getName().toLowerCase(Locale.ROOT),
          String.valueOf(header.getValue()),
          (a, b) -> a + ", " + b);
    }
    HttpEntity entity = asked.getEntity();
    byte[] body = entity == null ? new byte[0] : EntityUtils.toByteArray(entity);
    URI uri;
    try {
      uri = asked.getUri();
    } catch (URISyntaxException unreadable) {
      throw new IOException(unreadable);
    }
    String origin = uri.getScheme() + "://" + uri.getRawAuthority();
    String query = uri.getRawQuery();
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return new MockRequest(
        asked.getMethod(),
        origin.toLowerCase(Locale.ROOT),
        query == null ? path : path + "?" + query,
        headers,
        body);
  }

  @Override
  public void close() {
    server.close(CloseMode.IMMEDIATE);
    functions.close();
  }
}
