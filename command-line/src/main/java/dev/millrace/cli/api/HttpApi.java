package dev.millrace.cli.api;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A REST API: Millrace's, or n8n's public one. Redirects are not followed, because they would take
 * the key elsewhere. One thread at a time.
 */
public final class HttpApi implements AutoCloseable {
  private static final int LARGEST_PAGE = 100;
  private static final int MOST_PATIENCE_SECONDS = 90;
  private static final int MOST_WAITS = 20;
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofMinutes(2);

  private final URI base;
  private final Optional<Map.Entry<String, String>> proof;
  private final Pause pause;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * What came back, with a status below 300.
   *
   * @param json empty where the body is none, or no object
   */
  public record Reply(JsonObject json, @Nullable Object body) {}

  private HttpApi(URI base, Optional<Map.Entry<String, String>> proof, Pause pause) {
    this.base = base;
    this.proof = proof;
    this.pause = pause;
  }

  /** Millrace's, as whoever the key or token belongs to. */
  public static HttpApi millrace(URI base, String key, Pause pause) {
    return new HttpApi(base, Optional.of(Map.entry("authorization", "Bearer " + key)), pause);
  }

  /** Millrace's, as nobody. */
  public static HttpApi open(URI base, Pause pause) {
    return new HttpApi(base, Optional.empty(), pause);
  }

  /** n8n's public API. */
  public static HttpApi n8n(URI base, String key, Pause pause) {
    return new HttpApi(base, Optional.of(Map.entry("X-N8N-API-KEY", key)), pause);
  }

  public URI base() {
    return base;
  }

  /**
   * @throws ApiFailure when the answer is an error
   * @throws MillraceException {@code SERVER_UNREACHABLE}, {@code ANSWER_UNREADABLE}
   */
  public Reply get(String path) {
    return send("GET", path, null);
  }

  /** The same, empty when it is not found. */
  public Optional<Reply> find(String path) {
    try {
      return Optional.of(get(path));
    } catch (ApiFailure failure) {
      if (failure.status() == 404) {
        return Optional.empty();
      }
      throw failure;
    }
  }

  public JsonObject post(String path, @Nullable Object body) {
    return send("POST", path, body).json();
  }

  public JsonObject put(String path, Object body) {
    return send("PUT", path, body).json();
  }

  public JsonObject patch(String path, Object body) {
    return send("PATCH", path, body).json();
  }

  public void delete(String path) {
    send("DELETE", path, null);
  }

  /**
   * The rows of a list that comes in pages.
   *
   * @param query without {@code limit} and {@code cursor}
   * @param most rows that are wanted; empty for all
   */
  public List<JsonObject> list(String path, Map<String, String> query, OptionalInt most) {
    List<JsonObject> rows = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    Map<String, String> page = new LinkedHashMap<>(query);
    while (true) {
      int wanted = most.isPresent() ? most.getAsInt() - rows.size() : LARGEST_PAGE;
      if (wanted <= 0) {
        return rows;
      }
      page.put("limit", String.valueOf(Math.min(wanted, LARGEST_PAGE)));
      Reply reply = get(path(path, page));
      List<JsonObject> got = rows(reply.body());
      rows.addAll(got.subList(0, Math.min(got.size(), wanted)));
      Optional<String> next = reply.json().given("nextCursor");
      if (next.isEmpty()) {
        return rows;
      }
      if (!seen.add(next.get())) {
        throw unreadable(path, "its pages go in a circle");
      }
      page.put("cursor", next.get());
    }
  }

  /** The rows of a list that comes whole. */
  public List<JsonObject> all(String path) {
    return rows(get(path).body());
  }

  private static List<JsonObject> rows(@Nullable Object body) {
    return body instanceof List<?> list
        ? JsonObject.listOf(list)
        : JsonObject.of(body).objects("data");
  }

  /**
   * The lines of a stream of events, as they come.
   *
   * @return empty when the server has no such stream, or not of this
   */
  public Optional<InputStream> events(String path) {
    HttpRequest request = request("GET", path, null).header("accept", "text/event-stream").build();
    try {
      HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
      boolean streams =
          response.statusCode() == 200
              && response
                  .headers()
                  .firstValue("content-type")
                  .filter(type -> type.startsWith("text/event-stream"))
                  .isPresent();
      if (!streams) {
        response.body().close();
        return Optional.empty();
      }
      return Optional.of(response.body());
    } catch (IOException unreachable) {
      throw unreachable(unreachable);
    } catch (InterruptedException interrupted) {
      throw interrupted();
    }
  }

  /** A path whose placeholders {@code {}} are filled with values, each as one segment. */
  public static String path(String template, String... values) {
    StringBuilder path = new StringBuilder();
    int from = 0;
    for (String value : values) {
      int at = template.indexOf("{}", from);
      path.append(template, from, at).append(encoded(value));
      from = at + 2;
    }
    return path.append(template, from, template.length()).toString();
  }

  /** A path with a query; values that are empty are left out. */
  public static String path(String path, Map<String, String> query) {
    StringBuilder out = new StringBuilder(path);
    char separator = '?';
    for (Map.Entry<String, String> entry : query.entrySet()) {
      if (!entry.getValue().isEmpty()) {
        out.append(separator)
            .append(encoded(entry.getKey()))
            .append('=')
            .append(encoded(entry.getValue()));
        separator = '&';
      }
    }
    return out.toString();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private HttpRequest.Builder request(String method, String path, @Nullable Object body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .method(
                method,
                body == null
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofByteArray(Json.write(body)));
    request.header("user-agent", "millrace");
    if (body != null) {
      request.header("content-type", "application/json");
    }
    proof.ifPresent(header -> request.header(header.getKey(), header.getValue()));
    return request;
  }

  private Reply send(String method, String path, @Nullable Object body) {
    HttpRequest request = request(method, path, body).timeout(ANSWER).build();
    for (int waits = 0; ; waits++) {
      HttpResponse<byte[]> response;
      try {
        response = client.send(request, BodyHandlers.ofByteArray());
      } catch (IOException unreachable) {
        throw unreachable(unreachable);
      } catch (InterruptedException interrupted) {
        throw interrupted();
      }
      int status = response.statusCode();
      // Both refuse a request before anything is done.
      OptionalInt after =
          status == 429 || status == 503 ? retryAfter(response.headers()) : OptionalInt.empty();
      if (after.isPresent() && waits < MOST_WAITS) {
        sleep(Duration.ofSeconds(after.getAsInt()));
        continue;
      }
      if (status >= 300 && status < 400) {
        throw unreadable(
            path,
            "it redirects to "
                + response.headers().firstValue("location").orElse("somewhere else")
                + ", where the key does not go");
      }
      if (status >= 400) {
        throw ApiFailure.of(status, problem(response.body()), base.toString());
      }
      return reply(path, response);
    }
  }

  private Reply reply(String path, HttpResponse<byte[]> response) {
    if (response.body().length == 0) {
      return new Reply(JsonObject.of(null), null);
    }
    try {
      Object json = Json.parse(response.body());
      return new Reply(JsonObject.of(json), json);
    } catch (MillraceException notJson) {
      throw unreadable(path, "the answer is not JSON");
    }
  }

  private static @Nullable Object problem(byte[] body) {
    try {
      return Json.parse(body);
    } catch (MillraceException notJson) {
      return null;
    }
  }

  /** Empty where the server does not say when, as it does not of attempts to sign in. */
  private static OptionalInt retryAfter(HttpHeaders headers) {
    Optional<String> text = headers.firstValue("retry-after").filter(it -> it.matches("\\d{1,4}"));
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    int seconds = Integer.parseInt(text.get());
    return seconds > MOST_PATIENCE_SECONDS ? OptionalInt.empty() : OptionalInt.of(seconds);
  }

  /** Lets time pass. */
  public void sleep(Duration time) {
    try {
      pause.sleep(time);
    } catch (InterruptedException interrupted) {
      throw interrupted();
    }
  }

  private MillraceException unreachable(IOException failure) {
    String said = failure.getMessage();
    return new MillraceException(
        ErrorCode.SERVER_UNREACHABLE,
        base
            + " cannot be reached: "
            + failure.getClass().getSimpleName()
            + (said == null ? "" : " (" + said + ")"));
  }

  private MillraceException unreadable(String path, String what) {
    return new MillraceException(
        ErrorCode.ANSWER_UNREADABLE, "What " + base + path + " answers cannot be used: " + what);
  }

  private static CancellationException interrupted() {
    Thread.currentThread().interrupt();
    return new CancellationException("interrupted");
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
