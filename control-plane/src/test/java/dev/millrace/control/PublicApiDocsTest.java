package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The page about n8n's API says what of it is served, and nothing else. */
@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class PublicApiDocsTest {
  private static final Path PAGE =
      Path.of(System.getProperty("millrace.home", "..")).resolve("docs/n8n-api.md");

  private static final Pattern ROW =
      Pattern.compile("^\\| (N\\d+) \\| `([A-Z]+ /[^`]*)` \\| (yes|no) \\| (.*) \\|$");

  /** n8n's own description of itself is not one of its endpoints. */
  private static final String DESCRIPTION = "GET /openapi.yml";

  private record Row(String endpoint, boolean served, String note) {
    static Row of(MatchResult row) {
      return new Row(row.group(2), row.group(3).equals("yes"), row.group(4));
    }
  }

  @Test
  void theTableIsWhatIsServed(Database.Settings database, URI redis) throws IOException {
    Set<String> served = new TreeSet<>();
    try (ControlServer server = new ControlServer(database, redis, InstantSource.system())) {
      server.control().api().endpoints().stream()
          .filter(endpoint -> endpoint.path().startsWith("/api/v1/"))
          .map(endpoint ->
              alike(endpoint.method() + " " + endpoint.path().substring("/api/v1".length())))
          .forEach(served::add);
    }
    served.remove(DESCRIPTION);
    Set<Row> rows =
        Files.readAllLines(PAGE).stream()
            .flatMap(line -> ROW.matcher(line).results())
            .map(Row::of)
            .collect(Collectors.toSet());

    assertThat(rows).hasSizeGreaterThanOrEqualTo(141);
    Set<String> told =
        rows.stream()
            .filter(Row::served)
            .map(row -> alike(row.endpoint()))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(told).isEqualTo(served);
    assertThat(rows)
        .filteredOn(row -> !row.served())
        .as("what is not served says why")
        .allMatch(row -> !row.note().isBlank());
    assertThat(Files.readString(PAGE)).contains(served.size() + " of the " + rows.size() + " that");
  }

  /** Names of parameters do not matter. */
  private static String alike(String endpoint) {
    return endpoint.replaceAll("\\{[^}]*}", "{}");
  }
}
