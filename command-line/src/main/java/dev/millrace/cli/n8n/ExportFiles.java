package dev.millrace.cli.n8n;

import dev.millrace.cli.api.JsonObject;
import dev.millrace.cli.api.WorkflowFiles;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the commands {@code n8n export:workflow} and {@code n8n export:credentials} write: a file
 * for each or one with an array, in one folder or in several. What a file holds is told by its
 * content.
 */
public final class ExportFiles {
  /** Deep enough for folders of workflows, credentials and projects. */
  private static final int DEEPEST = 5;

  private final Map<String, JsonObject> workflows = new LinkedHashMap<>();
  private final Map<String, JsonObject> credentials = new LinkedHashMap<>();
  private final Set<String> tags = new LinkedHashSet<>();
  private final List<JsonObject> variables = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private int encrypted;

  private ExportFiles() {}

  /**
   * Reads a folder with what is below it, or one file.
   *
   * @throws MillraceException {@code UNREADABLE_FILE}; a file that is not JSON is noted and left
   */
  public static N8nExport read(Path place) {
    ExportFiles files = new ExportFiles();
    for (Path file : files(place)) {
      files.take(file);
    }
    if (files.encrypted > 0) {
      files.notes.add(
          files.encrypted
              + " credentials are encrypted and were left out: export them with"
              + " n8n export:credentials --backup --decrypted --output=DIR");
    }
    return new N8nExport(
        List.copyOf(files.workflows.values()),
        List.copyOf(files.credentials.values()),
        true,
        List.copyOf(files.tags),
        files.variables,
        Map.of(),
        files.notes);
  }

  private static List<Path> files(Path place) {
    if (Files.isRegularFile(place)) {
      return List.of(place);
    }
    try (Stream<Path> all = Files.walk(place, DEEPEST)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .toList();
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, place + " is no folder or file that can be read");
    }
  }

  private void take(Path file) {
    @Nullable Object value;
    try {
      value = WorkflowFiles.json(file, InputStream.nullInputStream());
    } catch (MillraceException broken) {
      // Not what a parser says: it may quote a secret.
      notes.add(file + " was left out: " + broken.code().name().toLowerCase(Locale.ROOT));
      return;
    }
    boolean known = true;
    if (value instanceof List<?> several) {
      for (Object element : several) {
        known &= element instanceof Map<?, ?> && take(JsonObject.of(element));
      }
    } else {
      known = value instanceof Map<?, ?> && take(JsonObject.of(value));
    }
    if (!known) {
      notes.add(file + " holds something that is no workflow, credential, variable or tag");
    }
  }

  /** Takes an object over; false for one that is nothing of n8n's. */
  private boolean take(JsonObject object) {
    if (object.raw().get("nodes") instanceof List<?>) {
      workflows.put(key(object, workflows.size()), object);
      return true;
    }
    if (object.raw().get("tags") instanceof List<?> && object.has("mappings")) {
      object.objects("tags").forEach(tag -> tag.given("name").ifPresent(tags::add));
      return true;
    }
    if (object.has("type") && object.has("name") && object.has("data")) {
      if (object.raw().get("data") instanceof Map<?, ?>) {
        credentials.put(key(object, credentials.size()), object);
      } else {
        encrypted++;
      }
      return true;
    }
    if (object.has("key") && object.raw().get("value") instanceof String) {
      variables.add(object);
      return true;
    }
    boolean tag = object.has("name") && object.raw().size() <= 4 && object.has("id");
    object.given("name").filter(name -> tag).ifPresent(tags::add);
    return tag;
  }

  /** Of two files with one id the later one counts; what has no id is of its own. */
  private static String key(JsonObject object, int number) {
    return object.given("id").orElse("#" + number);
  }
}
