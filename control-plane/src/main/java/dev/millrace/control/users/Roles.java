package dev.millrace.control.users;

import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/**
 * The roles that there are: those that are built in, and an installation's own. What is asked with
 * every request is kept for {@link #STALE} at most, so that this is how long a right that another
 * control plane has revoked may go on; what was changed here counts at once. Thread-safe.
 */
public final class Roles {
  /** How long a change that was made elsewhere may not be seen. */
  static final Duration STALE = Duration.ofSeconds(5);

  /** All of them are held by every control plane. */
  private static final int MOST = 1000;

  private final Database database;
  private final InstantSource clock;
  private final AtomicReference<Known> known = new AtomicReference<>(Known.nothing());

  /** An installation's own roles as they were at a time. */
  private record Known(Instant at, Map<String, Role> bySlug) {
    /** Another object each time. */
    static Known nothing() {
      return new Known(Instant.MIN, Map.of());
    }

    boolean fresh(Instant now) {
      return !now.isBefore(at) && now.isBefore(at.plus(STALE));
    }
  }

  public Roles(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  public Optional<Role> find(String slug) {
    return builtIn(slug).or(() -> Optional.ofNullable(own().get(slug)));
  }

  public List<Role> all() {
    return Stream.concat(Role.BUILT_IN.stream(), own().values().stream()).toList();
  }

  /** The built-in role of a slug. */
  static Optional<Role> builtIn(String slug) {
    return Role.BUILT_IN.stream().filter(role -> role.slug().equals(slug)).findFirst();
  }

  private Map<String, Role> own() {
    Known before = known.get();
    if (before.fresh(clock.instant())) {
      return before.bySlug();
    }
    // The time from before the question, and kept only if nobody changed a role meanwhile.
    Known now = new Known(clock.instant(), read());
    known.compareAndSet(before, now);
    return now.bySlug();
  }

  private Map<String, Role> read() {
    Map<String, Role> roles = new LinkedHashMap<>();
    database
        .jdbi()
        .useHandle(handle ->
            handle
                .createQuery("select * from role order by slug")
                .map((row, context) -> role(row))
                .forEach(role -> roles.put(role.slug(), role)));
    return Collections.unmodifiableMap(roles);
  }

  /** Lets nobody go on with what was known until now. Called when a change is committed. */
  void changed() {
    // Another object than any that a reader has seen: what he read before does not replace it.
    known.set(Known.nothing());
  }

  /**
   * A role that stays until the transaction ends, to be given to somebody in it.
   *
   * @throws MillraceException {@code INVALID_INPUT} when there is no such role of the kind
   */
  public Role hold(Handle handle, String slug, Role.Kind kind) {
    return builtIn(slug)
        .or(() -> find(handle, slug, "for share"))
        .filter(role -> role.kind() == kind)
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.INVALID_INPUT,
                switch (kind) {
                  case INSTALLATION -> slug + " is no role in the installation";
                  case PROJECT -> slug + " is no role in projects";
                }));
  }

  /** A role of the installation's own, that nobody gives or changes meanwhile. */
  Optional<Role> lock(Handle handle, String slug) {
    return find(handle, slug, "for update");
  }

  private static Optional<Role> find(Handle handle, String slug, String lock) {
    return handle
        .createQuery("select * from role where slug = :slug " + lock)
        .bind("slug", slug)
        .map((row, context) -> role(row))
        .findOne();
  }

  /**
   * Adds a role.
   *
   * @throws MillraceException {@code CONFLICT} when its slug is taken, or there are too many
   */
  void create(Handle handle, Role role) {
    if (builtIn(role.slug()).isPresent()) {
      throw taken(role);
    }
    long count = handle.createQuery("select count(*) from role").mapTo(Long.class).one();
    if (count >= MOST) {
      throw new MillraceException(ErrorCode.CONFLICT, "There are " + MOST + " roles already");
    }
    int created =
        handle
            .createUpdate(
                "insert into role (slug, name, kind, scopes) values (:slug, :name, :kind, :scopes)"
                    + " on conflict (slug) do nothing")
            .bind("slug", role.slug())
            .bind("name", role.name())
            .bind("kind", role.kind().name())
            .bindArray("scopes", String.class, texts(role))
            .execute();
    if (created == 0) {
      throw taken(role);
    }
  }

  private static MillraceException taken(Role role) {
    return new MillraceException(
        ErrorCode.CONFLICT, "There is a role " + role.slug() + " already; take another name");
  }

  void update(Handle handle, Role role) {
    handle
        .createUpdate(
            "update role set name = :name, scopes = :scopes, updated_at = now() where slug = :slug")
        .bind("slug", role.slug())
        .bind("name", role.name())
        .bindArray("scopes", String.class, texts(role))
        .execute();
  }

  /**
   * Removes a role that is locked.
   *
   * @throws MillraceException {@code CONFLICT} when somebody has it, or will get it
   */
  void delete(Handle handle, String slug) {
    boolean used =
        handle
            .createQuery(
                "select exists (select 1 from app_user where role = :slug) or exists (select 1 from"
                    + " project_member where role = :slug) or exists (select 1 from"
                    + " identity_provider where default_role = :slug or role_mapping @>"
                    + " jsonb_build_array(jsonb_build_object('role', cast(:slug as text))))")
            .bind("slug", slug)
            .mapTo(Boolean.class)
            .one();
    if (used) {
      throw new MillraceException(
          ErrorCode.CONFLICT,
          "The role is in use: give those who have it another, also where an identity provider's"
              + " users get it");
    }
    handle.execute("delete from role where slug = ?", slug);
  }

  private static Object[] texts(Role role) {
    return role.scopes().stream().map(Scope::text).sorted().toArray();
  }

  private static Role role(ResultSet row) throws SQLException {
    return new Role(
        row.getString("slug"),
        row.getString("name"),
        Role.Kind.valueOf(row.getString("kind")),
        Scope.known((String[]) row.getArray("scopes").getArray()),
        false);
  }
}
