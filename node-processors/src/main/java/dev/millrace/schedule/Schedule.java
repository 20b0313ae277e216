package dev.millrace.schedule;

import java.time.Duration;
import java.util.List;

/**
 * When a trigger fires.
 *
 * @param rules each fires on its own; several at the same instant fire once
 * @param catchUp what happens to missed slots, unless the workflow's settings say it
 * @param grace how late a slot may fire and not count as missed
 */
public record Schedule(List<ScheduleRule> rules, CatchUp catchUp, Duration grace) {
  public Schedule {
    rules = List.copyOf(rules);
  }

  /** Rules of a trigger that says nothing of missed slots. */
  public static Schedule of(List<ScheduleRule> rules) {
    return new Schedule(rules, CatchUp.SKIP, Duration.ZERO);
  }
}
