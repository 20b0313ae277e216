package dev.millrace.control.history;

import static dev.millrace.control.history.EventStream.BEGIN;
import static dev.millrace.control.history.EventStream.ended;
import static dev.millrace.control.history.EventStream.ran;
import static dev.millrace.control.history.EventStream.started;
import static dev.millrace.control.history.EventStream.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.BudgetHalfUsedEvent;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.HistoryRecord;
import dev.millrace.avro.HistoryTakenEvent;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.avro.ParentCall;
import dev.millrace.avro.PortRecord;
import dev.millrace.avro.RetryDueEvent;
import dev.millrace.avro.RunRecord;
import dev.millrace.avro.WaitStartedEvent;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.history.postgres.PostgresHistory;
import dev.millrace.control.http.Grant;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
final class ProjectorTest {
  private static final String ID = "019cd7e0-0000-7abc-8123-0123456789ab";

  private final History history;
  private final EventStream stream = new EventStream();
  private final Projector projector;
  private SavePolicy saves = SavePolicy.EVERYTHING;

  ProjectorTest(Database database) {
    history = new PostgresHistory(database);
    projector =
        new Projector(
            history,
            ids ->
                ids.contains("flow")
                    ? Map.of("flow", new KnownWorkflows.Known("A flow", Optional.of("one"), saves))
                    : Map.of(),
            SavePolicy.EVERYTHING,
            stream.serdes(),
            InstantSource.fixed(BEGIN.plusSeconds(60)));
    projector.begin(0, Position.NONE);
  }

  private void append(Object... events) {
    append(ID, events);
  }

  private void append(String id, Object... events) {
    stream.append(0, id, "flow", BEGIN, events);
  }

  private void project() {
    projector.project(stream.all());
  }

  private ExecutionRow row() {
    return history.find(Grant.all(), ID).orElseThrow();
  }

  private @Nullable Object data() {
    return Json.parse(Json.write(RunData.of(row(), history.runs(row()))));
  }

  private static @Nullable Object json(String text) {
    return Json.parse(text);
  }

  @Test
  void followsAnExecutionFromItsStartToItsEnd() {
    append(started("webhook", BEGIN), ran("Start", 0, 0, BEGIN, "{\"a\":1}"));
    project();
    assertThat(row().status()).isEqualTo(ExecutionStatus.RUNNING);
    assertThat(row().startedAt()).isEqualTo(BEGIN);
    assertThat(row().workflowName()).isEqualTo("A flow");
    assertThat(row().projectId()).isEqualTo("one");
    assertThat(row().version()).isEqualTo(3);

    Instant until = BEGIN.plusSeconds(30);
    append(
        WaitStartedEvent.newBuilder()
            .setNode("Wait")
            .setAttempt(0)
            .setUntil(until)
            .setAt(BEGIN)
            .build());
    project();
    assertThat(row().status()).isEqualTo(ExecutionStatus.WAITING);
    assertThat(row().waitTill()).isEqualTo(until);

    NodeCompletedEvent code = ran("Code", 0, 1, BEGIN, "{\"b\":2}", "{\"b\":3}");
    code.setCustomData(Map.of("customer", "42"));
    append(new RetryDueEvent(until), code, new BudgetHalfUsedEvent("steps", 5L, 10L));
    append(
        ended(
            "error",
            "{\"message\":\"it broke\",\"code\":\"MR-1401\",\"node\":\"Code\"}",
            BEGIN.plusSeconds(31)));
    project();
    ExecutionRow row = row();
    assertThat(row.status()).isEqualTo(ExecutionStatus.ERROR);
    assertThat(row.stoppedAt()).isEqualTo(BEGIN.plusSeconds(31));
    assertThat(row.waitTill()).isNull();
    assertThat(row.error()).isEqualTo(new Failure("it broke", "MR-1401", "Code"));
    assertThat(row.customData()).containsExactly(Map.entry("customer", "42"));
    assertThat(row.warnings()).containsExactly("5 of 10 steps");
    assertThat(row.lastNode()).isEqualTo("Code");
    assertThat(row.runs()).isEqualTo(2);
    for (ExecutionFilter filter :
        List.of(
            ExecutionFilter.ALL.withRan("Start"),
            ExecutionFilter.ALL.withFailed("Code"),
            ExecutionFilter.ALL.withCustomData("customer", Optional.of("42")),
            ExecutionFilter.ALL.withError("BROKE"))) {
      assertThat(history.count(Grant.all(), filter, 10)).isEqualTo(1);
    }
    assertThat(projector.counts()).isEqualTo(new Projector.Counts(4, 0, 0));
  }

  @Test
  void showsRunsAsN8nHasThem() {
    NodeCompletedEvent first = ran("Loop", 0, 0, BEGIN, "{\"a\":\"ü\"}");
    NodeCompletedEvent failed = ran("Loop", 1, 1, BEGIN);
    failed.setError(utf8("{\"message\":\"no\"}"));
    failed.setOutputs(
        List.of(
            new PortRecord(
                List.of(
                    new ItemRecord(
                        utf8("{}"), -1, utf8("{\"pairedItem\":[{\"item\":1,\"input\":1}]}"))))));
    append(started("webhook", BEGIN), first);
    append(failed);
    project();

    assertThat(data())
        .isEqualTo(
            json(
                """
                {"resultData": {
                  "runData": {"Loop": [
                    {"startTime": START, "executionTime": 2, "executionIndex": 0,
                     "executionStatus": "success",
                     "source": [
                       {"previousNode": "Start", "previousNodeOutput": 0, "previousNodeRun": 0},
                       null],
                     "data": {"main": [
                       [{"json": {"a": "ü"}, "pairedItem": {"item": 0}}], null]}},
                    {"startTime": START, "executionTime": 2, "executionIndex": 1,
                     "executionStatus": "error",
                     "source": [
                       {"previousNode": "Start", "previousNodeOutput": 0, "previousNodeRun": 0},
                       null],
                     "data": {"main": [[{"json": {}, "pairedItem": [{"item": 1, "input": 1}]}]]},
                     "error": {"message": "no"}}]},
                  "lastNodeExecuted": "Loop",
                  "metadata": {}}}
                """
                    .replace("START", String.valueOf(BEGIN.toEpochMilli()))));
  }

  @Test
  void takesOverWhatARetryBeganWith() {
    NodeCompletedEvent before = ran("Start", 0, 0, BEGIN, "{}");
    RunRecord taken =
        new RunRecord("Start", 0, 0, BEGIN, 7_000L, before.getSources(), before.getOutputs(), null);
    append(
        started("retry", BEGIN),
        new HistoryTakenEvent(
            new HistoryRecord(
                "the failed one", List.of(taken), Map.of(), Map.of("k", "v"), List.of())),
        ran("Code", 0, 1, BEGIN, "{}"),
        ended("success", null, BEGIN));
    project();

    assertThat(row().retryOf()).isEqualTo("the failed one");
    assertThat(row().runs()).isEqualTo(2);
    assertThat(row().customData()).containsEntry("k", "v");
    assertThat(String.valueOf(data())).contains("Start=[{", "Code=[{");
  }

  @Test
  void keepsWhatTheSettingsSay() {
    saves = SavePolicy.of(Map.of("saveDataSuccessExecution", "none"), SavePolicy.EVERYTHING);
    append("good", started("webhook", BEGIN), ended("success", null, BEGIN));
    append("bad", started("webhook", BEGIN), ended("error", "{\"message\":\"no\"}", BEGIN));
    append("by hand", started("manual", BEGIN), ended("success", null, BEGIN));
    append("long", started("webhook", BEGIN), ran("A", 0, 0, BEGIN, "{}"));
    project();
    assertThat(history.find(Grant.all(), "long")).isPresent();
    append("long", ran("B", 0, 1, BEGIN, "{}"), ended("success", null, BEGIN));
    ExecutionRow removed = history.find(Grant.all(), "long").orElseThrow();
    project();

    assertThat(history.list(Grant.all(), ExecutionFilter.ALL, Optional.empty(), 10).executions())
        .extracting(ExecutionRow::id)
        .containsExactlyInAnyOrder("bad", "by hand");
    assertThat(history.runs(removed)).isEmpty();
    assertThat(history.unfinished(List.of("long"))).isEmpty();

    saves =
        SavePolicy.of(
            Map.of("saveDataErrorExecution", "none", "saveManualExecutions", false),
            SavePolicy.EVERYTHING);
    append("bad2", started("webhook", BEGIN), ended("error", "{\"message\":\"no\"}", BEGIN));
    append("canceled", started("webhook", BEGIN), ended("canceled", null, BEGIN));
    append("good2", started("webhook", BEGIN), ended("success", null, BEGIN));
    append("by hand 2", started("manual", BEGIN), ended("success", null, BEGIN));
    project();
    for (String gone : List.of("bad2", "canceled", "by hand 2")) {
      assertThat(history.find(Grant.all(), gone)).isEmpty();
    }
    assertThat(history.find(Grant.all(), "good2")).isPresent();
  }

  @Test
  void believesADefinitionThatCameWithTheExecution() {
    ExecutionStartedEvent started = started("manual", BEGIN);
    started.setInlineDefinition(
        utf8("{\"name\":\"Draft\",\"settings\":{\"saveManualExecutions\":false}}"));
    append("gone", started, ended("success", null, BEGIN));
    ExecutionStartedEvent kept = started("manual", BEGIN);
    kept.setInlineDefinition(utf8("{\"name\":\"Draft\"}"));
    kept.setParent(new ParentCall("above", "flow", 1, 0, 1));
    append(kept, ended("success", null, BEGIN));
    stream.append(0, "foreign", "unknown", BEGIN, started("webhook", BEGIN));
    project();

    assertThat(history.find(Grant.all(), "gone")).isEmpty();
    assertThat(row().workflowName()).isEqualTo("Draft");
    assertThat(row().projectId()).isEqualTo("one");
    assertThat(row().parentId()).isEqualTo("above");
    ExecutionRow foreign = history.find(Grant.all(), "foreign").orElseThrow();
    assertThat(foreign.projectId()).isNull();
    assertThat(foreign.workflowName()).isNull();
  }

  @Test
  void passesOverWhatMakesNoSense() {
    stream.append(0, BEGIN, "no record".getBytes(StandardCharsets.UTF_8));
    append("good", started("webhook", BEGIN), ended("success", null, BEGIN));
    append("future", started("webhook", BEGIN.plus(Duration.ofDays(30))));
    append("past", started("webhook", Instant.EPOCH));
    append("odd", started("webhook", BEGIN), ended("splendid", null, BEGIN));
    append("damaged", started("webhook", BEGIN), ended("error", "{no json", BEGIN));
    // Too long for an index: the database refuses it, and only it.
    append(
        new Random(1)
            .ints(60_000, '0', 'z')
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString(),
        started("webhook", BEGIN));
    append("orphan", started("webhook", BEGIN));
    Place begun = stream.all().getLast().place();
    projector.project(
        stream.all().stream().filter(record -> !record.place().equals(begun)).toList());
    append("orphan", ended("success", null, BEGIN));
    append("last", started("webhook", BEGIN));
    projector.project(stream.from(0, begun.offset() + 1));

    assertThat(history.list(Grant.all(), ExecutionFilter.ALL, Optional.empty(), 10).executions())
        .extracting(ExecutionRow::id)
        .containsExactlyInAnyOrder("good", "last");
    assertThat(projector.counts()).isEqualTo(new Projector.Counts(2, 6, 1));
    assertThat(history.positions().get(0))
        .isEqualTo(new Position(stream.ends().getOrDefault(0, 0L), BEGIN, null));
  }

  @Test
  void storesTextsThatDatabasesDoNotTake() {
    NodeCompletedEvent run = ran("No\0de \uD800", 0, 0, BEGIN, "{\"a\":\"\\u0000\"}");
    run.setCustomData(Map.of("key\0", "\uDC00value"));
    append(
        started("webhook", BEGIN),
        run,
        ended("error", "{\"message\":\"a\\u0000b \\ud800\"}", BEGIN));
    project();

    assertThat(row().lastNode()).startsWith("No\uFFFDde ");
    assertThat(row().customData()).containsKey("key\uFFFD");
    assertThat(row().error()).extracting(Failure::message).asString().startsWith("a\uFFFDb ");
    assertThat(history.count(Grant.all(), ExecutionFilter.ALL.withRan("No\0de ?"), 2)).isEqualTo(1);
    assertThat(projector.counts().skipped()).isZero();
    assertThat(String.valueOf(data())).contains("a=\0");
  }

  @Test
  void takesLargeAndManyRecords() {
    String eight = "{\"text\":\"" + "x".repeat(8 << 20) + "\"}";
    append(started("webhook", BEGIN), ran("Large", 0, 0, BEGIN, eight));
    String two = "{\"text\":\"" + "y".repeat(2 << 20) + "\"}";
    append(ran("Larger", 0, 1, BEGIN, two, two, two, two, two, two, two));
    for (int i = 0; i < 1_500; i++) {
      append("many" + i, started("webhook", BEGIN), ran("Set", 0, 0, BEGIN, "{}"));
    }
    project();

    assertThat(history.count(Grant.all(), ExecutionFilter.ALL, 10_000)).isEqualTo(1_501);
    assertThat(row().bytes()).isBetween(8L << 20, 9L << 20);
    String runs = new String(history.runs(row()).get(1).json(), StandardCharsets.UTF_8);
    assertThat(runs)
        .contains("\"node\":\"Larger\"")
        .contains("\"metadata\":{\"reference\":{\"topic\":\"millrace.events\",\"partition\":0")
        .doesNotContain("yyyy");
  }

  @Test
  void notesThatItIsAtTheEnd() {
    append(started("webhook", BEGIN));
    project();
    projector.caughtUp(Map.of(0, 5L));
    append(ended("success", null, BEGIN));
    HistoryLag lag =
        new HistoryLag(history, () -> Map.of(0, 8L), InstantSource.fixed(BEGIN.plusSeconds(100)));

    assertThat(history.positions().get(0)).isEqualTo(new Position(5, BEGIN, BEGIN.plusSeconds(60)));
    assertThat(lag.now()).isEqualTo(new HistoryLag.Lag(3, Optional.of(Duration.ofSeconds(40))));
    assertThat(lag.now().beyond(Duration.ofSeconds(39))).isTrue();
    assertThat(lag.now().beyond(Duration.ofSeconds(40))).isFalse();
    assertThat(
            new HistoryLag(history, () -> Map.of(0, 5L, 1, 0L), InstantSource.fixed(BEGIN)).now())
        .isEqualTo(new HistoryLag.Lag(0, Optional.of(Duration.ZERO)));
    assertThat(
            new HistoryLag(history, () -> Map.of(1, 4L), InstantSource.fixed(BEGIN))
                .now()
                .beyond(Duration.ofDays(1)))
        .isTrue();
  }

  @Test
  void leavesAnExecutionWithoutRunsEmpty() {
    append(started("webhook", BEGIN), ended("canceled", null, BEGIN));
    project();

    assertThat(history.runs(row())).isEmpty();
    assertThat(row().lastNode()).isNull();
  }
}
