package dev.millrace.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.registry.Compatibility;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.junit.jupiter.api.Test;

/**
 * Every schema reads what every kept baseline wrote and the other way round (FULL_TRANSITIVE), so
 * instances of different versions share topics and stores. The baselines are the folders below
 * {@code src/test/resources/released}. A release adds its own:
 *
 * <pre>./mvnw test -pl schemas -Dtest=ReleasedSchemasTest -Dmillrace.schemas.release=1.2.0</pre>
 *
 * <p>A folder of a released version is never changed. The folder {@code unreleased} stands for the
 * state before the first release; whoever breaks it on purpose writes it again in the same way and
 * says so in the commit.
 */
class ReleasedSchemasTest {
  private static final Path SOURCES = Path.of("src/main/avro");
  private static final Path RELEASED = Path.of("src/test/resources/released");

  @Test
  void everySchemaIsCompatibleWithEveryBaseline() throws IOException {
    String release = System.getProperty("millrace.schemas.release");
    if (release != null) {
      writeBaseline(release);
    }
    Map<String, Schema> current = current();
    int compared = 0;
    for (Path baseline : folders()) {
      for (Path file : files(baseline)) {
        Schema released = new Schema.Parser().parse(Files.readString(file));
        Schema now = current.get(released.getFullName());
        assertThat(now)
            .as("%s of %s is gone; records of it may still be on a topic", file, baseline)
            .isNotNull();
        Compatibility.requireFullTransitive(
            released.getFullName() + " of " + baseline.getFileName(), now, List.of(released));
        compared++;
      }
    }
    assertThat(compared).isPositive();
  }

  @Test
  void everyGeneratedClassHasTheSchemaOfItsFile() throws Exception {
    for (Schema schema : current().values()) {
      Object generated = Class.forName(schema.getFullName()).getField("SCHEMA$").get(null);
      assertThat(((Schema) Objects.requireNonNull(generated)).getFullName())
          .isEqualTo(schema.getFullName());
    }
  }

  @Test
  void aBreakingChangeWouldBeRefused() throws IOException {
    Schema source = Objects.requireNonNull(current().get("dev.millrace.avro.SourceRecord"));
    Schema withoutDefault =
        SchemaBuilder.record("SourceRecord")
            .namespace("dev.millrace.avro")
            .fields()
            .requiredString("node")
            .requiredInt("output")
            .requiredInt("run")
            .requiredString("added")
            .endRecord();

    assertThatThrownBy(
            () -> Compatibility.requireFullTransitive("source", withoutDefault, List.of(source)))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INCOMPATIBLE_SCHEMA))
        .hasMessageContaining("added");
  }

  private static void writeBaseline(String release) throws IOException {
    Path folder = RELEASED.resolve(release);
    Files.createDirectories(folder);
    for (Schema schema : current().values()) {
      Files.writeString(
          folder.resolve(schema.getName() + ".avsc"),
          Json.pretty(Json.parse(schema.toString()), 2) + "\n");
    }
  }

  /** The schemas of the source files, by full name. */
  private static Map<String, Schema> current() throws IOException {
    // One parser for all, since the later files name types of the earlier ones.
    Schema.Parser parser = new Schema.Parser();
    Map<String, Schema> schemas = new TreeMap<>();
    for (Path file : files(SOURCES)) {
      Schema parsed = parser.parse(Files.readString(file));
      for (Schema schema :
          parsed.getType() == Schema.Type.UNION ? parsed.getTypes() : List.of(parsed)) {
        schemas.put(schema.getFullName(), schema);
      }
    }
    return schemas;
  }

  private static List<Path> folders() throws IOException {
    try (Stream<Path> children = Files.list(RELEASED)) {
      return children.filter(Files::isDirectory).sorted().toList();
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> children = Files.list(folder)) {
      children.filter(file -> file.toString().endsWith(".avsc")).sorted().forEach(files::add);
    }
    return files;
  }
}
