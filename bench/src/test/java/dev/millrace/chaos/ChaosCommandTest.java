package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ChaosCommandTest {
  @Test
  void killIsACommandAndNeedsNoScenario() {
    CommandLine line = new CommandLine(new ChaosCommand());

    CommandLine.ParseResult parsed = line.parseArgs("kill", "--times", "3", "--seed", "7");

    assertThat(parsed.subcommand().commandSpec().name()).isEqualTo("kill");
  }

  @Test
  void saysWhatIsMissing() {
    assertThat(said()).contains("Name a scenario, or all.");
    assertThat(said("boredom")).contains("There is no scenario \"boredom\".");
  }

  private static String said(String... arguments) {
    StringWriter errors = new StringWriter();
    int code =
        new CommandLine(new ChaosCommand()).setErr(new PrintWriter(errors)).execute(arguments);
    assertThat(code).isEqualTo(CommandLine.ExitCode.USAGE);
    return errors.toString();
  }
}
