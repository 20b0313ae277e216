package dev.millrace.control.users;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What somebody may do in projects, and what he may give to others. Thread-safe. */
public final class Rights {
  private final Database database;
  private final Roles roles;

  public Rights(Database database, Roles roles) {
    this.database = database;
    this.roles = roles;
  }

  /** The projects that somebody belongs to in which his role has a scope. */
  Set<String> projects(String userId, Scope scope) {
    Map<String, Boolean> allows = new HashMap<>();
    Set<String> projects = new HashSet<>();
    memberships(userId)
        .forEach((project, slug) -> {
          if (allows.computeIfAbsent(
              slug,
              unknown ->
                  roles.find(slug).map(role -> role.scopes().contains(scope)).orElse(false))) {
            projects.add(project);
          }
        });
    return projects;
  }

  /** All that somebody may do in a project, by what he used to come here. */
  public Set<Scope> in(Principal caller, String project) {
    EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    scopes.addAll(caller.role().scopes());
    String slug = memberships(caller.userId()).get(project);
    if (slug != null) {
      roles.find(slug).ifPresent(role -> scopes.addAll(role.scopes()));
    }
    scopes.removeIf(scope -> !scope.inProjects() || !caller.keyAllows(scope));
    return scopes;
  }

  /**
   * Nobody gives, takes or changes more than he has.
   *
   * @param own what he has
   * @throws MillraceException {@code NOT_ALLOWED}
   */
  public static void require(Set<Scope> own, Role role) {
    if (role.equals(Role.OWNER) || !own.containsAll(role.scopes())) {
      throw new MillraceException(
          ErrorCode.NOT_ALLOWED, "The role " + role.slug() + " may do more than you");
    }
  }

  /**
   * The same, for what is done to an account.
   *
   * @throws MillraceException {@code NOT_ALLOWED} when it may do more than the caller
   */
  void requireOver(Principal caller, User user) {
    Set<Scope> own = caller.scopes();
    boolean more =
        roles.find(user.role()).map(role -> !own.containsAll(role.scopes())).orElse(false);
    if (more || user.role().equals(Role.OWNER.slug())) {
      throw new MillraceException(
          ErrorCode.NOT_ALLOWED, "The account " + user.id() + " may do more than you");
    }
  }

  private Map<String, String> memberships(String userId) {
    Map<String, String> memberships = new HashMap<>();
    database
        .jdbi()
        .useHandle(handle ->
            handle
                .createQuery("select project_id, role from project_member where user_id = :user")
                .bind("user", userId)
                .map((row, context) ->
                    memberships.put(row.getString("project_id"), row.getString("role")))
                .list());
    return memberships;
  }
}
