package dev.millrace.cli.n8n;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of an import. One thread at a time.
 *
 * <p>A dry run says of everything what would become of it.
 */
public final class ImportReport {
  /** What became of something. */
  public enum Outcome {
    CREATED,
    /** Created under another id, because its own belongs to something else there. */
    RENUMBERED,
    UPDATED,
    UNCHANGED,
    FAILED
  }

  /**
   * Something that stands against a workflow.
   *
   * @param code such as {@code MR-1102}; empty where there is none
   * @param blocks whether it cannot be published with it; else it fails when it comes to that
   */
  public record Problem(String code, String message, boolean blocks) {}

  /** A workflow of n8n. */
  static final class Workflow {
    private final String from;
    private final String name;
    private final boolean active;
    private String id = "";
    private Outcome outcome = Outcome.UNCHANGED;
    private boolean published;
    private final List<Problem> problems = new ArrayList<>();

    Workflow(String from, String name, boolean active) {
      this.from = from;
      this.name = name;
      this.active = active;
    }

    String from() {
      return from;
    }

    String name() {
      return name;
    }

    /** Whether it ran in n8n. */
    boolean active() {
      return active;
    }

    /** What it has here. */
    String id() {
      return id;
    }

    Outcome outcome() {
      return outcome;
    }

    void became(Outcome what, String under) {
      outcome = what;
      id = under;
    }

    void publish() {
      published = true;
    }

    boolean published() {
      return published;
    }

    void problem(String code, String message, boolean blocks) {
      problems.add(new Problem(code, message, blocks));
    }

    List<Problem> problems() {
      return problems;
    }

    boolean blocked() {
      return problems.stream().anyMatch(Problem::blocks);
    }

    private Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("from", from);
      json.put("id", id);
      json.put("name", name);
      json.put("outcome", outcome.name());
      json.put("active", active);
      json.put("published", published);
      json.put(
          "problems",
          problems.stream()
              .map(problem -> {
                Map<String, @Nullable Object> each = new LinkedHashMap<>();
                each.put("code", problem.code());
                each.put("message", problem.message());
                each.put("blocks", problem.blocks());
                return each;
              })
              .toList());
      return json;
    }
  }

  /** Something else that was brought. */
  record Brought(String kind, String from, String id, String name, Outcome outcome) {
    Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("kind", kind);
      json.put("from", from);
      json.put("id", id);
      json.put("name", name);
      json.put("outcome", outcome.name());
      return json;
    }
  }

  /** A credential that workflows name and that is not there; those who name it. */
  record Missing(String type, String name, String id, List<String> usedBy) {
    Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("type", type);
      json.put("name", name);
      json.put("id", id);
      json.put("usedBy", usedBy);
      return json;
    }
  }

  private final String source;
  private final String target;
  private final boolean dryRun;
  private final List<Workflow> workflows = new ArrayList<>();
  private final List<Brought> brought = new ArrayList<>();
  private final List<Missing> missing = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  ImportReport(String source, String target, boolean dryRun) {
    this.source = source;
    this.target = target;
    this.dryRun = dryRun;
  }

  Workflow workflow(String from, String name, boolean active) {
    Workflow workflow = new Workflow(from, name, active);
    workflows.add(workflow);
    return workflow;
  }

  void brought(String kind, String from, String id, String name, Outcome outcome) {
    brought.add(new Brought(kind, from, id, name, outcome));
  }

  void missing(Missing credential) {
    missing.add(credential);
  }

  void note(String what) {
    if (!notes.contains(what)) {
      notes.add(what);
    }
  }

  List<Workflow> workflows() {
    return workflows;
  }

  List<Brought> brought() {
    return brought;
  }

  List<Missing> missing() {
    return missing;
  }

  List<String> notes() {
    return notes;
  }

  boolean dryRun() {
    return dryRun;
  }

  String source() {
    return source;
  }

  String target() {
    return target;
  }

  /** Whether something could not be brought. */
  public boolean failed() {
    return workflows.stream().anyMatch(each -> each.outcome() == Outcome.FAILED)
        || brought.stream().anyMatch(each -> each.outcome() == Outcome.FAILED);
  }

  /** For programs. */
  public Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("source", source);
    json.put("target", target);
    json.put("dryRun", dryRun);
    json.put("workflows", workflows.stream().map(Workflow::json).toList());
    json.put("others", brought.stream().map(Brought::json).toList());
    json.put("missingCredentials", missing.stream().map(Missing::json).toList());
    json.put("notes", List.copyOf(notes));
    return json;
  }
}
