package dev.millrace.control.publicapi;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Authority;
import java.util.Map;

/** How far a caller reaches, where an endpoint is about several scopes. Thread-safe. */
final class Reach {
  private final Authority authority;

  Reach(Authority authority) {
    this.authority = authority;
  }

  /** Whether the caller may do so in a project. */
  boolean covers(Principal caller, Scope scope, String project) {
    return caller.keyAllows(scope)
        && (caller.role().reachesEverything(scope)
            || authority.projects(caller, scope).contains(project));
  }

  /** Whether the caller may do so somewhere. */
  boolean has(Principal caller, Scope scope) {
    return caller.keyAllows(scope)
        && (caller.role().scopes().contains(scope)
            || (scope.inProjects() && !authority.projects(caller, scope).isEmpty()));
  }

  /**
   * Whether an endpoint is open to the caller.
   *
   * @param known what {@link #has(Principal, Scope)} says of every scope
   */
  boolean has(Principal caller, Access access, Map<Scope, Boolean> known) {
    return switch (access) {
      case Access.Open() -> true;
      case Access.SignedIn() -> true;
      case Access.Installation(Scope scope) ->
          caller.keyAllows(scope) && caller.role().scopes().contains(scope);
      case Access.Project(Scope scope) -> known.getOrDefault(scope, false);
    };
  }
}
