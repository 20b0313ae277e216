package dev.millrace.control.credentials;

import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.http.Call;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Takes over credentials from n8n's decrypted export: all of a file or, when anything of it is
 * wrong, none.
 */
final class CredentialImport {
  private static final int MOST = 10_000;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private final Database database;
  private final CredentialRepository repository = new CredentialRepository();
  private final CredentialService credentials;

  /** What became of an entry. */
  enum Outcome {
    CREATED,
    UPDATED,
    /** It was there already, just so. */
    UNCHANGED,
    /** Made with another id, because its own belongs to a credential that is not the same. */
    RENUMBERED
  }

  /**
   * An entry that was taken over.
   *
   * @param from the id in the file, empty for none
   * @param id what it has here
   */
  record Imported(String from, String id, String name, String type, Outcome outcome) {}

  CredentialImport(Database database, CredentialService credentials) {
    this.database = database;
    this.credentials = credentials;
  }

  /**
   * Imports {@code [{id, name, type, data}]}. An id that is free is kept, because workflows name
   * it; one of the same type in the same project is changed. Where an id belongs to another
   * credential, the same other one is given whenever the entry comes.
   *
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT} naming the entry by its
   *     place; {@code NOT_FOUND} when the project is not the caller's
   */
  List<Imported> run(Call call, String project, List<?> entries) {
    if (entries.size() > MOST) {
      throw CredentialDraft.invalid("More than " + MOST + " credentials; split the file");
    }
    call.grant().require(project);
    return database
        .jdbi()
        .inTransaction(handle -> {
          List<Imported> imported = new ArrayList<>();
          for (int i = 0; i < entries.size(); i++) {
            Map<String, @Nullable Object> entry = entry(entries.get(i), i);
            String from =
                entry.get("id") instanceof String id && ID.matcher(id).matches() ? id : "";
            CredentialDraft draft = CredentialDraft.read(known(entry));
            String id = from;
            Optional<StoredCredential> present = sameAs(handle, call, project, id, draft);
            if (present.isEmpty() && (from.isEmpty() || repository.exists(handle, from))) {
              id = from.isEmpty() ? Ids.next() : Ids.of(project, from, draft.type().orElse(""));
              present = sameAs(handle, call, project, id, draft);
              if (present.isEmpty() && repository.exists(handle, id)) {
                // It was moved away since.
                id = Ids.next();
              }
            }
            if (present.isEmpty()) {
              credentials.create(handle, call, project, id, draft);
              Outcome made =
                  id.equals(from) || from.isEmpty() ? Outcome.CREATED : Outcome.RENUMBERED;
              imported.add(imported(from, id, draft, made));
            } else if (credentials.isAs(present.get(), draft)) {
              imported.add(imported(from, id, draft, Outcome.UNCHANGED));
            } else {
              credentials.update(handle, call, present.get(), draft);
              imported.add(imported(from, id, draft, Outcome.UPDATED));
            }
          }
          return imported;
        });
  }

  /** The credential that has an id, if it is the one that an entry is about. */
  private Optional<StoredCredential> sameAs(
      Handle handle, Call call, String project, String id, CredentialDraft draft) {
    return id.isEmpty()
        ? Optional.empty()
        : repository
            .lockOwned(handle, call.grant(), id)
            .filter(found ->
                found.credential().projectId().equals(project)
                    && draft.type().equals(Optional.of(found.credential().type())));
  }

  private static Imported imported(String from, String id, CredentialDraft draft, Outcome outcome) {
    return new Imported(from, id, draft.name().orElse(""), draft.type().orElse(""), outcome);
  }

  private static Map<String, @Nullable Object> entry(@Nullable Object element, int index) {
    if (!(element instanceof Map<?, ?> map)
        || !(map.get("name") instanceof String)
        || !(map.get("type") instanceof String)) {
      throw CredentialDraft.invalid(
          "Entry " + (index + 1) + " is not a credential {id, name, type, data}");
    }
    if (map.get("data") instanceof String) {
      throw CredentialDraft.invalid(
          "Entry " + (index + 1) + " is encrypted: export it with --decrypted");
    }
    Map<String, @Nullable Object> entry = new LinkedHashMap<>();
    map.forEach((name, value) -> entry.put(String.valueOf(name), value));
    return entry;
  }

  /** Without what an export says of the installation that it comes from. */
  private static Map<String, @Nullable Object> known(Map<String, @Nullable Object> entry) {
    Map<String, @Nullable Object> known = new LinkedHashMap<>(entry);
    known.keySet().retainAll(List.of("name", "type", "data", "millrace"));
    return known;
  }
}
