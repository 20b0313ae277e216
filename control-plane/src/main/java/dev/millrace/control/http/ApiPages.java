package dev.millrace.control.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** The description of the API as pages to browse and try out, by Swagger UI. */
public final class ApiPages {
  private static final String PATH = "/api/docs";
  private static final String POM = "/META-INF/maven/org.webjars/swagger-ui/pom.properties";
  private static final String FILES = "/META-INF/resources/webjars/swagger-ui/";

  private static final Map<String, String> TYPES =
      Map.of(
          "swagger-ui.css", "text/css; charset=utf-8",
          "swagger-ui-bundle.js", "text/javascript; charset=utf-8",
          "start.js", "text/javascript; charset=utf-8");

  private static final String PAGE =
      """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Millrace API</title>
      <link rel="stylesheet" href="docs/swagger-ui.css">
      <div id="api"></div>
      <script src="docs/swagger-ui-bundle.js"></script>
      <script src="docs/start.js"></script>
      </html>
      """;

  private static final String START =
      """
      SwaggerUIBundle({url: 'openapi.json', dom_id: '#api', deepLinking: true, docExpansion: 'none'});
      """;

  /** It sets styles by itself; scripts come from here alone. */
  private static final String POLICY =
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors"
          + " 'none'; base-uri 'none'; form-action 'none'";

  private ApiPages() {}

  public static List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                PATH,
                "api.browse",
                "The description of the API as a page to browse",
                new Access.Open(),
                call -> answer("text/html; charset=utf-8", PAGE.getBytes(StandardCharsets.UTF_8)))
            .givesText("text/html"),
        new Endpoint(
                "GET",
                PATH + "/{file}",
                "api.browseFile",
                "What that page consists of",
                new Access.Open(),
                ApiPages::file)
            .givesText("text/css")
            .givesText("text/javascript"));
  }

  private static Answer file(Call call) {
    String name = call.path("file");
    String type = TYPES.get(name);
    byte[] content =
        type == null
            ? null
            : name.equals("start.js") ? START.getBytes(StandardCharsets.UTF_8) : read(name);
    if (type == null || content == null) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "There is no such file");
    }
    return answer(type, content).with("cache-control", "public, max-age=3600");
  }

  private static byte @Nullable [] read(String name) {
    try (InputStream pom = ApiPages.class.getResourceAsStream(POM)) {
      Properties properties = new Properties();
      properties.load(pom);
      try (InputStream file =
          ApiPages.class.getResourceAsStream(
              FILES + properties.getProperty("version") + "/" + name)) {
        return file == null ? null : file.readAllBytes();
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Answer answer(String type, byte[] content) {
    return new Answer(
        200, Map.of("content-type", type, "content-security-policy", POLICY), content);
  }
}
