package dev.millrace.cli.n8n;

import dev.millrace.cli.n8n.ImportReport.Brought;
import dev.millrace.cli.n8n.ImportReport.Missing;
import dev.millrace.cli.n8n.ImportReport.Outcome;
import dev.millrace.cli.n8n.ImportReport.Problem;
import dev.millrace.cli.n8n.ImportReport.Workflow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A report for people, as Markdown that reads well at a terminal too. Pure functions. */
public final class ReportText {
  private ReportText() {}

  /** The whole report, ending with a line end. */
  public static String of(ImportReport report) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "# "
            + (report.dryRun() ? "What an import would bring" : "Import")
            + " from "
            + report.source()
            + " to "
            + report.target());
    lines.add("");
    lines.addAll(totals(report));
    section(lines, report.dryRun() ? "Could not be brought" : "Were not brought", failed(report));
    section(lines, "Will not run", problems(report, true));
    section(lines, "Will fail when it comes to that", problems(report, false));
    section(
        lines,
        "Credentials to be given anew",
        report.missing().stream().map(ReportText::line).toList());
    section(lines, "Under other ids", renumbered(report));
    section(lines, "Notes", report.notes().stream().map(note -> "- " + shown(note)).toList());
    return String.join("\n", lines) + "\n";
  }

  private static List<String> totals(ImportReport report) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "- "
            + counted(
                report.workflows().size(),
                "workflow",
                report.workflows().stream()
                    .collect(
                        Collectors.groupingBy(
                            Workflow::outcome, LinkedHashMap::new, Collectors.counting()))));
    long active = report.workflows().stream().filter(Workflow::active).count();
    long published = report.workflows().stream().filter(Workflow::published).count();
    if (active > 0) {
      lines.add(
          "- "
              + active
              + (active == 1 ? " was active in n8n, " : " were active in n8n, ")
              + published
              + (report.dryRun() ? " would be published" : " published"));
    }
    Map<String, List<Brought>> byKind =
        report.brought().stream()
            .collect(Collectors.groupingBy(Brought::kind, LinkedHashMap::new, Collectors.toList()));
    byKind.forEach((kind, all) ->
        lines.add(
            "- "
                + counted(
                    all.size(),
                    kind,
                    all.stream()
                        .collect(
                            Collectors.groupingBy(
                                Brought::outcome, LinkedHashMap::new, Collectors.counting())))));
    return lines;
  }

  private static String counted(int all, String what, Map<Outcome, Long> outcomes) {
    return all
        + " "
        + what
        + (all == 1 ? "" : "s")
        + (outcomes.isEmpty()
            ? ""
            : ": "
                + outcomes.entrySet().stream()
                    .map(entry ->
                        entry.getValue() + " " + entry.getKey().name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", ")));
  }

  private static List<String> failed(ImportReport report) {
    List<String> lines = new ArrayList<>();
    report.workflows().stream()
        .filter(each -> each.outcome() == Outcome.FAILED)
        .forEach(each -> {
          lines.add("- " + titled(each));
          each.problems().forEach(problem -> lines.add("  - " + line(problem)));
        });
    report.brought().stream()
        .filter(each -> each.outcome() == Outcome.FAILED)
        .forEach(each -> lines.add("- " + each.kind() + " \"" + shown(each.name()) + "\""));
    return lines;
  }

  private static List<String> problems(ImportReport report, boolean blocking) {
    List<String> lines = new ArrayList<>();
    for (Workflow workflow : report.workflows()) {
      List<Problem> its =
          workflow.problems().stream().filter(each -> each.blocks() == blocking).toList();
      if (!its.isEmpty() && workflow.outcome() != Outcome.FAILED) {
        lines.add("- " + titled(workflow));
        its.forEach(problem -> lines.add("  - " + line(problem)));
      }
    }
    return lines;
  }

  private static List<String> renumbered(ImportReport report) {
    List<String> lines = new ArrayList<>();
    Function<String, String> id = text -> "`" + text + "`";
    report.workflows().stream()
        .filter(each -> !each.id().isEmpty() && !each.id().equals(each.from()))
        .forEach(each ->
            lines.add(
                "- workflow \""
                    + shown(each.name())
                    + "\": "
                    + id.apply(each.from())
                    + " is "
                    + id.apply(each.id())));
    report.brought().stream()
        .filter(each -> each.kind().equals("credential"))
        .filter(each -> !each.id().isEmpty() && !each.id().equals(each.from()))
        .forEach(each ->
            lines.add(
                "- credential \""
                    + shown(each.name())
                    + "\": "
                    + id.apply(each.from())
                    + " is "
                    + id.apply(each.id())));
    return lines;
  }

  private static String titled(Workflow workflow) {
    return "\""
        + shown(workflow.name())
        + "\""
        + (workflow.id().isEmpty() ? "" : " (" + workflow.id() + ")")
        + (workflow.active() ? ", active in n8n" : "");
  }

  private static String line(Problem problem) {
    return (problem.code().isEmpty() ? "" : problem.code() + " ") + shown(problem.message());
  }

  private static String line(Missing missing) {
    return "- "
        + missing.type()
        + " \""
        + shown(missing.name())
        + "\""
        + (missing.id().isEmpty() ? "" : " (" + missing.id() + ")")
        + ", used by "
        + missing.usedBy().stream()
            .map(name -> "\"" + shown(name) + "\"")
            .collect(Collectors.joining(", "));
  }

  private static void section(List<String> lines, String title, List<String> content) {
    if (!content.isEmpty()) {
      lines.add("");
      lines.add("## " + title);
      lines.add("");
      lines.addAll(content);
    }
  }

  /** One line that cannot move a terminal's cursor. */
  private static String shown(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", " ");
  }
}
