package dev.millrace.control.access;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A named set of scopes.
 *
 * @param slug its identity, such as {@code project:editor}
 * @param builtIn whether it comes with Millrace and cannot be changed
 */
public record Role(String slug, String name, Kind kind, Set<Scope> scopes, boolean builtIn) {
  /** What a role is given for. */
  public enum Kind {
    /** Everywhere. */
    INSTALLATION,
    /** In one project. */
    PROJECT
  }

  /** The one who set the installation up. */
  public static final Role OWNER =
      builtIn("global:owner", "Owner", Kind.INSTALLATION, EnumSet.allOf(Scope.class));

  /**
   * May do everything but to change the owner, or to say who vouches for users: whoever does could
   * pass for the owner.
   */
  public static final Role ADMIN =
      builtIn(
          "global:admin",
          "Admin",
          Kind.INSTALLATION,
          without(EnumSet.allOf(Scope.class), Scope.SIGN_IN_MANAGE));

  /** May do what his projects let him. */
  public static final Role MEMBER =
      builtIn(
          "global:member",
          "Member",
          Kind.INSTALLATION,
          EnumSet.of(
              Scope.TAG_READ,
              Scope.TAG_CREATE,
              Scope.TAG_UPDATE,
              Scope.USER_READ,
              Scope.ROLE_READ));

  /** May do everything in a project. */
  public static final Role PROJECT_ADMIN =
      builtIn("project:admin", "Project admin", Kind.PROJECT, inProjects());

  /** May change what is in a project, but not who belongs to it. */
  public static final Role PROJECT_EDITOR =
      builtIn(
          "project:editor",
          "Project editor",
          Kind.PROJECT,
          without(
              inProjects(),
              Scope.PROJECT_UPDATE,
              Scope.PROJECT_DELETE,
              Scope.WORKFLOW_SHARE,
              Scope.WORKFLOW_MOVE,
              Scope.CREDENTIAL_SHARE,
              Scope.CREDENTIAL_MOVE));

  /** May look at what is in a project. */
  public static final Role PROJECT_VIEWER =
      builtIn(
          "project:viewer",
          "Project viewer",
          Kind.PROJECT,
          EnumSet.of(
              Scope.WORKFLOW_READ,
              Scope.EXECUTION_READ,
              Scope.CREDENTIAL_READ,
              Scope.FOLDER_READ,
              Scope.VARIABLE_READ,
              Scope.DATA_TABLE_READ,
              Scope.PROJECT_READ));

  /** What comes with Millrace. */
  public static final List<Role> BUILT_IN =
      List.of(OWNER, ADMIN, MEMBER, PROJECT_ADMIN, PROJECT_EDITOR, PROJECT_VIEWER);

  public Role {
    scopes = Set.copyOf(scopes);
  }

  /** Whether whoever has it may do so in every project, without belonging to it. */
  public boolean reachesEverything(Scope scope) {
    return kind == Kind.INSTALLATION && scope.inProjects() && scopes.contains(scope);
  }

  /** Every scope that a role in a project can have. */
  private static Set<Scope> inProjects() {
    EnumSet<Scope> scopes = EnumSet.allOf(Scope.class);
    scopes.removeIf(scope -> !scope.inProjects());
    return scopes;
  }

  private static Set<Scope> without(Set<Scope> all, Scope... none) {
    Set<Scope> scopes = EnumSet.copyOf(all);
    scopes.removeAll(List.of(none));
    return scopes;
  }

  private static Role builtIn(String slug, String name, Kind kind, Set<Scope> scopes) {
    return new Role(slug, name, kind, scopes, true);
  }
}
