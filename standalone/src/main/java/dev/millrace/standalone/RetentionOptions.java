package dev.millrace.standalone;

import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How long a command line has the files of items kept, for processes with an engine. */
final class RetentionOptions {
  @Spec(Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--keep-files",
      paramLabel = "DAYS",
      defaultValue = "14",
      description =
          "How long files stay after the end of their execution (default: ${DEFAULT-VALUE}).")
  private int days;

  Duration keepFiles() {
    if (days < 1) {
      throw new ParameterException(
          spec.commandLine(), "--keep-files takes a number of days from 1 on");
    }
    return Duration.ofDays(days);
  }
}
