package dev.millrace.standalone.conformance;

import dev.millrace.conformance.CaseResult;
import dev.millrace.conformance.CaseResult.Verdict;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The results of a conformance run, as people and as programs read them. Not thread-safe. */
public final class ConformanceReport {
  private final Map<CaseFile, List<CaseResult>> results = new LinkedHashMap<>();

  public void add(CaseFile file, CaseResult result) {
    results.computeIfAbsent(file, absent -> new ArrayList<>()).add(result);
  }

  /** How many cases ended so. */
  public long count(Verdict verdict) {
    return results.values().stream()
        .flatMap(List::stream)
        .filter(result -> result.verdict() == verdict)
        .count();
  }

  /**
   * Prints a line for each failed case, the reasons of what was skipped, a line for each file of
   * many cases, and the totals.
   */
  public void print(PrintWriter out) {
    results.forEach((file, cases) -> {
      for (CaseResult result : cases) {
        if (result.verdict() == Verdict.FAILED) {
          out.println("FAILED " + label(file, result) + ": " + oneLine(result.detail()));
        }
      }
    });
    Map<String, Integer> reasons = new TreeMap<>();
    results.values().stream()
        .flatMap(List::stream)
        .filter(result -> result.verdict() == Verdict.SKIPPED)
        .forEach(result -> reasons.merge(oneLine(result.detail()), 1, Integer::sum));
    reasons.forEach((reason, count) -> out.println("skipped " + count + ": " + reason));
    results.forEach((file, cases) -> {
      if (cases.size() > 1) {
        out.println(file.shown() + ": " + totals(cases));
      }
    });
    out.println("conformance: " + totals(results.values().stream().flatMap(List::stream).toList()));
    out.flush();
  }

  /** Writes every result as JSON: {@code {passed, failed, skipped, cases: [...]}}. */
  public void write(Path file) throws IOException {
    List<Object> cases = new ArrayList<>();
    results.forEach((caseFile, all) ->
        all.forEach(result -> {
          Map<String, @Nullable Object> form = new LinkedHashMap<>();
          form.put("file", caseFile.path().toString());
          form.put("kind", caseFile.kind().name().toLowerCase(Locale.ROOT));
          form.put("case", result.name());
          form.put("verdict", result.verdict().name().toLowerCase(Locale.ROOT));
          form.put("detail", result.detail());
          cases.add(form);
        }));
    Map<String, @Nullable Object> report = new LinkedHashMap<>();
    report.put("passed", (double) count(Verdict.PASSED));
    report.put("failed", (double) count(Verdict.FAILED));
    report.put("skipped", (double) count(Verdict.SKIPPED));
    report.put("cases", cases);
    Files.writeString(file, Json.pretty(report, 2) + "\n");
  }

  private static String label(CaseFile file, CaseResult result) {
    return file.shown().endsWith(result.name())
        ? file.shown()
        : file.shown() + ": " + oneLine(result.name());
  }

  private static String totals(List<CaseResult> cases) {
    long passed = cases.stream().filter(one -> one.verdict() == Verdict.PASSED).count();
    long failed = cases.stream().filter(one -> one.verdict() == Verdict.FAILED).count();
    long skipped = cases.size() - passed - failed;
    return passed + " passed, " + failed + " failed, " + skipped + " skipped";
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s*\\R\\s*", " ");
  }
}
