package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.node.ExecutionMode;
import dev.millrace.topology.ScheduleFixture.Started;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Schedules in the topology, on a clock that the test moves. */
class ScheduleTopologyTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.250Z");
  private static final Duration STEP = Duration.ofMillis(250);
  private static final String EVERY_TEN_SECONDS =
      "{\"field\": \"cronExpression\", \"expression\": \"*/10 * * * * *\"}";
  private static final String EVERY_FIVE_MINUTES =
      "{\"field\": \"cronExpression\", \"expression\": \"*/5 * * * *\"}";

  @TempDir private Path folder;

  private static String workflow(String settings, String parameters) {
    return """
    {"nodes": [{"id": "1", "name": "At", "type": "n8n-nodes-base.scheduleTrigger",
      "typeVersion": 1.2, "parameters": {%s}}],
     "connections": {}, "settings": {"timezone": "UTC", "executionOrder": "v1" %s}}
    """
        .formatted(parameters, settings);
  }

  private static String rules(String... intervals) {
    return "\"rule\": {\"interval\": [" + String.join(",", intervals) + "]}";
  }

  private static String every(String interval) {
    return workflow("", rules(interval));
  }

  private static String time(String minuteAndSecond) {
    return "2026-01-02T03:" + minuteAndSecond + ".000+00:00";
  }

  @Test
  void firesAtItsSlotsWithTheItemOfTheSlot() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      engine.publish("w", 3, every(EVERY_TEN_SECONDS));

      engine.pass(Duration.ofMillis(4_500), STEP);
      assertThat(engine.started()).isEmpty();
      engine.advance(STEP);

      List<Started> started = engine.started();
      assertThat(started).hasSize(1);
      Started first = started.getFirst();
      assertThat(first.workflowId()).isEqualTo("w");
      assertThat(first.version()).isEqualTo(3);
      assertThat(first.event().mode()).isEqualTo(ExecutionMode.TRIGGER);
      assertThat(first.event().startNode()).isEqualTo("At");
      assertThat(first.timestamp()).isEqualTo(time("04:10"));

      engine.pass(Duration.ofSeconds(30), STEP);
      assertThat(engine.slots()).containsExactly(time("04:20"), time("04:30"), time("04:40"));
    }
  }

  @Test
  void aLateTickFiresWithTheTimeOfTheSlotAndEachSlotOnce() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      engine.publish("w", 1, every(EVERY_TEN_SECONDS));

      engine.advance(Duration.ofSeconds(17));
      engine.advance(Duration.ZERO);

      assertThat(engine.slots()).containsExactly(time("04:10"), time("04:20"));
      engine.advance(STEP);
      assertThat(engine.slots()).isEmpty();
    }
  }

  @Test
  void aRestartLosesNoSlotAndRepeatsNone() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      engine.publish("w", 1, every(EVERY_TEN_SECONDS));
      engine.pass(Duration.ofSeconds(16), STEP);
      List<String> slots = new ArrayList<>(engine.slots());

      engine.restart(Duration.ofSeconds(25));
      engine.pass(Duration.ofSeconds(10), STEP);
      slots.addAll(engine.slots());
      engine.restart(Duration.ZERO);
      engine.pass(Duration.ofSeconds(10), STEP);
      slots.addAll(engine.slots());

      assertThat(slots)
          .containsExactly(
              time("04:10"),
              time("04:20"),
              time("04:30"),
              time("04:40"),
              time("04:50"),
              time("05:00"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "~~                                    | ~~                            | 00",
        "~, \"millrace\": {\"catchUp\": \"skip\"}~ | ~, \"misfirePolicy\": \"coalesce\"~ | 00",
        "~, \"millrace\": {\"catchUp\": \"last\"}~ | ~~                            | 55 00",
        "~~                                    | ~, \"misfirePolicy\": \"coalesce\"~ | 55 00",
        "~, \"millrace\": {\"catchUp\": \"all\"}~  | ~~        | 35 40 45 50 55 00",
        "~~          | ~, \"misfireGraceSeconds\": 1800~       | 35 40 45 50 55 00",
      })
  void whatWasMissedIsMadeUpForAsTheSettingsSay(String settings, String misfire, String minutes) {
    Instant start = Instant.parse("2026-01-02T03:30:05Z");
    try (ScheduleFixture engine = new ScheduleFixture(folder, start)) {
      engine.publish("w", 1, workflow(settings, rules(EVERY_FIVE_MINUTES) + misfire));
      engine.advance(STEP);

      // To 03:59:05, and the next slot is on time.
      engine.restart(Duration.ofMinutes(29).minus(STEP));
      engine.pass(Duration.ofSeconds(56), Duration.ofSeconds(2));

      List<String> expected = new ArrayList<>();
      for (String minute : minutes.split(" ")) {
        expected.add(
            (minute.equals("00") ? "2026-01-02T04:00" : "2026-01-02T03:" + minute)
                + ":00.000+00:00");
      }
      assertThat(engine.slots()).isEqualTo(expected);
    }
  }

  @Test
  void ofTheRulesOfANodeTheLatestCountsWhereItSaysSo() {
    Instant start = Instant.parse("2026-01-02T03:30:05Z");
    try (ScheduleFixture engine = new ScheduleFixture(folder, start)) {
      String quarters = EVERY_FIVE_MINUTES.replace("*/5 *", "*/15 *");
      String twenty = EVERY_FIVE_MINUTES.replace("*/5 *", "20 *");
      engine.publish(
          "w",
          1,
          workflow("", rules(quarters, twenty) + ", \"misfirePolicy\": \"coalesce_owner\""));
      engine.advance(STEP);

      engine.restart(Duration.ofMinutes(57));
      engine.pass(Duration.ofMinutes(5), Duration.ofSeconds(10));

      assertThat(engine.slots())
          .containsExactly("2026-01-02T04:20:00.000+00:00", "2026-01-02T04:30:00.000+00:00");
    }
  }

  @Test
  void aLongTimeIsMadeUpForByItsLatestThousand() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      engine.publish(
          "w",
          1,
          workflow(
              ", \"millrace\": {\"catchUp\": \"all\"}",
              rules("{\"field\": \"seconds\", \"secondsInterval\": 1}")));
      engine.advance(STEP);

      engine.restart(Duration.ofDays(30));
      Set<String> slots = new HashSet<>();
      List<String> all = new ArrayList<>();
      // The clock stands still until all of them have fired.
      for (int tick = 0; tick < 500 && all.size() < 1_000; tick++) {
        engine.advance(Duration.ofMillis(10));
        all.addAll(engine.slots());
      }
      slots.addAll(all);

      assertThat(slots).hasSameSizeAs(all);
      assertThat(all.size()).isBetween(1_000, 1_010);
      assertThat(all).isSorted();
      assertThat(all.get(999)).isEqualTo("2026-02-01T03:04:05.000+00:00");
    }
  }

  @Test
  void aWithdrawnOrInactiveWorkflowDoesNotFire() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      engine.publish("w", 1, every(EVERY_TEN_SECONDS));
      engine.publish("v", 1, every(EVERY_TEN_SECONDS));
      engine.pass(Duration.ofSeconds(6), STEP);
      assertThat(engine.started()).hasSize(2);
      assertThat(engine.schedules()).isEqualTo(2);

      engine.define("w", null);
      engine.publish("v", 2, false, every(EVERY_TEN_SECONDS));
      engine.pass(Duration.ofSeconds(30), STEP);

      assertThat(engine.started()).isEmpty();
      assertThat(engine.schedules()).isZero();
    }
  }

  @Test
  void whatWasWithdrawnWhileNothingRanIsForgotten() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      engine.publish("w", 1, every(EVERY_TEN_SECONDS));
      engine.advance(STEP);
      engine.define("w", null);

      engine.restart(Duration.ofSeconds(30));
      engine.pass(Duration.ofSeconds(30), STEP);

      assertThat(engine.started()).isEmpty();
      assertThat(engine.schedules()).isZero();
    }
  }

  @Test
  void aNewVersionWithTheSameRuleGoesOn() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      String interval =
          """
          {"nodes": [{"id": "1", "name": "%s", "type": "n8n-nodes-base.interval",
            "typeVersion": 1, "parameters": {"interval": 10}}], "connections": {}}
          """;
      engine.publish("w", 1, interval.formatted("Before"));
      engine.pass(Duration.ofSeconds(9), STEP);
      engine.publish("w", 2, interval.formatted("After"));
      engine.pass(Duration.ofSeconds(2), STEP);

      List<Started> started = engine.started();
      assertThat(started).hasSize(1);
      assertThat(started.getFirst().version()).isEqualTo(2);
      assertThat(started.getFirst().event().startNode()).isEqualTo("After");
    }
  }

  @Test
  void aChangedRuleBeginsAnew() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      engine.publish("w", 1, every(EVERY_TEN_SECONDS));
      engine.pass(Duration.ofSeconds(6), STEP);
      engine.publish("w", 2, every("{\"field\": \"seconds\", \"secondsInterval\": 15}"));
      engine.pass(Duration.ofSeconds(20), STEP);

      assertThat(engine.slots()).containsExactly(time("04:10"), time("04:15"), time("04:30"));
      assertThat(engine.schedules()).isEqualTo(1);
    }
  }

  @Test
  void rulesThatMeetFireOnce() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      engine.publish(
          "w",
          1,
          workflow(
              "",
              rules(
                  EVERY_TEN_SECONDS,
                  EVERY_TEN_SECONDS,
                  "{\"field\": \"seconds\", \"secondsInterval\": 20}")));
      engine.pass(Duration.ofSeconds(20), STEP);

      assertThat(engine.slots()).containsExactly(time("04:10"), time("04:20"));
      assertThat(engine.schedules()).isEqualTo(2);
    }
  }

  @Test
  void aBrokenDefinitionStopsNoOther() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      engine.publish("bad", 1, every("{\"field\": \"cronExpression\", \"expression\": \"?\"}"));
      engine.publish("none", 1, "{\"nodes\": 3}");
      engine.publish("never", 1, every(EVERY_TEN_SECONDS.replace("*/10 * * *", "0 0 0 30")));
      engine.define("garbage", "no definition".getBytes(StandardCharsets.UTF_8));
      engine.publish("w", 1, every(EVERY_TEN_SECONDS));
      engine.pass(Duration.ofSeconds(6), STEP);

      assertThat(engine.slots()).containsExactly(time("04:10"));

      // Corrected, it fires.
      engine.publish("bad", 2, every(EVERY_TEN_SECONDS));
      engine.pass(Duration.ofSeconds(10), STEP);
      assertThat(engine.slots()).containsExactly(time("04:20"), time("04:20"));
    }
  }

  @Test
  void manyThatAreDueAtOnceFireInSeveralTicks() {
    int workflows = 50;
    int nodes = 100;
    StringBuilder triggers = new StringBuilder();
    for (int node = 0; node < nodes; node++) {
      triggers
          .append(node == 0 ? "" : ",")
          .append("{\"name\": \"At ")
          .append(node)
          .append("\", \"type\": \"n8n-nodes-base.cron\", \"parameters\": {\"triggerTimes\":")
          .append(" {\"item\": [{\"mode\": \"custom\", \"cronExpression\": \"0 5 3 * * *\"}]}}}");
    }
    String json =
        "{\"nodes\": ["
            + triggers
            + "], \"connections\": {}, \"settings\": {\"timezone\": \"UTC\"}}";
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW)) {
      for (int i = 0; i < workflows; i++) {
        engine.publish("w" + i, 1, json);
      }
      // Taken up a few at a time, too.
      for (int tick = 0; tick < 200 && engine.schedules() < workflows * nodes; tick++) {
        engine.advance(Duration.ofMillis(10));
      }
      assertThat(engine.schedules()).isEqualTo(workflows * nodes);
      assertThat(engine.started()).isEmpty();

      engine.advance(Duration.ofMinutes(1));
      List<Started> started = new ArrayList<>(engine.started());
      assertThat(started.size()).isBetween(1, workflows * nodes - 1);
      for (int tick = 0; tick < 2_000 && started.size() < workflows * nodes; tick++) {
        engine.advance(Duration.ofMillis(10));
        started.addAll(engine.started());
      }

      assertThat(started).hasSize(workflows * nodes);
      assertThat(started.stream().map(Started::executionId)).doesNotHaveDuplicates();
    }
  }

  @Test
  void aPartitionFiresItsShareAlone() {
    try (ScheduleFixture engine = new ScheduleFixture(folder, NOW, 4)) {
      for (int i = 0; i < 200; i++) {
        engine.publish("w" + i, 1, every(EVERY_TEN_SECONDS));
      }
      engine.pass(Duration.ofSeconds(6), STEP);

      assertThat(engine.started().size()).isBetween(25, 75);
    }
  }
}
