package dev.millrace.registry;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A registry server that speaks Confluent's HTTP protocol: Confluent's own, Apicurio, Karapace,
 * Redpanda. Two of its calls are all that is needed: register a schema, get one by its id. What was
 * once answered is kept for good, so an outage after the start stops nothing; an id that the server
 * does not have is asked for again after {@link #ASK_AGAIN}, and so is a server that did not
 * answer. Thread-safe; registering what is not known blocks for at most {@link #PATIENCE}, asking
 * for an id for at most {@link #LOOKUP_PATIENCE}.
 */
public final class ConfluentRegistry implements SchemaRegistry {
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Who asks for an id holds up a partition meanwhile. */
  static final Duration LOOKUP_PATIENCE = Duration.ofSeconds(2);

  /** A flood of records with an id that nobody has must not become a flood of requests. */
  static final Duration ASK_AGAIN = Duration.ofSeconds(10);

  private static final int MOST_MISSING = 10_000;
  private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";

  private final String base;
  private final @Nullable String authorization;
  private final InstantSource clock;
  private final HttpClient http;
  private final Map<Registration, Integer> registered = new ConcurrentHashMap<>();
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private final Map<Integer, Instant> missing = new ConcurrentHashMap<>();

  /** When the server last left a question for an id without an answer; null when it did not. */
  private volatile @Nullable Instant silentSince;

  /**
   * @param url such as {@code http://registry:8081}; {@code user:password@} before the host is sent
   *     as basic authentication and appears in no message
   */
  public ConfluentRegistry(URI url, InstantSource clock) {
    String user = url.getUserInfo();
    String text = url.toString().replaceFirst("/+$", "");
    this.base = user == null ? text : text.replaceFirst("//[^/@]*@", "//");
    this.authorization =
        user == null
            ? null
            : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    this.clock = clock;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();
  }

  @Override
  public int register(String subject, Schema schema) {
    Registration registration = new Registration(subject, schema.toString());
    Integer known = registered.get(registration);
    if (known != null) {
      return known;
    }
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("schema", registration.schema());
    HttpResponse<byte[]> response =
        send(
            request("/subjects/" + encode(subject) + "/versions")
                .POST(BodyPublishers.ofByteArray(Json.write(body))));
    if (response.statusCode() == 409 || response.statusCode() == 422) {
      throw new MillraceException(
          ErrorCode.INCOMPATIBLE_SCHEMA,
          "the registry refuses the schema of \"" + subject + "\": " + message(response));
    }
    if (!(answer(response).get("id") instanceof Double number)) {
      throw unavailable("answers without an id", null);
    }
    int id = number.intValue();
    schemas.putIfAbsent(id, schema);
    registered.put(registration, id);
    missing.remove(id);
    return id;
  }

  @Override
  public Optional<Schema> byId(int id) {
    Schema known = schemas.get(id);
    if (known != null) {
      return Optional.of(known);
    }
    Instant askedAt = missing.get(id);
    if (askedAt != null && clock.instant().isBefore(askedAt.plus(ASK_AGAIN))) {
      return Optional.empty();
    }
    HttpResponse<byte[]> response = lookUp(id);
    Optional<Schema> schema =
        response.statusCode() == 404 ? Optional.empty() : avro(answer(response));
    if (schema.isPresent()) {
      schemas.put(id, schema.get());
      missing.remove(id);
    } else {
      if (missing.size() >= MOST_MISSING) {
        missing.clear();
      }
      missing.put(id, clock.instant());
    }
    return schema;
  }

  private HttpResponse<byte[]> lookUp(int id) {
    Instant silent = silentSince;
    if (silent != null && clock.instant().isBefore(silent.plus(ASK_AGAIN))) {
      throw unavailable("did not answer a moment ago", null);
    }
    try {
      HttpResponse<byte[]> response =
          send(request("/schemas/ids/" + id).timeout(LOOKUP_PATIENCE).GET());
      silentSince = null;
      return response;
    } catch (MillraceException failed) {
      // A refused connection costs nothing, so only waiting in vain is not repeated.
      silentSince = failed.getCause() instanceof HttpTimeoutException ? clock.instant() : null;
      throw failed;
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  /** Empty for a schema of another kind, which no record of ours is written with. */
  private static Optional<Schema> avro(Map<String, @Nullable Object> answer) {
    Object type = answer.get("schemaType");
    if ((type != null && !type.equals("AVRO")) || !(answer.get("schema") instanceof String text)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Schema.Parser().parse(text));
    } catch (AvroRuntimeException newerThanWe) {
      return Optional.empty();
    }
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(PATIENCE)
            .header("Content-Type", MEDIA_TYPE)
            .header("Accept", MEDIA_TYPE + ", application/json");
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return request;
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException failed) {
      throw unavailable("cannot be reached (" + failed + ")", failed);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw unavailable("was not waited for", stopped);
    }
  }

  private Map<String, @Nullable Object> answer(HttpResponse<byte[]> response) {
    if (response.statusCode() != 200) {
      throw unavailable("answers " + response.statusCode() + ": " + message(response), null);
    }
    try {
      return Json.parseObject(response.body());
    } catch (MillraceException notJson) {
      throw unavailable("answers with something else than JSON", notJson);
    }
  }

  private static String message(HttpResponse<byte[]> response) {
    try {
      return String.valueOf(Json.parseObject(response.body()).get("message"));
    } catch (MillraceException notJson) {
      return "no reason given";
    }
  }

  private MillraceException unavailable(String what, @Nullable Throwable cause) {
    return new MillraceException(
        ErrorCode.REGISTRY_UNAVAILABLE, "the schema registry " + base + " " + what, cause);
  }

  private static String encode(String subject) {
    return URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private record Registration(String subject, String schema) {}
}
