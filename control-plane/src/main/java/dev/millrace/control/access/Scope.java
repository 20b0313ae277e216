package dev.millrace.control.access;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** One thing that somebody may be allowed to do. Roles and API keys are sets of them. */
public enum Scope {
  WORKFLOW_READ("workflow:read", true),
  WORKFLOW_CREATE("workflow:create", true),
  WORKFLOW_UPDATE("workflow:update", true),
  WORKFLOW_DELETE("workflow:delete", true),
  WORKFLOW_PUBLISH("workflow:publish", true),
  WORKFLOW_EXECUTE("workflow:execute", true),
  WORKFLOW_SHARE("workflow:share", true),
  WORKFLOW_MOVE("workflow:move", true),
  EXECUTION_READ("execution:read", true),
  EXECUTION_STOP("execution:stop", true),
  EXECUTION_RETRY("execution:retry", true),
  EXECUTION_DELETE("execution:delete", true),
  CREDENTIAL_READ("credential:read", true),
  CREDENTIAL_CREATE("credential:create", true),
  CREDENTIAL_UPDATE("credential:update", true),
  CREDENTIAL_DELETE("credential:delete", true),
  CREDENTIAL_TEST("credential:test", true),
  CREDENTIAL_SHARE("credential:share", true),
  CREDENTIAL_MOVE("credential:move", true),
  FOLDER_READ("folder:read", true),
  FOLDER_CREATE("folder:create", true),
  FOLDER_UPDATE("folder:update", true),
  FOLDER_DELETE("folder:delete", true),
  TAG_READ("tag:read", false),
  TAG_CREATE("tag:create", false),
  TAG_UPDATE("tag:update", false),
  TAG_DELETE("tag:delete", false),
  VARIABLE_READ("variable:read", true),
  VARIABLE_CREATE("variable:create", true),
  VARIABLE_UPDATE("variable:update", true),
  VARIABLE_DELETE("variable:delete", true),
  DATA_TABLE_READ("dataTable:read", true),
  DATA_TABLE_CREATE("dataTable:create", true),
  DATA_TABLE_UPDATE("dataTable:update", true),
  DATA_TABLE_DELETE("dataTable:delete", true),
  PROJECT_READ("project:read", true),
  PROJECT_CREATE("project:create", false),
  PROJECT_UPDATE("project:update", true),
  PROJECT_DELETE("project:delete", true),
  USER_READ("user:read", false),
  USER_INVITE("user:invite", false),
  USER_CHANGE_ROLE("user:changeRole", false),
  USER_DELETE("user:delete", false),
  USER_RESET("user:reset", false),
  ROLE_READ("role:read", false),
  ROLE_MANAGE("role:manage", false),
  SIGN_IN_MANAGE("signIn:manage", false),
  AUDIT_READ("audit:read", false),
  INSTALLATION_READ("installation:read", false);

  private final String text;
  private final boolean inProjects;

  Scope(String text, boolean inProjects) {
    this.text = text;
    this.inProjects = inProjects;
  }

  /** As it stands in a role or key, such as {@code workflow:read}. */
  public String text() {
    return text;
  }

  /** Whether it is about what belongs to a project, so that a role in one can have it. */
  public boolean inProjects() {
    return inProjects;
  }

  /** The scopes of texts; what is none is left out, such as one that a newer version had. */
  public static Set<Scope> known(String... texts) {
    EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (String text : texts) {
      of(text).ifPresent(scopes::add);
    }
    return scopes;
  }

  /** The scope of a text, empty when there is none. */
  public static Optional<Scope> of(String text) {
    return Arrays.stream(values()).filter(scope -> scope.text.equals(text)).findFirst();
  }
}
