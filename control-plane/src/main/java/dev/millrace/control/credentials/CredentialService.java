package dev.millrace.control.credentials;

import dev.millrace.control.audit.Audit;
import dev.millrace.control.credentials.CredentialRepository.Page;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Grant;
import dev.millrace.control.vault.Envelope;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.AllowedHosts;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Keeps credentials. Nothing that it answers holds a secret in clear, and everything that it finds
 * is in the caller's grant: what is elsewhere is not found. Thread-safe.
 */
final class CredentialService {
  private final Database database;
  private final CredentialRepository repository = new CredentialRepository();
  private final CredentialCipher cipher;
  private final CredentialTypes types;
  private final Consumer<Map<String, @Nullable Object>> limits;
  private final InstantSource clock;

  /**
   * A credential with its fields as they may be shown.
   *
   * @param fields each secret as the blank
   */
  record Shown(Credential credential, Map<String, @Nullable Object> fields) {}

  /**
   * @param limits throws when what is given cannot be meant as limits
   */
  CredentialService(
      Database database,
      Envelope envelope,
      CredentialTypes types,
      Consumer<Map<String, @Nullable Object>> limits,
      InstantSource clock) {
    this.database = database;
    this.cipher = new CredentialCipher(envelope);
    this.types = types;
    this.limits = limits;
    this.clock = clock;
  }

  /** Those that the caller's projects own or share in, the oldest first. */
  List<Credential> list(Grant grant, Page page) {
    return database.reads().withHandle(handle -> repository.list(handle, grant, page));
  }

  /**
   * @throws MillraceException {@code NOT_FOUND}, {@code CREDENTIAL_UNREADABLE}
   */
  Shown get(Grant grant, String id) {
    StoredCredential stored =
        database
            .jdbi()
            .withHandle(handle -> repository.visible(handle, grant, id))
            .orElseThrow(() -> missing(id));
    // Whoever shares in it may use it, but it is not his to look into.
    return grant.covers(stored.credential().projectId())
        ? shown(stored.credential(), cipher.open(stored))
        : new Shown(stored.credential(), Map.of());
  }

  /**
   * Makes a credential with a new id.
   *
   * @param project taken where the draft names none
   * @throws MillraceException {@code INVALID_INPUT}; {@code NOT_FOUND} when the project is not one
   *     of the caller's
   */
  Shown create(Call call, String project, CredentialDraft draft) {
    return database
        .jdbi()
        .inTransaction(handle -> create(handle, call, project, Ids.next(), draft));
  }

  Shown create(Handle handle, Call call, String project, String id, CredentialDraft draft) {
    String owner = draft.projectId().orElse(project);
    requireProject(handle, call.grant(), owner);
    String name = draft.name().orElseThrow(() -> CredentialDraft.invalid("name is missing"));
    String type = draft.type().orElseThrow(() -> CredentialDraft.invalid("type is missing"));
    Map<String, @Nullable Object> fields =
        CredentialFields.changed(Map.of(), draft.fields().orElse(Map.of()));
    draft.limits().ifPresent(limits);
    Instant now = now();
    Credential credential =
        new Credential(
            id,
            owner,
            name,
            type,
            draft.allowedHosts().orElse(AllowedHosts.ALL),
            draft.limits().orElse(Map.of()),
            List.of(),
            now,
            now,
            1);
    repository.insert(handle, new StoredCredential(credential, cipher.seal(id, type, fields)));
    note(handle, call, "credential.create", credential, Map.of());
    return shown(credential, fields);
  }

  /**
   * Changes what the draft names. Blanks among its fields keep what is stored.
   *
   * @param version that the caller saw; empty to change whatever is there
   * @throws MillraceException {@code NOT_FOUND}, {@code INVALID_INPUT}; {@code CONFLICT} when
   *     somebody changed it since
   */
  Shown update(Call call, String id, OptionalLong version, CredentialDraft draft) {
    return database
        .jdbi()
        .inTransaction(handle -> {
          StoredCredential stored = owned(handle, call, id);
          requireVersion(stored.credential(), version);
          return update(handle, call, stored, draft);
        });
  }

  Shown update(Handle handle, Call call, StoredCredential stored, CredentialDraft draft) {
    Credential old = stored.credential();
    if (draft.type().isPresent() && !draft.type().get().equals(old.type())) {
      throw CredentialDraft.invalid("The type of a credential cannot be changed; make another one");
    }
    if (draft.projectId().isPresent() && !draft.projectId().get().equals(old.projectId())) {
      throw CredentialDraft.invalid("Move the credential to have it in another project");
    }
    draft.limits().ifPresent(limits);
    Map<String, @Nullable Object> known = cipher.open(stored);
    Map<String, @Nullable Object> fields =
        draft.fields().map(sent -> CredentialFields.changed(known, sent)).orElse(known);
    Credential changed =
        new Credential(
            old.id(),
            old.projectId(),
            draft.name().orElse(old.name()),
            old.type(),
            draft.allowedHosts().orElse(old.allowedHosts()),
            draft.limits().orElse(old.limits()),
            old.sharedWith(),
            old.createdAt(),
            now(),
            old.version() + 1);
    repository.update(
        handle, new StoredCredential(changed, cipher.seal(old.id(), old.type(), fields)));
    // Which fields is said, never what is in them.
    note(
        handle,
        call,
        "credential.update",
        changed,
        Map.of("fields", List.copyOf(draft.fields().map(Map::keySet).orElse(Set.of()))));
    return shown(changed, fields);
  }

  /** Whether a draft would change nothing. */
  boolean isAs(StoredCredential stored, CredentialDraft draft) {
    Credential now = stored.credential();
    Map<String, @Nullable Object> known = cipher.open(stored);
    return draft.name().orElse(now.name()).equals(now.name())
        && draft.allowedHosts().orElse(now.allowedHosts()).equals(now.allowedHosts())
        && draft.limits().orElse(now.limits()).equals(now.limits())
        && draft
            .fields()
            .map(sent -> CredentialFields.changed(known, sent).equals(known))
            .orElse(true);
  }

  /**
   * @throws MillraceException {@code NOT_FOUND}, {@code CONFLICT}
   */
  void delete(Call call, String id, OptionalLong version) {
    database
        .jdbi()
        .useTransaction(handle -> {
          StoredCredential stored = owned(handle, call, id);
          requireVersion(stored.credential(), version);
          repository.delete(handle, id);
          note(handle, call, "credential.delete", stored.credential(), Map.of());
        });
  }

  /**
   * Shares a credential with exactly these projects: their workflows may use it, nobody there sees
   * its fields.
   *
   * @throws MillraceException {@code NOT_FOUND} when it is not the caller's, or a project is none
   */
  Credential share(Call call, String id, List<String> projects) {
    return database
        .jdbi()
        .inTransaction(handle -> {
          StoredCredential stored = owned(handle, call, id);
          Set<String> wanted = new TreeSet<>(projects);
          wanted.remove(stored.credential().projectId());
          List<String> known = repository.projects(handle, List.copyOf(wanted));
          if (known.size() < wanted.size()) {
            wanted.removeAll(known);
            throw noProject(wanted.iterator().next());
          }
          repository.share(handle, id, known);
          note(handle, call, "credential.share", stored.credential(), Map.of("projects", known));
          return reread(handle, call.grant(), id);
        });
  }

  /**
   * Moves a credential to another project of the caller's. What it is shared with stays.
   *
   * @throws MillraceException {@code NOT_FOUND}
   */
  Credential move(Call call, String id, String project) {
    return database
        .jdbi()
        .inTransaction(handle -> {
          StoredCredential stored = owned(handle, call, id);
          requireProject(handle, call.grant(), project);
          repository.move(handle, id, project, now());
          note(handle, call, "credential.move", stored.credential(), Map.of("to", project));
          return reread(handle, call.grant(), id);
        });
  }

  /**
   * A credential with its fields in clear, for the vault's own use: trying it out.
   *
   * @throws MillraceException {@code NOT_FOUND}
   */
  Map.Entry<Credential, Map<String, @Nullable Object>> revealed(Call call, String id) {
    StoredCredential stored =
        database
            .jdbi()
            .inTransaction(handle -> {
              StoredCredential found =
                  repository.visible(handle, call.grant(), id).orElseThrow(() -> missing(id));
              note(handle, call, "credential.test", found.credential(), Map.of());
              return found;
            });
    return Map.entry(stored.credential(), cipher.open(stored));
  }

  /** Notes that the keys of all credentials were rotated. */
  void noteRotation(Call call, CredentialKeyRotation.Progress progress) {
    database
        .jdbi()
        .useHandle(handle ->
            Audit.note(
                handle,
                call,
                "credential.rotateKeys",
                "",
                "",
                Map.of("rotated", (double) progress.rotated(), "left", (double) progress.left())));
  }

  private StoredCredential owned(Handle handle, Call call, String id) {
    return repository.lockOwned(handle, call.grant(), id).orElseThrow(() -> missing(id));
  }

  static void note(
      Handle handle,
      Call call,
      String action,
      Credential credential,
      Map<String, ? extends @Nullable Object> more) {
    Map<String, @Nullable Object> details = new LinkedHashMap<>(more);
    details.put("name", credential.name());
    details.put("type", credential.type());
    Audit.note(handle, call, action, credential.id(), credential.projectId(), details);
  }

  private Credential reread(Handle handle, Grant grant, String id) {
    return repository.visible(handle, grant, id).orElseThrow(() -> missing(id)).credential();
  }

  private void requireProject(Handle handle, Grant grant, String project) {
    if (!grant.covers(project) || repository.projects(handle, List.of(project)).isEmpty()) {
      throw noProject(project);
    }
  }

  private static void requireVersion(Credential credential, OptionalLong version) {
    if (version.isPresent() && version.getAsLong() != credential.version()) {
      throw new MillraceException(
          ErrorCode.CONFLICT,
          "The credential " + credential.id() + " was changed by somebody else meanwhile");
    }
  }

  private Shown shown(Credential credential, Map<String, @Nullable Object> fields) {
    return new Shown(credential, CredentialFields.shown(types.of(credential.type()), fields));
  }

  /** As exact as the database keeps it. */
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  static MillraceException missing(String id) {
    return new MillraceException(ErrorCode.NOT_FOUND, "There is no credential " + id);
  }

  private static MillraceException noProject(String project) {
    return new MillraceException(ErrorCode.NOT_FOUND, "There is no project " + project);
  }
}
