package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.binary.AllowedFolders;
import dev.millrace.binary.FileBinaryStore;
import dev.millrace.binary.FileTypes;
import dev.millrace.binary.StoreLimits;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeCredentials;
import dev.millrace.node.NodeServices;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole workflows that read and write files, on the real store: once as it is, and once with every
 * file outside of its item.
 */
class SharedFileWorkflowsTest {
  private static final Path SHARED =
      Path.of(System.getProperty("millrace.shared", ""), "n8n/conformance").toAbsolutePath();

  /** Says of some fields what is not ours to repeat: who wrote the file, and when. */
  private static final String[] CALENDAR_OWN = {"PRODID:.*", "UID:.*", "DTSTAMP:.*"};

  private static TestJavaScript engine;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    engine = new TestJavaScript("America/New_York");
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Compression/node__Compression.inline1",
        "ConvertToFile/toText.workflow",
        "Files/convert_extract.workflow",
        "ICalendar/node__ICalendar.inline1",
        "MoveBinaryData/MoveBinaryData.inline1",
        "ReadBinaryFile/ReadBinaryFile.inline1",
        "ReadBinaryFiles/ReadBinaryFiles.inline1",
        "ReadPdf/ReadPDF.workflow",
        "ReadWriteFile/ReadWriteFile.inline1",
        "SpreadsheetFile/SpreadsheetFile.inline1",
        "SpreadsheetFile/SpreadsheetFile.inline2",
        "SpreadsheetFile/SpreadsheetFile.inline3",
        "WriteBinaryFile/WriteBinaryFile.inline1"
      })
  void answersWhatIsExpected(String name) throws IOException {
    Path file = SHARED.resolve("n8n").resolve(name + ".json");
    assumeTrue(Files.exists(file), "skipped: the behaviour data is not at " + file);
    Map<?, ?> form = withPlaces(Files.readString(file), name);
    Map<?, ?> document = form.containsKey("workflowData") ? map(form.get("workflowData")) : form;
    Map<String, List<Item>> expected = expected(form);
    assertThat(expected).isNotEmpty();

    for (StoreLimits limits : List.of(StoreLimits.DEFAULT, new StoreLimits(1 << 30, -1, 0))) {
      BinaryStore store = new FileBinaryStore(folder.resolve("store"), limits, FileTypes.load());
      Map<String, List<Item>> outputs = run(WorkflowDocument.of(copy(document)), store);
      for (var node : expected.entrySet()) {
        List<Item> actual = outputs.getOrDefault(node.getKey(), List.of());
        assertThat(actual.stream().map(Item::json).toList())
            .as(node.getKey())
            .isEqualTo(node.getValue().stream().map(Item::json).toList());
        for (int i = 0; i < actual.size(); i++) {
          sameFiles(node.getKey(), store, actual.get(i), node.getValue().get(i));
        }
      }
      if (limits.inlineBytes() < 0) {
        assertThat(outputs.values().stream().flatMap(List::stream))
            .flatMap(item -> item.binary().values())
            .allSatisfy(kept -> assertThat(kept.id()).startsWith("filesystem-v2:"));
      }
    }
  }

  /** The file as it is, with fixtures and temporary folders in their places. */
  private Map<?, ?> withPlaces(String text, String name) throws IOException {
    Path fixtures = SHARED.resolve("fixtures");
    String placed =
        text.replace("${N8N_NODES_DIR}", fixtures.toString())
            .replace("/tmp/n8n-test-temporary-dir", folder.toRealPath().toString());
    String node = name.substring(0, name.indexOf('/'));
    try (Stream<Path> all = Files.walk(fixtures.resolve(node))) {
      for (Path fixture : all.filter(Files::isRegularFile).toList()) {
        placed = placed.replace("C:\\\\Test\\\\" + fixture.getFileName(), fixture.toString());
      }
    } catch (java.nio.file.NoSuchFileException none) {
      assertThat(placed).doesNotContain("C:\\\\Test");
    }
    return Json.parseObject(placed.getBytes(StandardCharsets.UTF_8));
  }

  private Map<String, List<Item>> run(WorkflowDocument workflow, BinaryStore store)
      throws IOException {
    AllowedFolders files = new AllowedFolders(List.of(SHARED, folder), List.of());
    NodeCatalogue nodes =
        NodeCatalogue.discover(
            new NodeServices(engine, NodeCredentials.none(), OutgoingHttp.none(), store, files));
    return new SimpleWorkflow(workflow, nodes, engine).run();
  }

  private static Map<String, List<Item>> expected(Map<?, ?> form) {
    Map<String, List<Item>> expected = new LinkedHashMap<>();
    if (form.get("expected") instanceof Map<?, ?> given) {
      map(given.get("nodeData"))
          .forEach((node, runs) ->
              expected.put(String.valueOf(node), items((List<?>) ((List<?>) runs).getFirst())));
    } else {
      map(form.get("pinData"))
          .forEach((node, items) -> expected.put(String.valueOf(node), items((List<?>) items)));
    }
    return expected;
  }

  private static List<Item> items(@Nullable List<?> forms) {
    return Objects.requireNonNull(forms).stream().map(item -> Item.fromJson(map(item))).toList();
  }

  private static void sameFiles(String node, BinaryStore store, Item actual, Item expected)
      throws IOException {
    if (expected.binary().isEmpty()) {
      return;
    }
    assertThat(actual.binary()).as(node).containsOnlyKeys(expected.binary().keySet());
    for (var entry : expected.binary().entrySet()) {
      BinaryData wanted = entry.getValue();
      BinaryData file = Objects.requireNonNull(actual.binary().get(entry.getKey()));
      assertThat(file.mimeType()).as(node).isEqualTo(wanted.mimeType());
      assertThat(file.fileName()).as(node).isEqualTo(wanted.fileName());
      assertThat(file.fileType()).as(node).isEqualTo(wanted.fileType());
      assertThat(file.fileExtension()).as(node).isEqualTo(wanted.fileExtension());
      byte[] content = read(store, file);
      byte[] reference = Base64.getDecoder().decode(wanted.data());
      if ("ics".equals(wanted.fileExtension())) {
        assertThat(calendar(content)).as(node).isEqualTo(calendar(reference));
      } else if ("xls".equals(wanted.fileExtension())) {
        // Another library wrote it: the same cells, not the same bytes.
        assertThat(content).startsWith(0xD0, 0xCF, 0x11, 0xE0);
      } else {
        assertThat(file.fileSize()).as(node).isEqualTo(wanted.fileSize());
        assertThat(new String(content, StandardCharsets.ISO_8859_1))
            .as(node)
            .isEqualTo(new String(reference, StandardCharsets.ISO_8859_1));
      }
    }
  }

  private static String calendar(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8);
    for (String own : CALENDAR_OWN) {
      text = text.replaceFirst(own, "-");
    }
    return text;
  }

  private static byte[] read(BinaryStore store, BinaryData file) throws IOException {
    try (InputStream in = store.open(file)) {
      return in.readAllBytes();
    }
  }

  private static Map<String, @Nullable Object> copy(Map<?, ?> map) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    return copy;
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return (Map<?, ?>) Objects.requireNonNull(value);
  }
}
