package dev.millrace.cli;

import java.util.OptionalInt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How much of a list is shown, and how. */
final class ListOptions {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "At most so many (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(names = "--all", description = "All, whatever their number.")
  private boolean all;

  @Option(names = "--json", description = "Print them as JSON.")
  private boolean json;

  boolean json() {
    return json;
  }

  /** How many are wanted; empty for all. */
  OptionalInt most() {
    if (limit < 1) {
      throw new ParameterException(spec.commandLine(), "--limit has to be 1 or more.");
    }
    return all ? OptionalInt.empty() : OptionalInt.of(limit);
  }
}
