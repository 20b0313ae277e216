package dev.millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlotSeriesTest {
  private static ScheduleRule cron(String expression) {
    return ScheduleRule.at(CronExpression.parse(expression));
  }

  private static List<Instant> slots(ScheduleRule rule, String zone, String base, int count) {
    SlotSeries series = new SlotSeries(rule, ZoneId.of(zone), Instant.parse(base));
    List<Instant> slots = new ArrayList<>();
    Optional<Instant> slot = series.next(Instant.parse(base));
    while (slot.isPresent() && slots.size() < count) {
      slots.add(slot.get());
      slot = series.next(slot.get());
    }
    return slots;
  }

  private static List<Instant> instants(String times) {
    return Arrays.stream(times.split(" ")).map(Instant::parse).toList();
  }

  /** Berlin goes from 02:00 to 03:00 at 01:00Z, and from 03:00 back to 02:00 at 01:00Z. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // A fixed hour that is left out: at the shift, and the day after at its time.
        "0 30 2 * * *    | 2026-03-28T12:00:00Z | 2026-03-29T01:00:00Z 2026-03-30T00:30:00Z",
        // Several of them make one slot, also together with the one that is there.
        "0 0/15 2,3 * * * | 2026-03-29T00:59:59Z | 2026-03-29T01:00:00Z 2026-03-29T01:15:00Z",
        "0 0 */2 * * *   | 2026-03-28T22:30:00Z | 2026-03-28T23:00:00Z 2026-03-29T01:00:00Z"
            + " 2026-03-29T02:00:00Z",
        // Every hour goes on with an hour of real time in between.
        "0 30 * * * *    | 2026-03-28T23:45:00Z | 2026-03-29T00:30:00Z 2026-03-29T01:30:00Z",
        "*/30 * * * * *  | 2026-03-29T00:59:30Z | 2026-03-29T01:00:00Z 2026-03-29T01:00:30Z",
        // A fixed hour that comes twice: at the first of both.
        "0 30 2 * * *    | 2026-10-24T12:00:00Z | 2026-10-25T00:30:00Z 2026-10-26T01:30:00Z",
        "0 30 2 * * *    | 2026-10-25T00:45:00Z | 2026-10-26T01:30:00Z",
        "0 30 2 * * *    | 2026-10-25T01:15:00Z | 2026-10-26T01:30:00Z",
        "0 30 * * * *    | 2026-10-25T00:00:00Z | 2026-10-25T00:30:00Z 2026-10-25T01:30:00Z"
            + " 2026-10-25T02:30:00Z",
      })
  void clocksThatAreChanged(String expression, String base, String times) {
    List<Instant> expected = instants(times);

    assertThat(slots(cron(expression), "Europe/Berlin", base, expected.size())).isEqualTo(expected);
  }

  @Test
  void aDayThatIsLeftOutHasItsSlotAtTheShift() {
    // Samoa had no 30th of December 2011.
    assertThat(slots(cron("0 0 10 * * *"), "Pacific/Apia", "2011-12-29T12:00:00Z", 3))
        .isEqualTo(instants("2011-12-29T20:00:00Z 2011-12-30T10:00:00Z 2011-12-30T20:00:00Z"));
  }

  @Test
  void everySoManyHoursThatDoNotDivideTheDayGoOnOverMidnight() {
    ScheduleRule rule =
        new ScheduleRule.Calendar(
            CronExpression.parse("0 5 */7 * * *"),
            CronExpression.parse("0 5 * * * *"),
            7,
            ScheduleRule.Unit.HOURS);

    assertThat(slots(rule, "UTC", "2026-01-01T08:00:00Z", 4))
        .isEqualTo(
            instants(
                "2026-01-01T14:05:00Z 2026-01-01T21:05:00Z 2026-01-02T04:05:00Z"
                    + " 2026-01-02T11:05:00Z"));
  }

  @Test
  void everySecondWeekHasAllItsDays() {
    CronExpression days = CronExpression.parse("0 0 9 * * 1,3,5");
    ScheduleRule rule = new ScheduleRule.Calendar(days, days, 2, ScheduleRule.Unit.WEEKS);

    assertThat(slots(rule, "UTC", "2026-01-07T00:00:00Z", 6))
        .isEqualTo(
            instants(
                "2026-01-07T09:00:00Z 2026-01-09T09:00:00Z 2026-01-19T09:00:00Z"
                    + " 2026-01-21T09:00:00Z 2026-01-23T09:00:00Z 2026-02-02T09:00:00Z"));
  }

  @Test
  void everyFifthMonthGoesOnOverTheYear() {
    ScheduleRule rule =
        new ScheduleRule.Calendar(
            CronExpression.parse("0 0 0 31 */5 *"),
            CronExpression.parse("0 0 0 31 * *"),
            5,
            ScheduleRule.Unit.MONTHS);

    // The months between have no 31st: a unit without a slot counts as one.
    assertThat(slots(rule, "UTC", "2025-12-01T00:00:00Z", 4))
        .isEqualTo(
            instants(
                "2026-01-31T00:00:00Z 2028-07-31T00:00:00Z 2028-12-31T00:00:00Z"
                    + " 2029-05-31T00:00:00Z"));
  }

  @Test
  void anIntervalCountsFromItsBase() {
    ScheduleRule rule = new ScheduleRule.Every(Duration.ofMinutes(90));

    assertThat(slots(rule, "UTC", "2026-01-01T00:00:07.5Z", 2))
        .isEqualTo(instants("2026-01-01T01:30:07.5Z 2026-01-01T03:00:07.5Z"));
  }

  @Test
  void aDayThatNeverComesHasNoSlots() {
    CronExpression never = CronExpression.parse("0 0 0 30 2 *");

    assertThat(slots(cron("0 0 0 30 2 *"), "UTC", "2026-01-01T00:00:00Z", 1)).isEmpty();
    assertThat(
            slots(
                new ScheduleRule.Calendar(never, never, 2, ScheduleRule.Unit.DAYS),
                "UTC",
                "2026-01-01T00:00:00Z",
                1))
        .isEmpty();
  }

  @Test
  void theLatestOfAYearOfSecondsAreFoundAtOnce() {
    Instant base = Instant.parse("2025-01-01T00:00:00Z");
    Instant now = Instant.parse("2026-01-25T00:00:00Z");
    SlotSeries series = new SlotSeries(cron("* * * 1-20 * *"), ZoneId.of("UTC"), base);

    List<Instant> latest = series.latest(base, now, 1_000);

    assertThat(latest).hasSize(1_000);
    assertThat(latest.getLast()).isEqualTo(Instant.parse("2026-01-20T23:59:59Z"));
    assertThat(latest.getFirst()).isEqualTo(latest.getLast().minusSeconds(999));
  }
}
