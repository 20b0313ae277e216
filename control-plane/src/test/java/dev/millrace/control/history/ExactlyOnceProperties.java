package dev.millrace.control.history;

import static dev.millrace.control.history.EventStream.BEGIN;
import static dev.millrace.control.history.EventStream.ended;
import static dev.millrace.control.history.EventStream.ran;
import static dev.millrace.control.history.EventStream.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.history.FailingHistory.Fault;
import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Whatever goes wrong while random events are projected, each is in history once: nothing is
 * missing, nothing is there twice.
 */
abstract class ExactlyOnceProperties {
  private static final int PARTITIONS = 3;

  /** Its successful executions are not kept. */
  private static final String FORGETFUL = "forgetful";

  private static final KnownWorkflows WORKFLOWS =
      ids -> {
        Map<String, KnownWorkflows.Known> known = new HashMap<>();
        for (String id : ids) {
          known.put(
              id,
              new KnownWorkflows.Known(
                  "Flow " + id,
                  Optional.of("project"),
                  new SavePolicy(!id.equals(FORGETFUL), true, true)));
        }
        return known;
      };

  /** An empty one. */
  abstract History history();

  /** What can go wrong there. */
  abstract List<Fault> faults();

  /** What an execution is to come to. */
  private static final class Expected {
    private final String workflow;
    private final boolean fails;
    private final List<String> runs = new ArrayList<>();
    private long batches;
    private boolean over;

    Expected(String workflow, boolean fails) {
      this.workflow = workflow;
      this.fails = fails;
    }

    boolean kept() {
      return !over || fails || !workflow.equals(FORGETFUL);
    }

    String status() {
      return !over ? "running" : fails ? "error" : "success";
    }
  }

  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void everythingIsThereOnce(@ForAll long seed) {
    Random random = new Random(seed);
    EventStream stream = new EventStream();
    Map<String, Expected> expected = fill(stream, random);
    FailingHistory history = new FailingHistory(history());
    List<Fault> faults = faults();
    Projector stale = projector(history, stream);
    for (int round = 0; !done(history, stream); round++) {
      assertThat(round).as("rounds until everything is projected").isLessThan(2_000);
      Projector projector = projector(history, stream);
      restore(projector, history);
      boolean lives = true;
      while (lives && !done(history, stream)) {
        history.next(List.of(faults.get(random.nextInt(faults.size()))));
        lives = goOn(projector, history, stream, random);
        if (random.nextInt(4) == 0) {
          late(stale, stream, random);
          stale = projector;
        }
      }
    }
    check(history, expected);
  }

  private static Projector projector(History history, EventStream stream) {
    return new Projector(
        history,
        WORKFLOWS,
        SavePolicy.EVERYTHING,
        stream.serdes(),
        InstantSource.fixed(BEGIN.plusSeconds(60)));
  }

  private static void restore(Projector projector, History history) {
    Map<Integer, Position> positions = history.positions();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      Position position = positions.get(partition);
      projector.begin(partition, position == null ? Position.NONE : position.next());
    }
  }

  /** Projects a stretch of each partition; false where the process dies of what goes wrong. */
  private static boolean goOn(
      Projector projector, History history, EventStream stream, Random random) {
    List<EventRecord> records = new ArrayList<>();
    Map<Integer, Position> positions = history.positions();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      Position position = positions.get(partition);
      List<EventRecord> left = stream.from(partition, position == null ? 0 : position.next());
      records.addAll(left.subList(0, Math.min(left.size(), random.nextInt(6))));
    }
    try {
      projector.project(records);
      return true;
    } catch (MillraceException failed) {
      if (random.nextBoolean()) {
        return false;
      }
      try {
        projector.project(records);
        return true;
      } catch (MillraceException again) {
        // Somebody else's positions are found by beginning again.
        return false;
      }
    }
  }

  /** Somebody who was believed dead goes on with what he last knew. */
  private static void late(Projector stale, EventStream stream, Random random) {
    List<EventRecord> all = stream.from(random.nextInt(PARTITIONS), 0);
    try {
      stale.project(all.subList(0, random.nextInt(all.size() + 1)));
    } catch (MillraceException refused) {
      assertThat(refused.code())
          .isIn(ErrorCode.HISTORY_POSITION_MOVED, ErrorCode.DATABASE_UNAVAILABLE);
    }
  }

  private static boolean done(History history, EventStream stream) {
    Map<Integer, Long> at = new TreeMap<>();
    history.positions().forEach((partition, position) -> at.put(partition, position.next()));
    return at.equals(stream.ends());
  }

  /** Executions in random pieces, mixed up, with records among them that nobody can read. */
  private static Map<String, Expected> fill(EventStream stream, Random random) {
    Map<String, Expected> all = new TreeMap<>();
    List<String> open = new ArrayList<>();
    int count = 1 + random.nextInt(14);
    for (int i = 0; i < count; i++) {
      String id = "execution" + i;
      open.add(id);
      all.put(id, new Expected(i % 3 == 0 ? FORGETFUL : "flow", random.nextInt(4) == 0));
    }
    while (!open.isEmpty()) {
      String id = open.get(random.nextInt(open.size()));
      Expected execution = Objects.requireNonNull(all.get(id));
      int partition = Math.floorMod(id.hashCode(), PARTITIONS);
      Instant at = BEGIN.plusMillis(random.nextInt(50_000));
      if (random.nextInt(8) == 0) {
        stream.append(partition, at, "no event".getBytes(StandardCharsets.UTF_8));
      }
      stream.append(partition, id, execution.workflow, at, events(execution, at, random));
      if (execution.over || random.nextInt(12) == 0) {
        open.remove(id);
      }
    }
    return all;
  }

  private static Object[] events(Expected execution, Instant at, Random random) {
    List<Object> events = new ArrayList<>();
    if (execution.batches++ == 0) {
      events.add(started("webhook", at));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      int index = execution.runs.size();
      String node = "Node " + index;
      execution.runs.add(node);
      events.add(ran(node, 0, index, at, "{\"index\":" + index + "}"));
    }
    if (random.nextInt(3) == 0) {
      execution.over = true;
      events.add(
          execution.fails
              ? ended("error", "{\"message\":\"it broke\",\"node\":\"Node 0\"}", at)
              : ended("success", null, at));
    }
    return events.toArray();
  }

  private static void check(History history, Map<String, Expected> expected) {
    ExecutionPage page =
        history.list(Grant.all(), ExecutionFilter.ALL, Optional.empty(), expected.size() + 1);
    Map<String, String> statuses = new TreeMap<>();
    page.executions().forEach(row -> statuses.put(row.id(), row.status().json()));
    Map<String, String> kept = new TreeMap<>();
    expected.forEach((id, execution) -> {
      if (execution.kept()) {
        kept.put(id, execution.status());
      }
    });
    assertThat(page.executions()).hasSize(kept.size());
    assertThat(statuses).isEqualTo(kept);
    for (ExecutionRow row : page.executions()) {
      Expected execution = Objects.requireNonNull(expected.get(row.id()));
      assertThat(row.runs()).isEqualTo(execution.runs.size());
      assertThat(row.sequence()).isEqualTo(execution.batches - 1);
      assertThat(row.marks())
          .containsAll(execution.runs.stream().map(ExecutionMarks::ran).toList());
      assertThat(nodes(history.runs(row))).isEqualTo(execution.runs);
    }
    Set<String> gone = new TreeSet<>(expected.keySet());
    gone.removeAll(kept.keySet());
    for (String id : gone) {
      assertThat(history.find(Grant.all(), id)).isEmpty();
    }
  }

  private static List<Object> nodes(List<NodeRuns> runs) {
    List<Object> nodes = new ArrayList<>();
    for (NodeRuns batch : runs) {
      if (Json.parse(batch.json()) instanceof List<?> all) {
        all.forEach(run -> nodes.add(run instanceof Map<?, ?> map ? map.get("node") : run));
      }
    }
    return nodes;
  }
}
