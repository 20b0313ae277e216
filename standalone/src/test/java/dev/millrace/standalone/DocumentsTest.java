package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the documents quote is what the sources say. */
class DocumentsTest {
  private static final Path HOME = Path.of(System.getProperty("millrace.home", ".."));

  @Test
  void theNodeThatContributingShowsIsTheRealOne() throws IOException {
    String node =
        Files.readString(
            HOME.resolve("node-processors/src/main/java/dev/millrace/nodes/transform/Limit.java"));

    assertThat(Files.readString(HOME.resolve("CONTRIBUTING.md"))).contains(node.strip());
  }
}
