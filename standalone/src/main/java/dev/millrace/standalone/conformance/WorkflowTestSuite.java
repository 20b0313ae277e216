package dev.millrace.standalone.conformance;

import static dev.millrace.standalone.conformance.Recorded.list;
import static dev.millrace.standalone.conformance.Recorded.object;

import dev.millrace.conformance.Case;
import dev.millrace.conformance.CaseSuite;
import dev.millrace.item.Item;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.standalone.execution.ExecutionRequest;
import dev.millrace.standalone.execution.FinishedExecution;
import dev.millrace.standalone.execution.WorkflowRunner;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One workflow a file, whose pinned data is what its nodes are expected to answer. Nothing is
 * pinned when it runs. A file of the form {@code {workflowData, expected}} carries its expectation
 * beside the workflow.
 */
public final class WorkflowTestSuite implements CaseSuite {
  /** The zone that workflows without one have in these tests. */
  private static final String DEFAULT_ZONE = "America/New_York";

  private final WorkflowRunner runner;
  private final NodeSupport nodes;
  private final CaseIndex index;
  private final Consumer<Path> outside;
  private final RecordedFiles files;
  private final RecordedContent content;

  /**
   * @param outside told of each workflow file before it runs, to stand for what it reaches
   * @param files those of the machine that workflows name
   * @param binaries where the files of items are kept
   */
  public WorkflowTestSuite(
      WorkflowRunner runner,
      NodeSupport nodes,
      CaseIndex index,
      Consumer<Path> outside,
      RecordedFiles files,
      BinaryStore binaries) {
    this.runner = runner;
    this.nodes = nodes;
    this.index = index;
    this.outside = outside;
    this.files = files;
    this.content = new RecordedContent(binaries);
  }

  @Override
  public List<Case> read(Path file) {
    String name = String.valueOf(file.getFileName());
    Map<String, @Nullable Object> recorded = files.read(file);
    boolean inline = recorded.containsKey("workflowData");
    Map<String, @Nullable Object> raw = inline ? object(recorded.get("workflowData")) : recorded;
    Map<String, @Nullable Object> pinned = object(raw.get("pinData"));
    if (!inline && pinned.isEmpty()) {
      return List.of(WorkflowCase.skipped(name, "no expectation"));
    }
    Optional<String> missing = index.needsOutside(file).or(() -> files.missing(file));
    if (missing.isPresent()) {
      return List.of(WorkflowCase.skipped(name, missing.get()));
    }
    WorkflowDocument workflow = WorkflowDocument.of(asRun(raw));
    Optional<String> unsupported = nodes.unsupported(workflow);
    if (unsupported.isPresent()) {
      return List.of(WorkflowCase.skipped(name, unsupported.get()));
    }
    WorkflowCase.Expectation expectation =
        inline
            ? execution ->
                inlineDifference(object(recorded.get("expected")), execution, content, file)
            : execution -> pinnedDifference(pinned, execution);
    return List.of(
        new WorkflowCase(
            name,
            request(workflow, object(raw.get("trigger"))),
            asked -> {
              outside.accept(file);
              return runner.run(asked);
            },
            expectation));
  }

  /** The document without pinned data and in the zone of these tests. */
  static Map<String, @Nullable Object> asRun(Map<String, @Nullable Object> raw) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>(raw);
    document.remove("pinData");
    document.remove("trigger");
    Map<String, @Nullable Object> settings = new LinkedHashMap<>(object(raw.get("settings")));
    if (!(settings.get("timezone") instanceof String zone)
        || zone.isEmpty()
        || zone.equals("DEFAULT")) {
      settings.put("timezone", DEFAULT_ZONE);
    }
    document.put("settings", settings);
    return document;
  }

  static ExecutionRequest request(
      WorkflowDocument workflow, Map<String, @Nullable Object> trigger) {
    ExecutionMode mode =
        trigger.get("mode") instanceof String name
            ? ExecutionMode.valueOf(name.toUpperCase(Locale.ROOT))
            : ExecutionMode.MANUAL;
    Item item =
        trigger.get("input") instanceof Map<?, ?> input ? Item.fromJson(input) : Item.empty();
    // A workflow of one node starts with that, whatever its type.
    String start = workflow.nodes().size() == 1 ? workflow.nodes().get(0).name() : null;
    return new ExecutionRequest(workflow, mode, start, List.of(item), null, true);
  }

  /** For each pinned name, all runs of that node, output 0 only, without lineage and files. */
  static Optional<String> pinnedDifference(
      Map<String, @Nullable Object> pinned, FinishedExecution execution) {
    if (!endedWell(execution)) {
      return Optional.of("ended with " + execution.status() + ": " + execution.errorMessage());
    }
    for (Map.Entry<String, @Nullable Object> node : pinned.entrySet()) {
      List<@Nullable Object> expected = new ArrayList<>();
      for (Object item : list(node.getValue())) {
        expected.add(expectedItem(item));
      }
      List<Object> actual = new ArrayList<>();
      for (NodeRun run : execution.runs(node.getKey())) {
        actual.add(run.output(0).stream().map(RecordedRuns::withoutLineageAndFiles).toList());
      }
      Optional<JsonDifference> different =
          JsonDifference.first(node.getKey(), List.of(expected), actual);
      if (different.isPresent()) {
        return different.map(JsonDifference::toString);
      }
    }
    return Optional.empty();
  }

  /** {@code nodeData[name][run][item]}, and {@code error} where the run is expected to fail. */
  static Optional<String> inlineDifference(
      Map<String, @Nullable Object> expected,
      FinishedExecution execution,
      RecordedContent content,
      Path file) {
    if (expected.get("error") instanceof String message) {
      return execution.status().equals("error") && execution.errorMessage().contains(message)
          ? Optional.empty()
          : Optional.of(
              "expected the error \""
                  + message
                  + "\", ended with "
                  + execution.status()
                  + ": "
                  + execution.errorMessage());
    }
    if (!endedWell(execution)) {
      return Optional.of("ended with " + execution.status() + ": " + execution.errorMessage());
    }
    boolean files = Boolean.TRUE.equals(expected.get("assertBinaryData"));
    Map<String, @Nullable Object> forced = files ? forcedByCalendar(file) : Map.of();
    for (Map.Entry<String, @Nullable Object> node : object(expected.get("nodeData")).entrySet()) {
      List<Object> wanted = new ArrayList<>();
      for (Object run : list(node.getValue())) {
        wanted.add(
            list(run).stream()
                .map(item -> inlineItem(item, files ? content : null, forced))
                .toList());
      }
      List<Object> actual = new ArrayList<>();
      for (NodeRun run : execution.runs(node.getKey())) {
        actual.add(
            run.output(0).stream()
                .map(item -> inlineItem(item.toJson(), files ? content : null, forced))
                .toList());
      }
      Optional<JsonDifference> different = JsonDifference.first(node.getKey(), wanted, actual);
      if (different.isPresent()) {
        return different.map(JsonDifference::toString);
      }
    }
    return Optional.empty();
  }

  private static boolean endedWell(FinishedExecution execution) {
    return execution.succeeded() || execution.status().equals("waiting");
  }

  /** A pinned item; some files pin the bare JSON. */
  private static Object expectedItem(@Nullable Object pinned) {
    Map<String, @Nullable Object> item = object(Markers.resolve(pinned));
    if (!(item.get("json") instanceof Map)) {
      return Map.of("json", item);
    }
    Map<String, @Nullable Object> form = new LinkedHashMap<>(item);
    form.remove("pairedItem");
    form.remove("binary");
    return form;
  }

  private static Object inlineItem(
      @Nullable Object recorded,
      @Nullable RecordedContent content,
      Map<String, @Nullable Object> forced) {
    Map<String, @Nullable Object> form = new LinkedHashMap<>(object(Markers.resolve(recorded)));
    form.remove("pairedItem");
    form.putIfAbsent("json", Map.of());
    Map<String, @Nullable Object> binary = object(form.remove("binary"));
    if (content != null && !binary.isEmpty()) {
      form.put("binary", content.comparable(binary, forced));
    }
    return form;
  }

  /** What the recording's replacement of the calendar library sets in every event. */
  private static Map<String, @Nullable Object> forcedByCalendar(Path file) {
    Map<String, @Nullable Object> forced = new LinkedHashMap<>();
    try (MockFunctions functions = new MockFunctions()) {
      for (Object test : list(RecordedExchanges.entry(file).get("tests"))) {
        for (Object mock : list(object(test).get("moduleMocks"))) {
          if ("ics".equals(object(mock).get("module"))) {
            forced.putAll(functions.forcedByCalendar(String.valueOf(object(mock).get("src"))));
          }
        }
      }
    }
    return forced;
  }
}
