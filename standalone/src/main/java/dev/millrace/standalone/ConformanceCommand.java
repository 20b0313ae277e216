package dev.millrace.standalone;

import dev.millrace.conformance.Case;
import dev.millrace.conformance.CaseResult.Verdict;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.standalone.conformance.CaseFile;
import dev.millrace.standalone.conformance.CaseIndex;
import dev.millrace.standalone.conformance.CaseSuites;
import dev.millrace.standalone.conformance.ConformanceReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs recorded behaviour against Millrace. Exit code 1 when a case failed. */
@Command(
    name = "conformance",
    mixinStandardHelpOptions = true,
    description =
        "Runs files of recorded behaviour (workflow tests, engine cases, execution order graphs,"
            + " expressions, functions, conditions) and says what differs.")
final class ConformanceCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Parameters(
      paramLabel = "PATH",
      arity = "1..*",
      description = "Files, or folders that are searched for files; their content tells the kind.")
  @SuppressWarnings("NullAway.Init")
  private List<Path> paths;

  @Option(names = "--report", paramLabel = "FILE", description = "Write every result as JSON.")
  private @Nullable Path report;

  @Override
  public Integer call() {
    CaseIndex index = new CaseIndex();
    List<CaseFile> files = CaseFile.find(paths, index);
    if (files.isEmpty()) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, "no recorded behaviour was found in " + paths);
    }
    ConformanceReport results = new ConformanceReport();
    try (ConformanceEngine engine = ConformanceEngine.start(files, paths)) {
      run(files, engine.suites(index), results);
    }
    results.print(spec.commandLine().getOut());
    Path file = report;
    if (file != null) {
      try {
        results.write(file);
      } catch (IOException unwritable) {
        throw new MillraceException(
            ErrorCode.INTERNAL,
            file + " cannot be written: " + unwritable.getMessage(),
            unwritable);
      }
    }
    return results.count(Verdict.FAILED) == 0 ? 0 : 1;
  }

  private static void run(List<CaseFile> files, CaseSuites suites, ConformanceReport results) {
    Map<CaseFile, List<Case>> cases = new LinkedHashMap<>();
    files.forEach(file -> cases.put(file, suites.read(file)));
    long count = cases.values().stream().mapToLong(List::size).sum();
    try (ProgressBar progress = Terminal.progress("conformance", count)) {
      cases.forEach((file, all) ->
          all.forEach(one -> {
            results.add(file, one.run());
            if (progress != null) {
              progress.step();
            }
          }));
    }
  }
}
