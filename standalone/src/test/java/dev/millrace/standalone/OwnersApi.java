package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.value.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The API of a server that is new, called by its owner; whatever he asks for has to succeed. */
final class OwnersApi {
  private final HttpClient client;
  private final String url;
  private String token = "";

  /**
   * Sets the owner up.
   *
   * @param client stays the caller's
   */
  OwnersApi(HttpClient client, String url) throws IOException, InterruptedException {
    this.client = client;
    this.url = url;
    token =
        text(
            call(
                "POST",
                "/api/setup",
                Map.of("email", "owner@example.com", "password", "a long password")),
            "accessToken");
  }

  /**
   * What is answered.
   *
   * @param body null for none
   */
  String call(String method, String path, @Nullable Object body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(url + path))
                .header("authorization", "Bearer " + token)
                .method(
                    method,
                    body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofByteArray(Json.write(body)))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(path + ": " + answer.body()).isBetween(200, 299);
    return answer.body();
  }

  /** Makes a workflow of its JSON, publishes it, and answers its id. */
  String publish(String workflow) throws IOException, InterruptedException {
    String id = text(call("POST", "/api/workflows", Json.parse(workflow)), "id");
    call("POST", "/api/workflows/" + id + "/publish", null);
    return id;
  }

  static String text(String json, String field) {
    return String.valueOf(
        Objects.requireNonNull(
            Json.parseObject(json.getBytes(StandardCharsets.UTF_8)).get(field), field));
  }
}
