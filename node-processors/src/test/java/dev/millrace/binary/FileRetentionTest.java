package dev.millrace.binary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRetentionTest {
  private static final Instant START = Instant.parse("2026-03-15T12:00:00Z");
  private static final FileTypes TYPES = FileTypes.load();

  @TempDir private Path folder;
  private Instant now = START;
  private final InstantSource clock = () -> now;
  private final Set<String> live = new HashSet<>();
  private boolean complete = true;
  private boolean seeing = true;

  @SuppressWarnings("NullAway.Init")
  private FileBinaryStore store;

  @SuppressWarnings("NullAway.Init")
  private FileRetention retention;

  @BeforeEach
  void open() throws IOException {
    store = new FileBinaryStore(folder, new StoreLimits(1_000_000, 0, 0), TYPES, clock);
    retention = retention();
  }

  private FileRetention retention() {
    return new FileRetention(store, this::look, Duration.ofDays(14), clock);
  }

  private Optional<LiveExecutions.Live> look() {
    return seeing
        ? Optional.of(new LiveExecutions.Live(Set.copyOf(live), complete))
        : Optional.empty();
  }

  @Test
  void filesStayForTheirTimeAfterTheEnd() throws IOException {
    write("one");
    passHourly(Duration.ofDays(14));
    assertThat(executions()).containsExactly("one");
    passHourly(Duration.ofHours(2));
    assertThat(executions()).isEmpty();
  }

  @Test
  void anExecutionThatWaitsKeepsItsFilesAndItsEndStartsTheClock() throws IOException {
    live.add("waits");
    write("waits");
    passHourly(Duration.ofDays(90));
    live.clear();
    passHourly(Duration.ofDays(13).minusHours(1));
    assertThat(executions()).containsExactly("waits");
    passHourly(Duration.ofDays(1).plusHours(3));
    assertThat(executions()).isEmpty();
  }

  @Test
  void filesOfCalledExecutionsStayAsLongAsOneOfThemLives() throws IOException {
    live.add("caller");
    write("caller.1.0");
    write("caller.1.0.2.5");
    write("caller.error");
    write("caller2");
    passHourly(Duration.ofDays(40));
    assertThat(executions())
        .containsExactlyInAnyOrder("caller.1.0", "caller.1.0.2.5", "caller.error");
    live.clear();
    passHourly(Duration.ofDays(16));
    assertThat(executions()).isEmpty();
  }

  @Test
  void afterALongStandstillTheLivingAreSeenFirst() throws IOException {
    live.add("waits");
    write("waits");
    write("over");
    now = START.plus(Duration.ofDays(100));
    assertThat(retention.round()).isEqualTo(1);
    assertThat(executions()).containsExactly("waits");
  }

  @Test
  void nothingGoesWhileTheExecutionsCannotBeSeen() throws IOException {
    write("over");
    seeing = false;
    passHourly(Duration.ofDays(30));
    assertThat(executions()).containsExactly("over");
    seeing = true;
    assertThat(retention.round()).isEqualTo(1);
  }

  @Test
  void oneOfSeveralProcessesLeavesTheOthersTimeToRenew() throws IOException {
    write("mine");
    write("of another process");
    write("over");
    now = START.plus(Duration.ofDays(100));
    live.add("mine");
    complete = false;
    retention.round();
    assertThat(executions()).hasSize(3);

    // The other one starts half a day later.
    passHourly(Duration.ofHours(12));
    FileRetention other =
        new FileRetention(
            store,
            () -> Optional.of(new LiveExecutions.Live(Set.of("of another process"), false)),
            Duration.ofDays(14),
            clock);
    other.round();
    passHourly(Duration.ofHours(13));
    assertThat(executions()).containsExactlyInAnyOrder("mine", "of another process");
  }

  @Test
  void whatAWorkerWritesAfterTheEndGoesToo() throws IOException {
    write("canceled");
    passHourly(Duration.ofDays(15));
    write("canceled");
    assertThat(executions()).containsExactly("canceled");
    passHourly(Duration.ofDays(15));
    assertThat(executions()).isEmpty();
  }

  @Test
  void onlyATimeCanBeATime() {
    assertThatThrownBy(() -> new FileRetention(store, this::look, Duration.ZERO, clock))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Whatever the lives of executions and gaps between rounds are: no file of a living one goes. */
  @Property(tries = 200)
  void noExecutionLosesItsFilesWhileItLives(
      @ForAll @Size(max = 12) List<@IntRange(max = 60) Integer> lives,
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 500) Integer> gapsInHours) {
    MemoryFiles files = new MemoryFiles();
    Instant[] time = {START};
    for (int i = 0; i < lives.size(); i++) {
      files.signs.put("e" + i, START);
    }
    FileRetention cleaning =
        new FileRetention(
            files,
            () -> Optional.of(new LiveExecutions.Live(alive(lives, time[0]), true)),
            Duration.ofDays(14),
            () -> time[0]);
    for (int gap : gapsInHours) {
      time[0] = time[0].plus(Duration.ofHours(gap));
      files.now = time[0];
      try {
        cleaning.round();
      } catch (IOException impossible) {
        throw new AssertionError(impossible);
      }
      assertThat(files.signs.keySet()).containsAll(alive(lives, time[0]));
    }
    time[0] = time[0].plus(Duration.ofDays(200));
    files.now = time[0];
    try {
      cleaning.round();
      time[0] = time[0].plus(Duration.ofDays(15));
      cleaning.round();
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
    assertThat(files.signs).isEmpty();
  }

  private static Set<String> alive(List<Integer> lives, Instant at) {
    Set<String> alive = new HashSet<>();
    for (int i = 0; i < lives.size(); i++) {
      if (at.isBefore(START.plus(Duration.ofDays(lives.get(i))))) {
        alive.add("e" + i);
      }
    }
    return alive;
  }

  /** A store of times only. */
  private static final class MemoryFiles implements StoredFiles {
    final java.util.TreeMap<String, Instant> signs = new java.util.TreeMap<>();
    Instant now = START;

    @Override
    public void delete(String executionId) {
      signs.remove(executionId);
    }

    @Override
    public int review(Instant quietSince, Review review) {
      int deleted = 0;
      for (var entry : new ArrayList<>(signs.entrySet())) {
        if (entry.getValue().isBefore(quietSince)) {
          switch (review.of(entry.getKey(), entry.getValue())) {
            case KEEP -> {}
            case RENEW -> signs.put(entry.getKey(), now);
            case DELETE -> {
              signs.remove(entry.getKey());
              deleted++;
            }
          }
        }
      }
      return deleted;
    }
  }

  private void write(String execution) throws IOException {
    store.write(execution, new ByteArrayInputStream(new byte[5000]), null, null);
    try (Stream<Path> all = Files.walk(folder, 2)) {
      for (Path path : all.filter(p -> folder.relativize(p).getNameCount() == 2).toList()) {
        if (name(path).equals(execution)) {
          Files.setLastModifiedTime(path, FileTime.from(now));
        }
      }
    }
  }

  private static String name(Path path) {
    return ExecutionFolders.executionId(String.valueOf(path.getFileName()));
  }

  private List<String> executions() throws IOException {
    try (Stream<Path> all = Files.walk(folder, 2)) {
      return all.filter(p -> folder.relativize(p).getNameCount() == 2)
          .map(FileRetentionTest::name)
          .toList();
    }
  }

  private void passHourly(Duration time) throws IOException {
    Instant until = now.plus(time);
    while (now.isBefore(until)) {
      now = now.plus(Duration.ofHours(1));
      retention.round();
    }
  }
}
