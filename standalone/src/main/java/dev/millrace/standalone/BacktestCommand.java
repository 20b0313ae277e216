package dev.millrace.standalone;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.standalone.history.Backtest;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tries a version of a workflow on executions of the past. Exit code 1 when outputs differ. */
@Command(
    name = "backtest",
    mixinStandardHelpOptions = true,
    description =
        "Runs a workflow on what the last executions of its published versions were started with,"
            + " with the answers that they got, and says what comes out otherwise. Nothing is"
            + " sent.")
final class BacktestCommand implements Callable<Integer> {
  /** More of one execution say nothing that the first do not. */
  private static final int SHOWN = 20;

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The workflow, as n8n exports it.")
  @SuppressWarnings("NullAway.Init")
  private Path file;

  @Option(
      names = "--last",
      paramLabel = "N",
      defaultValue = "10",
      description = "On how many executions (default: ${DEFAULT-VALUE}).")
  private int last;

  @Option(
      names = "--workflow",
      paramLabel = "ID",
      description = "Whose executions; the workflow's own id, or the file's name, by default.")
  private @Nullable String workflow;

  @Option(names = "--json", description = "Print all differences as JSON.")
  private boolean json;

  @Mixin private final ServerOptions server = new ServerOptions();

  @Override
  public Integer call() {
    if (last < 1) {
      throw new picocli.CommandLine.ParameterException(
          spec.commandLine(), "--last has to be 1 or more.");
    }
    WorkflowDocument candidate = WorkflowDocument.parse(read());
    String id = workflow == null ? candidate.id().orElseGet(this::stem) : workflow;
    List<Backtest.Verdict> verdicts = server.with(history -> history.backtest(candidate, id, last));
    if (verdicts.isEmpty()) {
      throw new MillraceException(
          ErrorCode.UNKNOWN_EXECUTION,
          "no execution of workflow \""
              + id
              + "\" that a trigger or webhook started is recorded as finished");
    }
    long same = verdicts.stream().filter(Backtest.Verdict::same).count();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, @Nullable Object> form = new LinkedHashMap<>();
      form.put("workflowId", id);
      form.put("same", (double) same);
      form.put("different", (double) (verdicts.size() - same));
      form.put("executions", verdicts.stream().map(Backtest.Verdict::toJson).toList());
      out.println(Json.pretty(form, 2));
    } else {
      verdicts.forEach(verdict -> print(out, verdict));
      out.println(
          "backtest: "
              + verdicts.size()
              + " executions of \""
              + id
              + "\", "
              + same
              + " the same, "
              + (verdicts.size() - same)
              + " different");
    }
    out.flush();
    return same == verdicts.size() ? 0 : 1;
  }

  private static void print(PrintWriter out, Backtest.Verdict verdict) {
    out.println(
        verdict.execution().executionId()
            + " (version "
            + verdict.execution().version()
            + ", "
            + verdict.execution().started().getAt()
            + "): "
            + (verdict.same() ? "the same" : "different"));
    verdict.differences().stream().limit(SHOWN).forEach(each -> out.println("  " + each));
    if (verdict.differences().size() > SHOWN) {
      out.println("  and " + (verdict.differences().size() - SHOWN) + " more");
    }
    if (verdict.unanswered() != null) {
      out.println(
          "  "
              + verdict.unanswered().node()
              + " (run "
              + verdict.unanswered().run()
              + ") "
              + verdict.unanswered().what()
              + "; nothing was sent, and what follows is not compared");
    }
    if (verdict.ignored() > 0) {
      out.println(
          "  "
              + verdict.ignored()
              + " values left out: they change each time the recorded version runs too");
    }
  }

  private String stem() {
    String name = String.valueOf(file.getFileName());
    return name.endsWith(".json") ? name.substring(0, name.length() - 5) : name;
  }

  private byte[] read() {
    try {
      return Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, file + " cannot be read: " + unreadable, unreadable);
    }
  }
}
