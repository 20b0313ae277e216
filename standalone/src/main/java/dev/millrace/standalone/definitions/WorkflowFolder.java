package dev.millrace.standalone.definitions;

import dev.millrace.control.workflows.WorkflowCheck;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder whose {@code *.json} files are published workflows. A file that cannot be published is
 * reported, and what was published of it before stays; the workflow of a file that is gone is
 * withdrawn. Not thread-safe.
 */
public final class WorkflowFolder {
  /** What became of a file; called in the thread that synchronises. */
  public interface Listener {
    /** Tells nobody, and throws what is wrong with a file. */
    Listener STRICT =
        new Listener() {
          @Override
          public void published(Path file, String workflowName, int version) {}

          @Override
          public void broken(Path file, MillraceException error) {
            throw error;
          }

          @Override
          public void withdrawn(Path file) {}
        };

    /** Published for the first time, or with new content. */
    void published(Path file, String workflowName, int version);

    void broken(Path file, MillraceException error);

    void withdrawn(Path file);
  }

  /** A file as it was looked at last. */
  private record Seen(byte[] content, @Nullable String workflowId) {}

  /**
   * Read and parsed, a file takes several times its size of the one heap that serves everything.
   */
  private static final int MAX_BYTES = 16 * 1024 * 1024;

  private final Path folder;
  private final Path memory;
  private final WorkflowCheck check;
  private final Publications publications;
  private final Listener listener;
  private final WebhookClaims webhooks = new WebhookClaims();
  private final Map<Path, Seen> seen = new HashMap<>();
  private final Map<Path, String> owned;

  /**
   * @param memory a file in which the folder remembers what it published, so that it withdraws what
   *     was removed while nothing ran, and nothing that others published
   */
  public WorkflowFolder(
      Path folder, Path memory, WorkflowCheck check, Publications publications, Listener listener) {
    this.folder = folder.toAbsolutePath().normalize();
    this.memory = memory;
    this.check = check;
    this.publications = publications;
    this.listener = listener;
    this.owned = remembered();
  }

  /**
   * Brings the topic in step with the folder.
   *
   * @throws MillraceException {@code UNREADABLE_FILE} when the folder itself cannot be read; the
   *     errors of files go to the listener
   */
  public void synchronise() {
    List<Path> files = files();
    owned.keySet().stream().filter(file -> !files.contains(file)).toList().forEach(this::withdraw);
    seen.keySet().retainAll(files);
    for (Path file : files) {
      try {
        boolean small = Files.size(file) <= MAX_BYTES;
        byte[] content = small ? Files.readAllBytes(file) : stamp(file);
        Seen before = seen.get(file);
        if (before == null || !Arrays.equals(before.content(), content)) {
          // Remembered first: a broken file is reported once, not at each look.
          seen.put(file, new Seen(content, null));
          if (!small) {
            throw new MillraceException(
                ErrorCode.JSON_LIMIT, "the file is larger than " + MAX_BYTES + " bytes");
          }
          publish(file, content);
        }
      } catch (IOException unreadable) {
        listener.broken(
            file,
            new MillraceException(
                ErrorCode.UNREADABLE_FILE, "cannot be read: " + unreadable, unreadable));
      } catch (MillraceException broken) {
        listener.broken(file, broken);
      }
    }
  }

  /** What stands for the content of a file that is not read. */
  private static byte[] stamp(Path file) throws IOException {
    return (Files.size(file) + " bytes of " + Files.getLastModifiedTime(file))
        .getBytes(StandardCharsets.UTF_8);
  }

  private void publish(Path file, byte[] content) {
    WorkflowDocument workflow = WorkflowDocument.parse(content);
    String id = workflow.id().orElseGet(() -> stem(file));
    owned.forEach((other, otherId) -> {
      if (otherId.equals(id) && !other.equals(file)) {
        throw new MillraceException(
            ErrorCode.INVALID_WORKFLOW,
            "its id " + id + " is the one of " + other.getFileName() + " too");
      }
    });
    check.require(workflow);
    webhooks.claim(id, workflow);
    int before = publications.version(id).orElse(0);
    int version = publications.publish(id, workflow);
    String former = owned.put(file, id);
    if (former != null && !former.equals(id)) {
      webhooks.release(former);
      publications.withdraw(former);
    }
    remember();
    if (version != before || former == null) {
      listener.published(file, workflow.name().isEmpty() ? id : workflow.name(), version);
    }
  }

  private void withdraw(Path file) {
    String id = owned.get(file);
    if (id != null) {
      webhooks.release(id);
      publications.withdraw(id);
      owned.remove(file);
      remember();
      // Another file may have waited for its id or its webhooks.
      seen.clear();
      listener.withdrawn(file);
    }
  }

  private List<Path> files() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> String.valueOf(file.getFileName()).endsWith(".json"))
          .sorted()
          .toList();
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE,
          "the folder " + folder + " cannot be read: " + unreadable,
          unreadable);
    }
  }

  private static String stem(Path file) {
    return String.valueOf(file.getFileName()).replaceFirst("\\.json$", "");
  }

  private Map<Path, String> remembered() {
    Map<Path, String> ids = new TreeMap<>();
    if (Files.exists(memory)) {
      try {
        Json.parseObject(Files.readAllBytes(memory))
            .forEach((file, id) -> ids.put(Path.of(file), Objects.toString(id)));
      } catch (IOException | MillraceException lost) {
        // Without it nothing is withdrawn that was removed meanwhile; all else is as before.
        return ids;
      }
    }
    return ids;
  }

  private void remember() {
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    owned.forEach((file, id) -> form.put(file.toString(), id));
    Path fresh = memory.resolveSibling(memory.getFileName() + ".new");
    try {
      Files.writeString(fresh, Json.pretty(form, 2));
      // Not in place: a crash in the middle must not lose it.
      Files.move(
          fresh, memory, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException unwritable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, memory + " cannot be written: " + unwritable, unwritable);
    }
  }
}
