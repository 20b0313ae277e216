package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Deaths are played by taking the files as they are at a moment. */
@Timeout(60)
class CrashMarkerTest {
  private Instant now = Instant.parse("2026-01-02T03:04:05Z");
  private final InstantSource clock = () -> now;
  @TempDir private Path folder;
  private int lives;
  private CrashMarker marker = CrashMarker.none();

  @AfterEach
  void close() {
    marker.close();
  }

  private Path directory() {
    return folder.resolve("life" + lives);
  }

  private CrashMarker open() {
    marker = CrashMarker.open(directory(), "engine", clock);
    return marker;
  }

  /** What the files hold now is all that the next life has. */
  private CrashMarker dieAndOpen() throws IOException {
    Path before = directory();
    lives++;
    Files.createDirectories(directory());
    for (String file : List.of("engine.running", "engine.crashes")) {
      Files.copy(
          before.resolve(file), directory().resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    marker.close();
    return open();
  }

  @Test
  void refusesWhatTheProcessDiedOfThreeTimes() throws IOException {
    dieOfKillerUntilItIsRefused();
  }

  private void dieOfKillerUntilItIsRefused() throws IOException {
    open();
    for (int death = 0; death < CrashMarker.FATAL; death++) {
      assertThat(marker.begin("killer")).as("before death " + death).isFalse();
      dieAndOpen();
    }

    assertThat(marker.begin("other")).isFalse();
    marker.end("other");
    assertThat(marker.begin("killer")).isTrue();
    marker.end("killer");
  }

  @Test
  void refusesAgainWhenItDiesBeforeTheAnswerIsCommitted() throws IOException {
    dieOfKillerUntilItIsRefused();

    dieAndOpen();

    assertThat(marker.begin("killer")).isTrue();
  }

  @Test
  void forgetsWhatWasAnswered() throws IOException {
    dieOfKillerUntilItIsRefused();

    now = now.plus(Duration.ofSeconds(59));
    marker.forgetAnswered();
    assertThat(Files.readString(directory().resolve("engine.crashes"))).contains("killer");

    now = now.plus(Duration.ofSeconds(2));
    marker.forgetAnswered();
    assertThat(Files.readString(directory().resolve("engine.crashes"))).isEmpty();
    assertThat(marker.begin("killer")).isFalse();
    marker.end("killer");
  }

  @Test
  void forgetsWhatIsHandledToItsEnd() throws IOException {
    open();
    for (int round = 0; round < 5; round++) {
      for (int death = 0; death < CrashMarker.FATAL - 1; death++) {
        marker.begin("innocent");
        dieAndOpen();
      }
      assertThat(marker.begin("innocent")).isFalse();
      marker.end("innocent");
    }
  }

  @Test
  void countsNothingThatIsNotInHand() throws IOException {
    open();
    marker.begin("done");
    marker.end("done");

    dieAndOpen();

    assertThat(Files.readString(directory().resolve("engine.crashes"))).isEmpty();
  }

  @Test
  void countsNothingWhenTheProcessIsStopped() throws IOException {
    open();
    marker.begin("long");
    marker.close();
    marker.begin("late");

    dieAndOpen();

    assertThat(Files.readString(directory().resolve("engine.crashes"))).isEmpty();
  }

  @Test
  void seesEveryThread() throws Exception {
    open();
    marker.begin("here");
    Thread other = Thread.ofPlatform().start(() -> marker.begin("there"));
    other.join();

    dieAndOpen();

    assertThat(Files.readAllLines(directory().resolve("engine.crashes")))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("1 ") && line.endsWith(" here"))
        .anyMatch(line -> line.startsWith("1 ") && line.endsWith(" there"));
  }

  /** Otherwise a slow one beside a killer would share the blame at every death. */
  @Test
  void suspectsRunOneAtATimeAndOthersBesideThem() throws Exception {
    open();
    marker.begin("killer");
    Thread.ofPlatform().start(() -> marker.begin("slow")).join();
    dieAndOpen();

    marker.begin("killer");
    CountDownLatch slowBegins = new CountDownLatch(1);
    CompletableFuture<Void> slowRan = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          slowBegins.countDown();
          marker.begin("slow");
          marker.end("slow");
          slowRan.complete(null);
        });
    slowBegins.await();
    Thread.ofPlatform()
        .start(() -> {
          marker.begin("third");
          marker.end("third");
        })
        .join();
    assertThat(slowRan).isNotDone();

    CrashMarker dying = marker;
    dieAndOpen();
    assertThat(Files.readAllLines(directory().resolve("engine.crashes")))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("2 ") && line.endsWith(" killer"))
        .anyMatch(line -> line.startsWith("1 ") && line.endsWith(" slow"));
    dying.end("killer");
    slowRan.get(30, TimeUnit.SECONDS);
  }

  @Test
  void slotsOfThreadsThatEndedAreUsedAgain() throws Exception {
    open();
    for (int i = 0; i < 1_000; i++) {
      Thread.ofPlatform()
          .start(() -> {
            marker.begin("x");
            marker.end("x");
          })
          .join();
    }
    marker.begin("last");

    dieAndOpen();

    assertThat(Files.readString(directory().resolve("engine.crashes"))).contains("last");
  }

  @Test
  void anIdThatDoesNotFitIsNotWatched() throws IOException {
    open();
    String huge = "h".repeat(5_000);
    assertThat(marker.begin(huge)).isFalse();
    marker.end(huge);
    marker.begin(huge);

    dieAndOpen();

    assertThat(Files.readString(directory().resolve("engine.crashes"))).isEmpty();
  }

  @Test
  void damagedFilesAreLeftAside() throws IOException {
    Random random = new Random(7);
    for (int round = 0; round < 50; round++) {
      lives++;
      Files.createDirectories(directory());
      byte[] slots = new byte[random.nextInt(100_000)];
      byte[] counts = new byte[random.nextInt(200)];
      random.nextBytes(slots);
      random.nextBytes(counts);
      Files.write(directory().resolve("engine.running"), slots);
      Files.write(directory().resolve("engine.crashes"), counts);

      open();
      assertThat(marker.begin("killer")).isFalse();
      dieAndOpen();
      assertThat(Files.readString(directory().resolve("engine.crashes"))).contains("1 ", "killer");
      marker.close();
    }
  }

  /** A slot that was being written when the process died. */
  @Test
  void aTornSlotIsLeftAside() throws IOException {
    open();
    marker.begin("torn");
    Path file = directory().resolve("engine.running");
    byte[] bytes = Files.readAllBytes(file);
    int at = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("torn");
    bytes[at] = 'X';
    lives++;
    Files.createDirectories(directory());
    Files.write(directory().resolve("engine.running"), bytes);

    open();

    assertThat(Files.readString(directory().resolve("engine.crashes"))).isEmpty();
  }

  @Test
  void withoutAPlaceToWriteNothingIsWatched() throws IOException {
    Files.writeString(folder.resolve("file"), "");
    CrashMarker nowhere = CrashMarker.open(folder.resolve("file"), "engine", clock);

    assertThat(nowhere.begin("e")).isFalse();
    nowhere.end("e");
    nowhere.forgetAnswered();
    nowhere.close();
  }

  @Test
  void aSecondOwnerOfTheFilesWatchesNothing() throws IOException {
    open();
    marker.begin("first");

    try (CrashMarker second = CrashMarker.open(directory(), "engine", clock)) {
      second.begin("second");
      second.end("second");
    }

    dieAndOpen();
    assertThat(Files.readString(directory().resolve("engine.crashes")))
        .contains("first")
        .doesNotContain("second");
  }

  @Test
  void oldAndTooManyCountsAreDropped() {
    CrashCounts counts = CrashCounts.NONE.raise(List.of("old"), now);
    for (int i = 0; i < 1_500; i++) {
      counts = counts.raise(List.of("e" + i), now.plus(Duration.ofDays(8)).plusSeconds(i));
    }

    assertThat(counts.of("old")).isZero();
    assertThat(counts.entries()).hasSize(1_000).containsKey("e1499").doesNotContainKey("e1");
    assertThat(CrashCounts.parse(counts.format())).isEqualTo(counts);
  }
}
