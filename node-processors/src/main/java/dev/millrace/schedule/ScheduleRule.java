package dev.millrace.schedule;

import java.time.Duration;

/** When a trigger fires, apart from the time zone and from when on. */
public sealed interface ScheduleRule {
  /**
   * The rule as text: of two rules with the same text, one is enough. It identifies a schedule in
   * the engine's state, so a change of it lets running schedules begin anew.
   */
  String text();

  /**
   * At the times of a cron expression, in all units or in every so many of them.
   *
   * @param first where the schedule may begin
   * @param then what it fires at from then on, in units that are a multiple of {@code every} away
   *     from that of its first slot
   */
  record Calendar(CronExpression first, CronExpression then, int every, Unit unit)
      implements ScheduleRule {
    @Override
    public String text() {
      return every == 1 ? first.toString() : first + " every " + every + " " + unit.name();
    }
  }

  /** What is counted; a week begins on Sunday. */
  enum Unit {
    HOURS,
    DAYS,
    WEEKS,
    MONTHS
  }

  /**
   * Again and again with the same time in between, counted from the publication.
   *
   * @param period at least a second
   */
  record Every(Duration period) implements ScheduleRule {
    @Override
    public String text() {
      return period.toString();
    }
  }

  /** At all times of a cron expression. */
  static ScheduleRule at(CronExpression cron) {
    return new Calendar(cron, cron, 1, Unit.DAYS);
  }
}
