package dev.millrace.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With a shell script as the server. */
@Timeout(60)
class ServerSupervisorTest {
  @TempDir private Path folder;

  @Test
  void aServerThatEndsIsStartedAgain() throws Exception {
    Script script = new Script("echo $$ > pid; exec sleep 1000");
    ProcessHandle second;
    try (ServerSupervisor<String> supervisor = ServerSupervisor.start(script)) {
      assertThat(supervisor.await()).isEqualTo("there");
      ProcessHandle first = script.process();
      Files.delete(folder.resolve("pid"));
      first.destroyForcibly();

      await().until(() -> Files.exists(folder.resolve("pid")) && script.process().isAlive());
      second = script.process();
      assertThat(second.pid()).isNotEqualTo(first.pid());
      assertThat(script.starts).isEqualTo(2);
    }
    assertThat(second.isAlive()).isFalse();
  }

  @Test
  void aServerThatDoesNotStartIsToldWithItsLastWords() {
    Script script = new Script("echo the disk is full; exit 3");
    try (ServerSupervisor<String> supervisor = ServerSupervisor.start(script)) {
      assertThatThrownBy(supervisor::await)
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.DATABASE_UNAVAILABLE))
          .hasMessageContaining("exit code 3: the disk is full");
    }
    assertThat(script.starts).isEqualTo(3);
  }

  @Test
  void itMayBeClosedWhileTheServerStarts() throws Exception {
    Script script = new Script("echo $$ > unanswered; exec sleep 1000");
    ServerSupervisor<String> supervisor = ServerSupervisor.start(script);
    CompletableFuture<String> waiting = CompletableFuture.supplyAsync(supervisor::await);
    await().until(() -> Files.exists(folder.resolve("unanswered")));
    String pid = Files.readString(folder.resolve("unanswered")).strip();

    supervisor.close();

    assertThat(ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive)).isEmpty();
    assertThat(waiting).failsWithin(java.time.Duration.ofSeconds(5));
    supervisor.close();
  }

  @Test
  void itsLogIsKeptShort() throws Exception {
    Files.write(folder.resolve("log"), new byte[(1 << 20) + 1]);
    Script script = new Script("echo $$ > pid; echo hello; exec sleep 1000");
    try (ServerSupervisor<String> supervisor = ServerSupervisor.start(script)) {
      supervisor.await();
      await()
          .untilAsserted(
              () -> assertThat(Files.readString(folder.resolve("log"))).isEqualTo("hello\n"));
    }
    assertThat(folder.resolve("log.1")).hasSize((1 << 20) + 1);
  }

  /** A server that answers as soon as the file {@code pid} has its process number. */
  private final class Script implements ServerProgram<String> {
    private final String text;
    private volatile int starts;

    Script(String text) {
      this.text = text;
    }

    ProcessHandle process() throws IOException {
      String pid = Files.readString(folder.resolve("pid")).strip();
      return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }

    @Override
    public String name() {
      return "The script";
    }

    @Override
    public Path log() {
      return folder.resolve("log");
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // Called by one thread alone.
    public ProcessBuilder prepare() {
      starts++;
      return new ProcessBuilder("sh", "-c", text)
          .directory(folder.toFile())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    }

    @Override
    public Optional<String> ask() {
      try {
        return process().isAlive() ? Optional.of("there") : Optional.empty();
      } catch (IOException | RuntimeException notYet) {
        return Optional.empty();
      }
    }

    @Override
    public List<String> stopSignals() {
      return List.of("TERM");
    }

    @Override
    public MillraceException failed(String why, @Nullable Throwable cause) {
      return new MillraceException(ErrorCode.DATABASE_UNAVAILABLE, why, cause);
    }
  }
}
