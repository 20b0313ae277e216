package dev.millrace.bench;

import picocli.CommandLine.Option;

/** How long and how often a benchmark over HTTP loads its workflows. */
final class RunOptions {
  @Option(
      names = "--seconds",
      defaultValue = "6",
      description = "Length of a run (default ${DEFAULT-VALUE}).")
  int seconds;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Interleaved rounds, of which the median counts (default ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--port",
      defaultValue = "5689",
      description = "Port for the server under test (default ${DEFAULT-VALUE}).")
  int port;
}
