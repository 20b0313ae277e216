package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.RemoteCommands;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void helpNamesEveryCommand() {
    assertThat(execute("help")).isZero();
    assertThat(out.toString()).contains("conformance", "test ");
  }

  @Test
  void theScriptStartsWhatWorksOnAServerAlone() throws java.io.IOException {
    String script =
        Files.readString(Path.of(System.getProperty("millrace.home", "..")).resolve("millrace"));

    assertThat(script.lines()).contains(String.join(" | ", RemoteCommands.NAMES) + ")");
    assertThat(execute("help")).isZero();
    assertThat(out.toString()).contains(RemoteCommands.NAMES);
  }

  @Test
  void aWrongCommandLineIsExitCodeTwo() {
    assertThat(execute()).isEqualTo(2);
    assertThat(err.toString()).contains("Name a command.");
    assertThat(execute("fly")).isEqualTo(2);
    assertThat(execute("conformance")).isEqualTo(2);
  }

  @Test
  void anErrorOfTheCatalogueIsOneLineWithItsCodeAndAdvice() {
    assertThat(execute("conformance", "/does/not/exist")).isEqualTo(1);
    assertThat(err.toString().lines())
        .containsExactly(
            "MR-1003 /does/not/exist does not exist. Check the path, and that the file can be read.");
  }

  @Test
  void anythingElseIsInternalWithItsTrace() {
    Main.report(new IllegalStateException("odd"), new PrintWriter(err, true));

    assertThat(err.toString()).startsWith("MR-9001 ").contains("odd").contains("MainTest");
  }

  @Test
  void adviceFollowsTheMessage() {
    assertThat(Main.line(new MillraceException(ErrorCode.NO_START_NODE, "no trigger.")))
        .isEqualTo("MR-1103 no trigger. Add a trigger to the workflow or enable the one it has.");
  }

  @Test
  void conformancePrintsItsTotalsLast(@TempDir Path folder) throws java.io.IOException {
    Files.writeString(
        folder.resolve("units.json"), "{\"tests\": [{\"test\": \"a\", \"calls\": []}]}");

    assertThat(execute("conformance", folder.toString())).isZero();
    assertThat(out.toString().lines().toList())
        .last()
        .isEqualTo("conformance: 0 passed, 0 failed, 1 skipped");
  }

  private int execute(String... arguments) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return line.execute(arguments);
  }
}
