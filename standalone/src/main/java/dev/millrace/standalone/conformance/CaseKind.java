package dev.millrace.standalone.conformance;

import dev.millrace.value.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The kinds of recorded behaviour, told by what a file holds and what lies beside it. */
public enum CaseKind {
  /** Graphs of trivial nodes: {@code {nodeKinds, scenarios}}. */
  ORDER_VECTORS,
  /** Conditions: {@code {vectors: [{operator ...}]}}. */
  FILTER_VECTORS,
  /** Expressions: {@code {fixture, vectors}}. */
  EXPRESSION_VECTORS,
  /** Expressions from unit tests: {@code {cases: [{expression ...}]}}. */
  EXPRESSION_CASES,
  /** Calls of pure functions: {@code {cases: [...]}} without expressions. */
  FUNCTION_CASES,
  /** {@code {workflow, expected}}. */
  ENGINE_CASE,
  /** A workflow with pinned data, or {@code {workflowData, expected}}. */
  WORKFLOW_TEST,
  /** A workflow beside which a snapshot or an output schema lies. */
  CLI_WORKFLOW,
  /** Calls of one node's methods with mocks: {@code {tests: [{calls ...}]}}. */
  NODE_UNITS;

  /** The kind of a file; empty when it is no recorded behaviour at all. */
  public static Optional<CaseKind> of(Path file, @Nullable Object content) {
    if (!(content instanceof Map<?, ?> object)) {
      return Optional.empty();
    }
    String name = String.valueOf(file.getFileName());
    if (name.endsWith(".snapshot.json") || name.endsWith(".schema.json") || isFixture(file, name)) {
      return Optional.empty();
    }
    if (object.get("scenarios") instanceof List && object.containsKey("nodeKinds")) {
      return Optional.of(ORDER_VECTORS);
    }
    if (object.get("vectors") instanceof List) {
      return Optional.of(object.containsKey("fixture") ? EXPRESSION_VECTORS : FILTER_VECTORS);
    }
    if (object.get("workflowData") instanceof Map && object.get("expected") instanceof Map) {
      return Optional.of(WORKFLOW_TEST);
    }
    if (object.get("workflow") instanceof Map && object.get("expected") instanceof Map) {
      return Optional.of(ENGINE_CASE);
    }
    if (object.get("cases") instanceof List<?> cases) {
      return Optional.of(
          cases.stream().anyMatch(one -> has(one, "expression")) || object.containsKey("transforms")
              ? EXPRESSION_CASES
              : FUNCTION_CASES);
    }
    if (object.get("tests") instanceof List<?> tests
        && tests.stream().anyMatch(one -> has(one, "calls"))) {
      return Optional.of(NODE_UNITS);
    }
    if (object.get("nodes") instanceof List && object.get("connections") instanceof Map) {
      boolean cli =
          Files.exists(CliWorkflowSuite.snapshot(file))
              // Some have no snapshot: nothing but their folder tells that they must succeed.
              || "cli-workflows".equals(nameOf(file.toAbsolutePath().getParent()));
      return Optional.of(cli ? CLI_WORKFLOW : WORKFLOW_TEST);
    }
    return Optional.empty();
  }

  /** A workflow whose recorded run lies beside it is what expression cases look at. */
  private static boolean isFixture(Path file, String name) {
    return name.endsWith("_workflow.json")
        && Files.exists(file.resolveSibling(name.replace("_workflow.json", "_run.json")));
  }

  /** Reads a file and tells its kind; empty too when it is not JSON. */
  public static Optional<CaseKind> of(Path file) {
    try {
      return of(file, Json.parse(Files.readAllBytes(file)));
    } catch (java.io.IOException | dev.millrace.error.MillraceException notJson) {
      return Optional.empty();
    }
  }

  private static boolean has(@Nullable Object value, String key) {
    return value instanceof Map<?, ?> map && map.containsKey(key);
  }

  private static String nameOf(@Nullable Path path) {
    return path == null ? "" : String.valueOf(path.getFileName());
  }
}
