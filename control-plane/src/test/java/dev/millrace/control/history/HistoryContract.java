package dev.millrace.control.history;

import static dev.millrace.control.history.EventStream.BEGIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every history does, whatever it is kept in. */
public abstract class HistoryContract {
  private static final Grant ALL = Grant.all();
  private static final Grant OF_ONE = new Grant(false, Set.of("one"));
  private static final Optional<ExecutionPage.Cursor> FIRST = Optional.empty();

  private long offset;

  /** An empty one, the same for the whole of a test. */
  protected abstract History history();

  /** An execution to be changed before it is written. */
  private static final class Draft {
    private final String id;
    private String workflow = "flow";
    private @Nullable String project = "one";
    private ExecutionStatus status = ExecutionStatus.SUCCESS;
    private Instant startedAt = BEGIN;
    private @Nullable Failure error;
    private final Map<String, String> customData = new LinkedHashMap<>();
    private final Set<String> marks = new LinkedHashSet<>();

    Draft(String id) {
      this.id = id;
    }

    Draft at(Instant at) {
      startedAt = at;
      return this;
    }

    Draft of(String ofWorkflow, @Nullable String inProject) {
      workflow = ofWorkflow;
      project = inProject;
      return this;
    }

    Draft in(ExecutionStatus ofNow) {
      status = ofNow;
      return this;
    }

    Draft failing(String message, String node) {
      status = ExecutionStatus.ERROR;
      error = new Failure(message, "MR-1401", node);
      marks.add(ExecutionMarks.failed(node));
      return this;
    }

    Draft with(String key, String value) {
      customData.put(key, value);
      marks.add(ExecutionMarks.customKey(key));
      marks.add(ExecutionMarks.customData(key, value));
      return this;
    }

    Draft ran(String node) {
      marks.add(ExecutionMarks.ran(node));
      return this;
    }

    ExecutionRow row(long offset) {
      boolean over = status.over();
      return new ExecutionRow(
          id,
          workflow,
          "A flow",
          3,
          project,
          "webhook",
          status,
          startedAt,
          over ? startedAt.plusMillis(5) : null,
          status == ExecutionStatus.WAITING ? startedAt.plusSeconds(60) : null,
          "earlier",
          "above",
          "Last",
          error,
          customData,
          List.of("5 of 10 steps"),
          marks,
          2,
          400,
          new SavePolicy.Kept(true, false),
          0,
          new Place(0, offset));
    }
  }

  private static Draft draft(String id) {
    return new Draft(id);
  }

  private List<ExecutionRow> write(Draft... drafts) {
    List<ExecutionRow> rows = new ArrayList<>();
    List<NodeRuns> runs = new ArrayList<>();
    long before = offset;
    for (Draft draft : drafts) {
      ExecutionRow row = draft.row(offset++);
      rows.add(row);
      runs.add(new NodeRuns(row.id(), row.startedAt(), 0, json("[1]")));
    }
    history().apply(new Changes(advance(before), rows, List.of(), List.of(), runs));
    return rows;
  }

  private List<Changes.Advance> advance(long from) {
    return List.of(new Changes.Advance(0, from == 0 ? Position.NONE : from, offset, BEGIN, null));
  }

  private static byte[] json(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<String> found(Grant grant, ExecutionFilter filter) {
    return ids(history().list(grant, filter, FIRST, 100));
  }

  private static List<String> ids(ExecutionPage page) {
    return page.executions().stream().map(ExecutionRow::id).toList();
  }

  @Test
  void keepsAllOfAnExecution() {
    ExecutionRow failed =
        write(
                draft("one")
                    .failing("It \"broke\" ünder 100 % löad \uD83D\uDCA5\n", "HTTP Request")
                    .with("customer", "42")
                    .with("with.dot", "$value")
                    .ran("Set"))
            .getFirst();
    ExecutionRow bare =
        write(draft("two").of("other", null).in(ExecutionStatus.WAITING)).getFirst();

    assertThat(history().find(ALL, "one")).contains(failed);
    assertThat(history().find(ALL, "two")).contains(bare);
    assertThat(history().find(ALL, "three")).isEmpty();
  }

  @Test
  void keepsRunsInTheOrderOfTheirBatches() {
    byte[] large = new byte[300_000];
    Arrays.fill(large, (byte) ' ');
    ExecutionRow row = draft("one").in(ExecutionStatus.RUNNING).row(0);
    offset = 12;
    List<NodeRuns> runs = new ArrayList<>();
    for (long sequence = 11; sequence >= 0; sequence--) {
      runs.add(new NodeRuns("one", BEGIN, sequence, sequence == 3 ? large : json("[]")));
    }
    history().apply(new Changes(advance(0), List.of(row), List.of(), List.of(), runs));

    List<NodeRuns> read = history().runs(row);
    assertThat(read).extracting(NodeRuns::sequence).isSorted().hasSize(12);
    assertThat(read.get(3).json()).isEqualTo(large);
  }

  @Test
  void showsAProjectOnlyToWhoMaySeeIt() {
    write(
        draft("a").of("flow", "one"),
        draft("b").of("flow2", "two"),
        draft("c").of("unknown", null));

    assertThat(found(ALL, ExecutionFilter.ALL)).containsExactly("c", "b", "a");
    assertThat(found(OF_ONE, ExecutionFilter.ALL)).containsExactly("a");
    assertThat(found(OF_ONE, ExecutionFilter.ALL.withWorkflow("flow2"))).isEmpty();
    assertThat(found(OF_ONE, ExecutionFilter.ALL.withStatuses(Set.of(ExecutionStatus.SUCCESS))))
        .containsExactly("a");
    assertThat(found(new Grant(false, Set.of("two", "one")), ExecutionFilter.ALL))
        .containsExactly("b", "a");
    assertThat(found(Grant.none(), ExecutionFilter.ALL)).isEmpty();
    assertThat(history().find(OF_ONE, "b")).isEmpty();
    assertThat(history().find(OF_ONE, "c")).isEmpty();
    assertThat(history().find(Grant.none(), "a")).isEmpty();
    assertThat(history().count(OF_ONE, ExecutionFilter.ALL, 10)).isEqualTo(1);
    assertThat(history().count(Grant.none(), ExecutionFilter.ALL, 10)).isZero();
    assertThat(history().delete(OF_ONE, List.of("a", "b", "c"))).isEqualTo(1);
    assertThat(found(ALL, ExecutionFilter.ALL)).containsExactly("c", "b");
  }

  @Test
  void pagesNewestFirstWithoutGapOrDouble() {
    List<Draft> drafts = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 23; i++) {
      // Several at each moment, on three days; the ids decide then.
      Instant at = BEGIN.plus(Duration.ofHours(12L * (i / 4)));
      drafts.add(
          draft("id" + (char) ('a' + i)).at(at).of("flow" + i % 2, i % 3 == 0 ? "two" : "one"));
      expected.addFirst("id" + (char) ('a' + i));
    }
    write(drafts.toArray(new Draft[0]));

    for (Grant grant : List.of(ALL, new Grant(false, Set.of("one", "two")))) {
      for (int limit : new int[] {1, 3, 7, 23, 50}) {
        List<String> all = new ArrayList<>();
        Optional<ExecutionPage.Cursor> after = FIRST;
        do {
          ExecutionPage page = history().list(grant, ExecutionFilter.ALL, after, limit);
          assertThat(page.executions()).hasSizeLessThanOrEqualTo(limit);
          all.addAll(ids(page));
          after = page.next().flatMap(cursor -> ExecutionPage.Cursor.of(cursor.text()));
        } while (after.isPresent());
        assertThat(all).isEqualTo(expected);
      }
    }
  }

  @Test
  void findsByStatusTimeAndWorkflow() {
    write(
        draft("a").in(ExecutionStatus.ERROR),
        draft("b").at(BEGIN.plusSeconds(1)).in(ExecutionStatus.RUNNING),
        draft("c").at(BEGIN.plusSeconds(2)).of("other", "one"),
        draft("d").at(BEGIN.plusSeconds(3)).in(ExecutionStatus.CANCELED));

    assertThat(
            found(
                ALL,
                ExecutionFilter.ALL.withStatuses(
                    Set.of(ExecutionStatus.ERROR, ExecutionStatus.RUNNING))))
        .containsExactly("b", "a");
    assertThat(found(OF_ONE, ExecutionFilter.ALL.withStatuses(Set.of(ExecutionStatus.SUCCESS))))
        .containsExactly("c");
    assertThat(found(ALL, ExecutionFilter.ALL.withWorkflow("flow"))).containsExactly("d", "b", "a");
    assertThat(
            found(
                ALL,
                ExecutionFilter.ALL
                    .withWorkflow("flow")
                    .withStatuses(Set.of(ExecutionStatus.CANCELED, ExecutionStatus.SUCCESS))))
        .containsExactly("d");
    assertThat(
            found(
                ALL,
                ExecutionFilter.ALL.between(
                    Optional.of(BEGIN.plusSeconds(1)), Optional.of(BEGIN.plusSeconds(3)))))
        .containsExactly("c", "b");
    assertThat(history().count(ALL, ExecutionFilter.ALL, 3)).isEqualTo(3);
    assertThat(history().count(ALL, ExecutionFilter.ALL.withWorkflow("flow"), 10)).isEqualTo(3);
  }

  @Test
  void findsByCustomDataNodesAndErrors() {
    write(
        draft("a").with("customer", "42").ran("Set").ran("If"),
        draft("b").with("customer", "43").ran("Set").failing("Timeout of 100% of calls", "HTTP"),
        draft("c").with("order", "42").ran("HTTP").failing("no_such host \\ path", "HTTP"),
        draft("d").of("flow", "two").with("customer", "42").failing("timeout", "Set"));

    assertThat(found(ALL, ExecutionFilter.ALL.withCustomData("customer", Optional.of("42"))))
        .containsExactly("d", "a");
    assertThat(found(OF_ONE, ExecutionFilter.ALL.withCustomData("customer", Optional.empty())))
        .containsExactly("b", "a");
    assertThat(found(ALL, ExecutionFilter.ALL.withRan("Set"))).containsExactly("b", "a");
    assertThat(found(ALL, ExecutionFilter.ALL.withFailed("HTTP"))).containsExactly("c", "b");
    assertThat(found(ALL, ExecutionFilter.ALL.withRan("HTTP").withFailed("HTTP")))
        .containsExactly("c");
    assertThat(found(ALL, ExecutionFilter.ALL.withError("TIMEOUT"))).containsExactly("d", "b");
    assertThat(found(OF_ONE, ExecutionFilter.ALL.withError("timeout"))).containsExactly("b");
    assertThat(found(ALL, ExecutionFilter.ALL.withError("100%"))).containsExactly("b");
    assertThat(found(ALL, ExecutionFilter.ALL.withError("e_f"))).isEmpty();
    assertThat(found(ALL, ExecutionFilter.ALL.withError("\\ p"))).containsExactly("c");
    assertThat(
            found(
                ALL,
                ExecutionFilter.ALL
                    .withError("timeout")
                    .withStatuses(Set.of(ExecutionStatus.SUCCESS))))
        .isEmpty();
    assertThat(history().count(ALL, ExecutionFilter.ALL.withError("timeout"), 10)).isEqualTo(2);
    assertThat(ids(history().list(ALL, ExecutionFilter.ALL.withError("timeout"), FIRST, 1)))
        .containsExactly("d");
    assertThat(
            history()
                .count(
                    ALL,
                    ExecutionFilter.ALL
                        .withError("timeout")
                        .withStatuses(Set.of(ExecutionStatus.SUCCESS)),
                    10))
        .isZero();
  }

  @Test
  void refusesAPositionThatSomebodyElseMoved() {
    write(draft("a"), draft("b"));
    Changes late =
        new Changes(
            List.of(new Changes.Advance(0, 1, 3, BEGIN, null)),
            List.of(draft("late").row(2)),
            List.of(),
            List.of(),
            List.of());
    Changes first =
        new Changes(
            List.of(new Changes.Advance(0, Position.NONE, 3, BEGIN, null)),
            List.of(draft("late").row(2)),
            List.of(),
            List.of(),
            List.of());

    for (Changes changes : List.of(late, first)) {
      assertThatThrownBy(() -> history().apply(changes))
          .isInstanceOf(MillraceException.class)
          .extracting(thrown -> ((MillraceException) thrown).code())
          .isEqualTo(ErrorCode.HISTORY_POSITION_MOVED);
    }
    assertThat(history().find(ALL, "late")).isEmpty();
    assertThat(history().positions()).containsEntry(0, new Position(2, BEGIN, null));
  }

  @Test
  void changesAndRemovesExecutions() {
    List<ExecutionRow> rows =
        write(
            draft("a").in(ExecutionStatus.RUNNING).ran("Set"),
            draft("b").in(ExecutionStatus.WAITING));
    assertThat(history().unfinished(List.of("a", "b", "c")))
        .containsExactlyInAnyOrderElementsOf(rows);
    long before = offset;
    ExecutionRow a = draft("a").failing("broke", "If").ran("Set").with("k", "v").row(offset++);
    ExecutionRow b = draft("b").row(offset++);
    history()
        .apply(
            new Changes(
                advance(before),
                List.of(),
                List.of(a),
                List.of(b),
                List.of(new NodeRuns("a", BEGIN, 1, json("[2]")))));

    assertThat(history().find(ALL, "a")).contains(a);
    assertThat(history().runs(a)).hasSize(2);
    assertThat(history().find(ALL, "b")).isEmpty();
    assertThat(history().runs(b)).isEmpty();
    assertThat(found(ALL, ExecutionFilter.ALL.withCustomData("k", Optional.empty())))
        .containsExactly("a");
    assertThat(found(ALL, ExecutionFilter.ALL)).containsExactly("a");
    assertThat(history().count(ALL, ExecutionFilter.ALL, 10)).isEqualTo(1);
  }

  @Test
  void leavesWhatRunsToBeStoppedFirst() {
    write(
        draft("a").in(ExecutionStatus.RUNNING), draft("b").in(ExecutionStatus.WAITING), draft("c"));

    assertThat(history().delete(ALL, List.of("a", "b", "c", "d"))).isEqualTo(1);
    assertThat(history().delete(ALL, List.of("c"))).isZero();
    assertThat(found(ALL, ExecutionFilter.ALL)).containsExactly("b", "a");
    assertThat(history().runs(draft("c").row(2))).isEmpty();
  }

  @Test
  void followsAWorkflowIntoItsProject() {
    write(draft("a"), draft("b").of("other", "one"), draft("c").of("flow", null));
    history().moved("flow", "two");

    assertThat(found(OF_ONE, ExecutionFilter.ALL)).containsExactly("b");
    assertThat(found(new Grant(false, Set.of("two")), ExecutionFilter.ALL))
        .containsExactly("c", "a");
  }

  @Test
  void prunesByAgeWholeDays() {
    Instant now = BEGIN.plus(Duration.ofDays(20));
    write(
        draft("ancient").at(now.minus(Duration.ofDays(18))),
        draft("running").at(now.minus(Duration.ofDays(18))).in(ExecutionStatus.RUNNING),
        draft("expired").at(now.minus(Duration.ofDays(16))),
        draft("today").at(now.minus(Duration.ofDays(14))),
        draft("fresh").at(now));
    RetentionPolicy policy = new RetentionPolicy(Duration.ofDays(14), 0);

    assertThat(history().prune(policy, now)).isEqualTo(2);
    assertThat(found(ALL, ExecutionFilter.ALL)).containsExactly("fresh", "today", "running");
    assertThat(history().prune(policy, now)).isZero();
    assertThat(history().unfinished(List.of("running"))).hasSize(1);
    // A day that was taken away is made again where it is needed.
    write(draft("late").at(now.minus(Duration.ofDays(16))));
    assertThat(history().find(ALL, "late")).isPresent();
  }

  @Test
  void prunesByCountTheOldestThatAreOver() {
    List<Draft> drafts = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      drafts.add(
          draft("id" + (char) ('a' + i))
              .at(BEGIN.plus(Duration.ofHours(6L * (i / 3))))
              .in(i == 1 ? ExecutionStatus.WAITING : ExecutionStatus.SUCCESS));
    }
    List<ExecutionRow> rows = write(drafts.toArray(new Draft[0]));

    assertThat(history().prune(new RetentionPolicy(Duration.ZERO, 4), BEGIN)).isEqualTo(25);
    assertThat(found(ALL, ExecutionFilter.ALL))
        .containsExactly(
            "id" + (char) ('a' + 29),
            "id" + (char) ('a' + 28),
            "id" + (char) ('a' + 27),
            "id" + (char) ('a' + 26),
            "idb");
    assertThat(history().runs(rows.get(10))).isEmpty();
    assertThat(history().runs(rows.get(29))).hasSize(1);
    assertThat(history().prune(RetentionPolicy.DEFAULT, BEGIN)).isZero();
  }

  @Test
  void movesPositionsAlone() {
    history().apply(Changes.of(List.of(new Changes.Advance(4, Position.NONE, 7, BEGIN, null))));
    history().apply(Changes.of(List.of(new Changes.Advance(4, 7, 9, null, BEGIN.plusSeconds(5)))));

    assertThat(history().positions())
        .containsExactly(Map.entry(4, new Position(9, BEGIN, BEGIN.plusSeconds(5))));
  }

  @Test
  void isReadyForTheComingDaysAsOftenAsItIsAsked() {
    history().prepare(BEGIN);
    history().prepare(BEGIN.plus(Duration.ofDays(1)));
    write(draft("a").at(BEGIN.plus(Duration.ofDays(2))));

    assertThat(history().find(ALL, "a")).isPresent();
  }
}
