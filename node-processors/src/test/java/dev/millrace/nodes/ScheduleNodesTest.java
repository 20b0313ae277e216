package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.NodeOutput;
import dev.millrace.nodes.trigger.Cron;
import dev.millrace.nodes.trigger.Interval;
import dev.millrace.nodes.trigger.ScheduleTrigger;
import dev.millrace.parameter.DisplayOptions;
import dev.millrace.parameter.ParameterDefaults;
import dev.millrace.schedule.CatchUp;
import dev.millrace.schedule.Jitter;
import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.ScheduleRule;
import dev.millrace.schedule.ScheduledTrigger;
import dev.millrace.schedule.SlotSeries;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What scheduled triggers make of their parameters, and their items. */
class ScheduleNodesTest {
  /** Half of what is possible, as the recorded cases have it. */
  private static final Jitter HALF = (what, bound) -> bound / 2;

  private static final Instant BASE = Instant.parse("2026-01-01T00:00:00Z");

  private static Map<String, @Nullable Object> object(String json) {
    return Json.parseObject(json.getBytes(StandardCharsets.UTF_8));
  }

  private static Schedule schedule(ScheduledTrigger node, String parameters) {
    Map<String, @Nullable Object> full =
        new ParameterDefaults(
                node.spec().properties(), DisplayOptions.Context.of(1, node.spec().type()))
            .apply(object(parameters), ParameterDefaults.Keep.FOR_RUN);
    return node.schedule(full, HALF);
  }

  private static ScheduleRule rule(ScheduledTrigger node, String parameters) {
    List<ScheduleRule> rules = schedule(node, parameters).rules();
    assertThat(rules).hasSize(1);
    return rules.getFirst();
  }

  private static String interval(String fields) {
    return "{\"rule\": {\"interval\": [{" + fields.replace('\'', '"') + "}]}}";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'field': 'seconds'                                      | */30 * * * * *",
        "'field': 'seconds', 'secondsInterval': '45'             | */45 * * * * *",
        "'field': 'minutes'                                      | 30 */5 * * * *",
        "'field': 'hours'                                        | 30 0 */1 * * *",
        "'field': 'hours', 'hoursInterval': 5                    | 30 0 */5 * * * every 5 HOURS",
        "'field': 'hours', 'triggerAtMinute': null               | 30 30 */1 * * *",
        "'field': 'days'                                         | 30 0 0 * * *",
        "'triggerAtHour': 9, 'daysInterval': 3                   | 30 0 9 * * * every 3 DAYS",
        "'field': 'weeks'                                        | 30 0 0 * * 0",
        "'field': 'weeks', 'triggerAtDay': []                    | 30 0 0 * * *",
        "'field': 'weeks', 'triggerAtDay': [1, 5], 'weeksInterval': 2"
            + "                                            | 30 0 0 * * 1,5 every 2 WEEKS",
        "'field': 'months'                                       | 30 0 0 1 */1 *",
        "'field': 'months', 'monthsInterval': 5, 'triggerAtDayOfMonth': 31"
            + "                                            | 30 0 0 31 */5 * every 5 MONTHS",
        "'field': 'cronExpression', 'expression': ' 0 9 * * 1-5 ' | 0 9 * * 1-5",
      })
  void rulesOfTheScheduleTrigger(String fields, String expected) {
    assertThat(rule(new ScheduleTrigger(), interval(fields)).text()).isEqualTo(expected);
  }

  @Test
  void theDefaultIsEveryDay() {
    assertThat(rule(new ScheduleTrigger(), interval("")).text()).isEqualTo("30 0 0 * * *");
    assertThat(rule(new ScheduleTrigger(), "{}").text()).isEqualTo("30 30 12 * * *");
  }

  @Test
  void eachRuleOfANodeCounts() {
    assertThat(
            schedule(
                    new ScheduleTrigger(),
                    "{\"rule\": {\"interval\": [{\"field\": \"minutes\"}, {\"field\": \"days\"}]}}")
                .rules())
        .extracting(ScheduleRule::text)
        .containsExactly("30 */5 * * * *", "30 0 0 * * *");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'field': 'seconds', 'secondsInterval': 0",
        "'field': 'seconds', 'secondsInterval': 60",
        "'field': 'minutes', 'minutesInterval': 2.5",
        "'field': 'minutes', 'minutesInterval': 'five'",
        "'field': 'hours', 'hoursInterval': 24",
        "'field': 'hours', 'triggerAtMinute': 60",
        "'field': 'days', 'daysInterval': 32",
        "'field': 'days', 'triggerAtHour': 24",
        "'field': 'weeks', 'weeksInterval': 0",
        "'field': 'weeks', 'triggerAtDay': [8]",
        "'field': 'months', 'monthsInterval': -1",
        "'field': 'months', 'triggerAtDayOfMonth': 32",
        "'field': 'cronExpression', 'expression': 'soon'",
        "'field': 'cronExpression'",
        "'field': 'fortnights'",
      })
  void refusesRulesThatMakeNoSense(String fields) {
    assertThatThrownBy(() -> schedule(new ScheduleTrigger(), interval(fields)))
        .isInstanceOfSatisfying(
            MillraceException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_SCHEDULE));
  }

  @Test
  void missedSlotsAreHandledAsTheNodeSays() {
    ScheduleTrigger node = new ScheduleTrigger();
    assertThat(schedule(node, "{}").catchUp()).isEqualTo(CatchUp.SKIP);
    Schedule last =
        schedule(node, "{\"misfirePolicy\": \"coalesce\", \"misfireGraceSeconds\": 90}");
    assertThat(last.catchUp()).isEqualTo(CatchUp.LAST);
    assertThat(last.grace()).isEqualTo(Duration.ofSeconds(90));
    assertThat(schedule(node, "{\"misfirePolicy\": \"coalesce_owner\"}").catchUp())
        .isEqualTo(CatchUp.LAST_OF_NODE);
    assertThat(
            schedule(node, "{\"misfirePolicy\": \"coalesce\", \"skipDurableScheduler\": true}")
                .catchUp())
        .isEqualTo(CatchUp.SKIP);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{}                                                    | 30 0 14 * * *",
        "{'mode': 'everyMinute'}                               | 30 * * * * *",
        "{'mode': 'everyHour', 'minute': 7}                    | 30 7 * * * *",
        "{'mode': 'everyWeek', 'hour': 8}                      | 30 0 8 * * 1",
        "{'mode': 'everyMonth', 'dayOfMonth': 15}              | 30 0 14 15 * *",
        "{'mode': 'everyX', 'value': 10, 'unit': 'minutes'}    | 30 */10 * * * *",
        "{'mode': 'everyX'}                                    | 30 0 */2 * * *",
        "{'mode': 'custom', 'cronExpression': '0 0 8 * * 1-5'} | 0 0 8 * * 1-5",
      })
  void rulesOfCron(String item, String expected) {
    String parameters = "{\"triggerTimes\": {\"item\": [" + item.replace('\'', '"') + "]}}";

    assertThat(rule(new Cron(), parameters).text()).isEqualTo(expected);
  }

  @Test
  void cronWithoutTimesNeverFires() {
    assertThat(schedule(new Cron(), "{}").rules()).isEmpty();
  }

  @Test
  void rulesOfInterval() {
    assertThat(rule(new Interval(), "{}").text()).isEqualTo("PT1S");
    assertThat(rule(new Interval(), "{\"interval\": 90, \"unit\": \"minutes\"}").text())
        .isEqualTo("PT1H30M");
    assertThatThrownBy(() -> schedule(new Interval(), "{\"interval\": 0}"))
        .isInstanceOf(MillraceException.class);
  }

  @Test
  void jitterIsStableAndSpread() {
    Set<Integer> seconds = new HashSet<>();
    for (int node = 0; node < 1_000; node++) {
      Jitter jitter = Jitter.of("workflow", "node-" + node);
      int second = jitter.below("second", 60);
      assertThat(Jitter.of("workflow", "node-" + node).below("second", 60)).isEqualTo(second);
      seconds.add(second);
    }
    assertThat(seconds).hasSize(60);
  }

  @Test
  void theItemSaysWhenTheSlotWas() {
    ZonedDateTime slot = ZonedDateTime.parse("2026-03-02T15:04:05+01:00[Europe/Berlin]");

    Item item = new ScheduleTrigger().item(slot);

    assertThat(item.json())
        .isEqualTo(
            object(
                """
                {
                  "timestamp": "2026-03-02T15:04:05.000+01:00",
                  "Readable date": "March 2nd 2026, 3:04:05 pm",
                  "Readable time": "3:04:05 pm",
                  "Day of week": "Monday",
                  "Year": "2026",
                  "Month": "March",
                  "Day of month": "02",
                  "Hour": "15",
                  "Minute": "04",
                  "Second": "05",
                  "Timezone": "Europe/Berlin (UTC+01:00)"
                }
                """));
    assertThat(new Cron().item(slot)).isEqualTo(Item.empty());
    assertThat(new Interval().item(slot)).isEqualTo(Item.empty());
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-01T00:00:00Z, 'January 1st 2026, 12:00:00 am'",
    "2026-01-03T12:00:00Z, 'January 3rd 2026, 12:00:00 pm'",
    "2026-01-11T11:59:59Z, 'January 11th 2026, 11:59:59 am'",
    "2026-01-22T13:00:00Z, 'January 22nd 2026, 1:00:00 pm'",
    "2026-01-13T13:00:00Z, 'January 13th 2026, 1:00:00 pm'",
  })
  void theReadableDate(String slot, String expected) {
    ZonedDateTime time = Instant.parse(slot).atZone(ZoneId.of("UTC"));
    Item item = new ScheduleTrigger().item(time);

    assertThat(item.json()).containsEntry("Readable date", expected);
    assertThat(item.json()).containsEntry("Timezone", "UTC (UTC+00:00)");
    assertThat(item.json()).containsEntry("timestamp", slot.replace("Z", ".000+00:00"));
  }

  @Test
  void aRunByHandHasTheItemOfNow() {
    ScheduleTrigger node = new ScheduleTrigger();
    WorkflowDocument workflow =
        WorkflowDocument.of(
            Map.of("nodes", List.of(Map.of("name", "Start", "type", node.spec().type()))));
    try (TestJavaScript engine = new TestJavaScript("America/New_York")) {
      Item slot = node.item(BASE.atZone(ZoneId.of("UTC")));
      List<Item> byHand = run(node, workflow, engine, Item.empty());

      assertThat(byHand).hasSize(1);
      assertThat(byHand.getFirst().json()).containsOnlyKeys(slot.json().keySet());
      assertThat(run(node, workflow, engine, slot)).containsExactly(slot);
    }
  }

  private static List<Item> run(
      ScheduleTrigger node, WorkflowDocument workflow, TestJavaScript engine, Item input) {
    NodeOutput output =
        node.run(
            new FakeCall(
                node.spec(),
                workflow.nodes().getFirst(),
                new FakeExecution(workflow),
                engine,
                List.of(List.of(input))));
    return Objects.requireNonNull(Objects.requireNonNull(output.outputs()).getFirst());
  }

  record Unit(String test, List<Map<?, ?>> calls, List<Map<?, ?>> expectations) {
    @Override
    public String toString() {
      return test;
    }
  }

  @SuppressWarnings("unchecked")
  static Stream<Unit> units() throws IOException {
    Path file =
        Path.of(
            System.getProperty("millrace.shared", ""),
            "n8n/conformance/units/Schedule__test__GenericFunctions.json");
    if (!Files.exists(file)) {
      return Stream.of(new Unit("skipped: no behaviour data at " + file, List.of(), List.of()));
    }
    List<Unit> units = new ArrayList<>();
    for (Object form : list(Json.parseObject(Files.readAllBytes(file)).get("tests"))) {
      Map<?, ?> test = (Map<?, ?>) form;
      units.add(
          new Unit(
              String.valueOf(test.get("test")),
              (List<Map<?, ?>>) list(test.get("calls")),
              (List<Map<?, ?>>) list(test.get("expect"))));
    }
    return units.stream();
  }

  private static List<?> list(@Nullable Object value) {
    return (List<?>) Objects.requireNonNull(value);
  }

  /** Each recorded function is a part of what makes the rules here, or of what they lead to. */
  @ParameterizedTest
  @MethodSource("units")
  void recordedUnitCases(Unit unit) {
    assumeTrue(!unit.calls().isEmpty(), unit.test());
    for (Map<?, ?> expectation : unit.expectations()) {
      int index = ((Number) Objects.requireNonNull(expectation.get("callIndex"))).intValue();
      Map<?, ?> call = unit.calls().get(index);
      List<?> arguments = list(call.get("args"));
      switch (String.valueOf(call.get("fn"))) {
        case "toCronExpression" ->
            assertThat(first(arguments.getFirst())).isEqualTo(expectation.get("expected"));
        case "intervalToRecurrence" -> recurrence(arguments, expectation);
        case "validateInterval" -> assertThat(recorded(arguments.getLast())).isNotNull();
        case "recurrenceCheck" -> check((Map<?, ?>) arguments.getFirst(), index, expectation);
        case String other -> throw new AssertionError("an unknown function: " + other);
      }
    }
  }

  /** As in the recorded calls, without the defaults of the parameters. */
  private static ScheduleRule.Calendar recorded(@Nullable Object interval) {
    Map<String, @Nullable Object> rule = new LinkedHashMap<>();
    rule.put("interval", List.of(Objects.requireNonNull(interval)));
    return (ScheduleRule.Calendar)
        new ScheduleTrigger().schedule(Map.of("rule", rule), HALF).rules().getFirst();
  }

  private static String first(@Nullable Object interval) {
    return recorded(interval).first().toString();
  }

  private static void recurrence(List<?> arguments, Map<?, ?> expectation) {
    ScheduleRule.Calendar rule = recorded(arguments.getFirst());
    if (".activated".equals(expectation.get("access"))) {
      assertThat(rule.every()).isEqualTo(1);
      return;
    }
    // What divides the cycle needs no count here: the cron expression alone says it.
    Map<?, ?> expected = (Map<?, ?>) Objects.requireNonNull(expectation.get("expected"));
    int size = ((Number) Objects.requireNonNull(expected.get("intervalSize"))).intValue();
    String unit = String.valueOf(expected.get("typeInterval"));
    boolean divides =
        (unit.equals("hours") && 24 % size == 0) || (unit.equals("months") && 12 % size == 0);
    assertThat(rule.every()).isEqualTo(divides ? 1 : size);
    if (!divides) {
      assertThat(rule.unit().name()).isEqualToIgnoringCase(unit);
    }
  }

  private static void check(Map<?, ?> recurrence, int call, Map<?, ?> expectation) {
    boolean activated = Boolean.TRUE.equals(recurrence.get("activated"));
    Object size = recurrence.get("intervalSize");
    String daily = "'field': 'days', 'daysInterval': " + (activated ? Json.text(size) : "1");
    boolean fires;
    if (activated && size instanceof Number number && number.intValue() == 0) {
      assertThatThrownBy(() -> schedule(new ScheduleTrigger(), interval(daily)))
          .isInstanceOf(MillraceException.class);
      fires = false;
    } else {
      // The calls are made at the same time: the second is for a day that has fired.
      SlotSeries series =
          new SlotSeries(rule(new ScheduleTrigger(), interval(daily)), ZoneId.of("UTC"), BASE);
      Instant firstSlot = series.next(BASE).orElseThrow();
      fires =
          call == 0
              || series
                  .next(firstSlot)
                  .orElseThrow()
                  .isBefore(firstSlot.plus(Duration.ofHours(25)));
    }
    assertThat(fires).isEqualTo(expectation.get("expected"));
  }
}
