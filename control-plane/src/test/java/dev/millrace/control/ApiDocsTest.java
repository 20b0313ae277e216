package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The page that lists the API is as the API is. */
@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class ApiDocsTest {
  private static final Path PAGE =
      Path.of(System.getProperty("millrace.home", "..")).resolve("docs/api.md");

  @Test
  void thePageOfEndpointsIsCurrent(Database.Settings database, URI redis) throws IOException {
    String page;
    try (ControlServer server = new ControlServer(database, redis, InstantSource.system())) {
      page = page(server.control().api().endpoints());
    }
    if (Boolean.getBoolean("millrace.docs.write")) {
      Files.writeString(PAGE, page);
    }
    assertThat(PAGE)
        .as("regenerate with -Dtest=ApiDocsTest -Dmillrace.docs.write=true")
        .hasContent(page);
  }

  private static String page(List<Endpoint> endpoints) {
    StringBuilder out =
        new StringBuilder(
            """
            # The API

            Made from the code by `./mvnw test -pl control-plane -am -Dtest=ApiDocsTest -Dmillrace.docs.write=true`.

            Whoever calls proves who he is by `Authorization: Bearer` with an access token or an API key, or by
            `X-N8N-API-KEY`. Errors are problem documents (RFC 9457) with a `code` of
            [errors.md](errors.md). What belongs to a project that one may not see is not found.

            ## Endpoints

            | endpoint | what it does | who may |
            |---|---|---|
            """);
    endpoints.stream()
        .sorted(Comparator.comparing(Endpoint::path).thenComparing(Endpoint::method))
        .forEach(endpoint ->
            out.append("| `")
                .append(endpoint.method())
                .append(' ')
                .append(endpoint.path())
                .append("` | ")
                .append(endpoint.summary())
                .append(" | ")
                .append(
                    switch (endpoint.access()) {
                      case Access.Open() -> "anybody";
                      case Access.SignedIn() -> "whoever is signed in";
                      case Access.Installation(Scope scope) -> "`" + scope.text() + "`";
                      case Access.Project(Scope scope) -> "`" + scope.text() + "` in the project";
                    })
                .append(" |\n"));
    out.append("\n## Roles\n\n| scope |");
    Role.BUILT_IN.forEach(role -> out.append(' ').append(role.name()).append(" |"));
    out.append("\n|---|");
    Role.BUILT_IN.forEach(role -> out.append("---|"));
    out.append('\n');
    for (Scope scope : Scope.values()) {
      out.append("| `").append(scope.text()).append("` |");
      Role.BUILT_IN.forEach(role -> out.append(role.scopes().contains(scope) ? " yes |" : " |"));
      out.append('\n');
    }
    return out.toString();
  }
}
