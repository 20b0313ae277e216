package dev.millrace.standalone.conformance;

import static dev.millrace.standalone.conformance.Recorded.list;
import static dev.millrace.standalone.conformance.Recorded.object;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a machine that recorded workflows name: those that they read lie in a folder {@code
 * fixtures} beside the recordings, and those that they write go to a folder that is removed
 * afterwards.
 */
public final class RecordedFiles implements AutoCloseable {
  private static final String FIXTURES = "fixtures";

  /** As JSON text has it: on the machine that recorded, names below this path were replaced. */
  private static final String REPLACED = "C:\\\\Test\\\\";

  private static final String SOURCES = "${N8N_NODES_DIR}";
  private static final Pattern ABSENT =
      Pattern.compile(
          Pattern.quote(REPLACED) + "([^\"\\\\]+)|" + Pattern.quote(SOURCES) + "/?([^\"]*)");

  /**
   * Folders for what is written, where a path begins with one; some expressions have theirs after
   * an equals sign.
   */
  private static final Pattern WRITTEN =
      Pattern.compile("\"(=?)/tmp(?:/n8n-test-temporary-dir)?(?=[/\"])");

  private final Path scratch;
  private final List<Path> fixtures;

  private RecordedFiles(Path scratch, List<Path> fixtures) {
    this.scratch = scratch;
    this.fixtures = fixtures;
  }

  /** For recordings at these paths; makes the folder that they write to. */
  public static RecordedFiles of(List<Path> recordings) {
    List<Path> fixtures = new ArrayList<>();
    for (Path recording : recordings) {
      for (Path folder = recording.toAbsolutePath().normalize();
          folder != null;
          folder = folder.getParent()) {
        Path beside = folder.resolve(FIXTURES);
        if (Files.isDirectory(beside) && !fixtures.contains(beside)) {
          fixtures.add(beside);
        }
      }
    }
    try {
      return new RecordedFiles(
          Files.createTempDirectory("millrace-recorded-").toRealPath(), fixtures);
    } catch (IOException unusable) {
      throw unreadable(unusable);
    }
  }

  /** The folders that these workflows have to be allowed. */
  public List<Path> folders() {
    List<Path> folders = new ArrayList<>(fixtures);
    folders.add(scratch);
    return folders;
  }

  /** A recording whose paths lead to the files here. */
  Map<String, @Nullable Object> read(Path recording) {
    return Json.parseObject(placed(recording).getBytes(StandardCharsets.UTF_8));
  }

  /** A file that a recording reads and that is not here; empty when all are. */
  Optional<String> missing(Path recording) {
    String text = placed(recording);
    Matcher absent = ABSENT.matcher(text);
    if (absent.find()) {
      return Optional.of(absent(absent.group(1) == null ? absent.group(2) : absent.group(1)));
    }
    Map<String, @Nullable Object> recorded = read(recording);
    Object workflow = recorded.getOrDefault("workflowData", recorded);
    Set<String> written = new HashSet<>();
    Set<String> wanted = new TreeSet<>();
    for (Object node : list(object(workflow).get("nodes"))) {
      Map<String, @Nullable Object> parameters = object(object(node).get("parameters"));
      written.add(String.valueOf(parameters.get("fileName")));
      for (String name : List.of("filePath", "fileSelector")) {
        if (parameters.get(name) instanceof String path && path.startsWith(scratch.toString())) {
          wanted.add(path);
        }
      }
    }
    wanted.removeAll(written);
    return wanted.stream()
        .findFirst()
        .map(path -> absent(path.substring(scratch.toString().length() + 1)));
  }

  private static String absent(String name) {
    return "it reads the file " + name + ", which is not there";
  }

  private String placed(Path recording) {
    try {
      // First, since the folders that the others become may themselves lie in one of these.
      String text =
          WRITTEN
              .matcher(Files.readString(recording))
              .replaceAll("\"$1" + Matcher.quoteReplacement(inJson(scratch)));
      for (Path folder : fixtures) {
        text = text.contains(REPLACED) ? withFixtures(text, folder, recording) : text;
        text = text.replace(SOURCES, inJson(folder));
      }
      return text;
    } catch (IOException unusable) {
      throw unreadable(unusable);
    }
  }

  /** Files of one name differ between nodes: those of the recording's own node count. */
  private static String withFixtures(String text, Path folder, Path recording) throws IOException {
    Path node = recording.toAbsolutePath().normalize().getParent();
    Path own = node == null ? folder : folder.resolve(String.valueOf(node.getFileName()));
    if (!Files.isDirectory(own)) {
      return text;
    }
    String placed = text;
    try (Stream<Path> all = Files.walk(own)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        placed = placed.replace(REPLACED + file.getFileName() + "\"", inJson(file) + "\"");
      }
    }
    return placed;
  }

  private static String inJson(Path path) {
    String quoted = Json.text(path.toString());
    return quoted.substring(1, quoted.length() - 1);
  }

  private static MillraceException unreadable(IOException cause) {
    return new MillraceException(
        ErrorCode.UNREADABLE_FILE, "the files of recordings cannot be used: " + cause, cause);
  }

  @Override
  public void close() {
    try {
      List<Path> deepestFirst;
      try (Stream<Path> all = Files.walk(scratch)) {
        deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    } catch (IOException leftBehind) {
      throw unreadable(leftBehind);
    }
  }
}
