package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Credentials from a JSON file: {@code [{"id": "7", "name": "Shop", "type": "httpBasicAuth",
 * "data": {"user": "u", "password": "p"}}]}, the form in which n8n exports them decrypted, and
 * where wanted {@code millrace} with what calls are limited to. A changed file is read again within
 * a second; one that is broken then changes nothing. Neither content nor parser messages, which
 * quote it, reach a log.
 */
public final class FileCredentialStore implements CredentialStore {
  private static final Logger LOG = LoggerFactory.getLogger(FileCredentialStore.class);
  private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private record Credential(
      String type,
      String id,
      String name,
      Map<String, @Nullable Object> fields,
      Map<String, @Nullable Object> limits) {}

  private record Snapshot(List<Credential> credentials, FileTime modified, long lookedAt) {}

  private final Path file;
  private volatile Snapshot snapshot;

  /**
   * @throws MillraceException {@code INVALID_JSON} when the file cannot be read or is not of that
   *     form
   */
  public FileCredentialStore(Path file) {
    this.file = file;
    try {
      this.snapshot = read(file);
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.INVALID_JSON, "The credentials file " + file + " cannot be read", unreadable);
    }
  }

  @Override
  public Optional<Map<String, @Nullable Object>> find(String workflowId, Key key) {
    return credential(key).map(Credential::fields);
  }

  @Override
  public Optional<Map<String, @Nullable Object>> limits(String workflowId, Key key) {
    return credential(key).map(Credential::limits).filter(limits -> !limits.isEmpty());
  }

  private Optional<Credential> credential(Key key) {
    Credential byName = null;
    for (Credential credential : current().credentials()) {
      if (credential.type().equals(key.type())) {
        if (!key.id().isEmpty() && credential.id().equals(key.id())) {
          return Optional.of(credential);
        }
        if (byName == null && !key.name().isEmpty() && credential.name().equals(key.name())) {
          byName = credential;
        }
      }
    }
    return Optional.ofNullable(byName);
  }

  private Snapshot current() {
    Snapshot known = snapshot;
    if (System.nanoTime() - known.lookedAt() < LOOK_AGAIN_NANOS) {
      return known;
    }
    synchronized (this) {
      known = snapshot;
      if (System.nanoTime() - known.lookedAt() < LOOK_AGAIN_NANOS) {
        return known;
      }
      FileTime modified = known.modified();
      Snapshot next;
      try {
        modified = Files.getLastModifiedTime(file);
        next =
            modified.equals(known.modified())
                ? new Snapshot(known.credentials(), modified, System.nanoTime())
                : read(file);
      } catch (IOException | MillraceException broken) {
        LOG.warn("The credentials file {} cannot be read; the last good one counts", file);
        next = new Snapshot(known.credentials(), modified, System.nanoTime());
      }
      snapshot = next;
      return next;
    }
  }

  @SuppressWarnings("unchecked") // JSON objects have text as keys.
  private static Snapshot read(Path file) throws IOException {
    FileTime modified = Files.getLastModifiedTime(file);
    Object json;
    try {
      json = Json.parse(Files.readAllBytes(file));
    } catch (MillraceException notJson) {
      throw malformed(file);
    }
    if (!(json instanceof List<?> list)) {
      throw malformed(file);
    }
    List<Credential> credentials = new ArrayList<>();
    for (Object element : list) {
      if (!(element instanceof Map<?, ?> entry)
          || !(entry.get("type") instanceof String type)
          || !(entry.get("data") instanceof Map<?, ?> fields)) {
        throw malformed(file);
      }
      credentials.add(
          new Credential(
              type,
              entry.get("id") instanceof String id ? id : "",
              entry.get("name") instanceof String name ? name : "",
              (Map<String, @Nullable Object>) fields,
              entry.get("millrace") instanceof Map<?, ?> limits
                  ? (Map<String, @Nullable Object>) limits
                  : Map.of()));
    }
    return new Snapshot(List.copyOf(credentials), modified, System.nanoTime());
  }

  private static MillraceException malformed(Path file) {
    return new MillraceException(
        ErrorCode.INVALID_JSON,
        "The credentials file " + file + " is not a list of {id, name, type, data}");
  }
}
