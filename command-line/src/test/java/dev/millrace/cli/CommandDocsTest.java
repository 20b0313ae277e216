package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** What docs/cli.md says of each command is what the command says itself. */
class CommandDocsTest {
  private static final Path PAGE =
      Path.of(System.getProperty("millrace.home", "..")).resolve("docs/cli.md");
  private static final String BEGIN = "<!-- commands -->\n";
  private static final String END = "<!-- end of commands -->\n";

  @Test
  void thePageOfCommandsIsCurrent() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    assertThat(begin).isPositive();
    assertThat(end).isGreaterThanOrEqualTo(begin);
    String current = page.substring(0, begin) + "\n" + commands() + page.substring(end);
    if (Boolean.getBoolean("millrace.docs.write")) {
      Files.writeString(PAGE, current);
    }
    assertThat(PAGE)
        .as("regenerate with -Dtest=CommandDocsTest -Dmillrace.docs.write=true")
        .hasContent(current);
  }

  private static String commands() {
    ByteArrayInputStream nothing = new ByteArrayInputStream(new byte[0]);
    Surroundings nowhere =
        new Surroundings(
            Map.of(),
            Path.of("."),
            TerminalPrompt.of(nothing),
            nothing,
            InstantSource.system(),
            time -> {},
            () -> "");
    StringBuilder out = new StringBuilder();
    Main.commandLine(nowhere)
        .getSubcommands()
        .forEach((name, command) -> {
          if (!name.equals("help")) {
            out.append("### ").append(name).append("\n\n");
            describe(command, out);
            command.getSubcommands().values().forEach(each -> describe(each, out));
          }
        });
    return out.toString();
  }

  private static void describe(CommandLine command, StringBuilder out) {
    out.append("```\n")
        .append(command.getUsageMessage(Ansi.OFF).replaceAll("(?m) +$", ""))
        .append("```\n\n");
  }
}
