package dev.millrace.control.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.Set;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * The projects in which a caller may do what an endpoint does. Every query on objects of projects
 * filters by it, so that what is elsewhere is not found.
 *
 * @param everything whether that is every project
 */
public record Grant(boolean everything, Set<String> projects) {
  /** What a query says to be filtered, for a column {@code project_id}. */
  public static final String FILTER = "(:everything or project_id = any(:projects))";

  public Grant {
    projects = Set.copyOf(projects);
  }

  /** Every project. */
  public static Grant all() {
    return new Grant(true, Set.of());
  }

  /** No project. */
  public static Grant none() {
    return new Grant(false, Set.of());
  }

  public boolean covers(String project) {
    return everything || projects.contains(project);
  }

  /**
   * Lets a project pass that is covered.
   *
   * @throws MillraceException {@code NOT_FOUND} otherwise
   */
  public String require(String project) {
    if (!covers(project)) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "There is no project " + project);
    }
    return project;
  }

  /** Binds {@code :everything} and {@code :projects}. */
  public <T extends SqlStatement<T>> T bind(T statement) {
    return statement
        .bind("everything", everything)
        .bindArray("projects", String.class, (Object[]) projects.toArray(new String[0]));
  }
}
