package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.bench.UpProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code ./millrace chaos kill}: the whole server in a process of its own. */
@Timeout(300)
class KillChaosTest {
  private static final Path HOME = Path.of(System.getProperty("millrace.home", ".."));
  private static final Pattern OPTIONS =
      Pattern.compile("^options=\"([^\"$]*)\"$", Pattern.MULTILINE);

  @TempDir private Path folder;

  @Test
  void nothingIsLostOrDoneTwiceWhenTheProcessIsKilled() throws Exception {
    Path arguments = arguments(folder);
    KillChaos chaos =
        new KillChaos(
            (data, workflows, port) ->
                UpProcess.start(
                    List.of(
                        ProcessHandle.current().info().command().orElse("java"), "@" + arguments),
                    data,
                    workflows,
                    port),
            folder,
            freePort(),
            new PrintWriter(System.out, true, StandardCharsets.UTF_8));

    long seed = System.nanoTime();
    KillChaos.Verdict verdict = chaos.run(2, 4, seed);

    assertThat(verdict.violations()).as("seed " + seed).isEmpty();
    // Without these the verdict would say nothing.
    assertThat(verdict.acknowledged()).isGreaterThan(30);
    assertThat(verdict.executions()).isGreaterThanOrEqualTo(verdict.acknowledged());
    assertThat(verdict.waitedThroughKill()).isPositive();
  }

  /** What {@code ./millrace} gives to java, with the class path of this test. */
  static Path arguments(Path folder) throws IOException {
    Matcher options = OPTIONS.matcher(Files.readString(HOME.resolve("millrace")));
    assertThat(options.find()).as("the options in ./millrace").isTrue();
    return Files.write(
        folder.resolve("java.args"),
        List.of(
            options.group(1).strip().replaceAll("\\s+", "\n"),
            "-cp",
            '"' + System.getProperty("java.class.path").replace("\\", "\\\\") + '"',
            "dev.millrace.standalone.Main"));
  }

  /**
   * A free port that no outgoing connection is given: a caller that knocks at a closed port in that
   * range can be connected to itself, and the port is then taken.
   */
  static int freePort() throws IOException {
    for (int port = 20_000 + Math.floorMod(System.nanoTime(), 10_000); ; port++) {
      try (ServerSocket probe = new ServerSocket()) {
        probe.bind(new InetSocketAddress(port));
        return port;
      } catch (IOException taken) {
        if (port > 32_000) {
          throw taken;
        }
      }
    }
  }
}
