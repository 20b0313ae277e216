package dev.millrace.topic;

/**
 * The keys of the definitions topic. Beside definitions it holds what belongs to their executions
 * from the start, so that all of it arrives in the order in which it was changed. What is no
 * definition begins with a slash, which no workflow's id does. Pure functions.
 */
public final class DefinitionKeys {
  private static final String VARIABLES = "/variables/";
  private static final String PROJECTS = "/projects/";

  private DefinitionKeys() {}

  /** Of a version that was published, for good. */
  public static String version(String workflowId, int version) {
    return workflowId + "/" + version;
  }

  /**
   * Of the variables of a project.
   *
   * @param projectId empty for those of the installation
   */
  public static String variables(String projectId) {
    return VARIABLES + projectId;
  }

  /** Of the project that a workflow belongs to. */
  public static String project(String workflowId) {
    return PROJECTS + workflowId;
  }

  /** Whether a key is a workflow's or a version's. */
  public static boolean isDefinition(String key) {
    return !key.startsWith("/");
  }
}
