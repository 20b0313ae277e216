package dev.millrace.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NodeDocsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("millrace.home", "..")).resolve("docs/nodes");

  /** {@code ./mvnw test -pl node-processors -Dtest=NodeDocsTest -Dmillrace.docs.write=true}. */
  @Test
  void theCommittedPagesAreCurrent() throws Exception {
    SortedMap<String, String> rendered = NodeDocs.render(CatalogueForTests.discover());
    if (Boolean.getBoolean("millrace.docs.write")) {
      write(rendered);
    }
    assertThat(committed())
        .as("regenerate docs/nodes with -Dtest=NodeDocsTest -Dmillrace.docs.write=true")
        .isEqualTo(rendered);
  }

  private static void write(SortedMap<String, String> pages) throws IOException {
    Files.createDirectories(FOLDER);
    for (String stale : committed().keySet()) {
      Files.delete(FOLDER.resolve(stale));
    }
    for (var page : pages.entrySet()) {
      Files.writeString(FOLDER.resolve(page.getKey()), page.getValue());
    }
  }

  private static SortedMap<String, String> committed() throws IOException {
    SortedMap<String, String> pages = new TreeMap<>();
    if (Files.isDirectory(FOLDER)) {
      try (Stream<Path> files = Files.list(FOLDER)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".md")).toList()) {
          pages.put(String.valueOf(file.getFileName()), Files.readString(file));
        }
      }
    }
    return pages;
  }
}
