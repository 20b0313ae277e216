package dev.millrace.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The slots of a rule in a zone, in their order. They follow from the rule, the zone and the base
 * alone: whoever asks gets the same ones, however often nobody was there to ask.
 *
 * <p>When clocks are put forward, slots of fixed hours that are left out make one slot at the
 * shift. When they are put back, slots of fixed hours are at the first of both times. A rule that
 * holds in every hour just goes on. Immutable.
 */
public final class SlotSeries {
  private final ScheduleRule rule;
  private final ZoneId zone;
  private final ZoneRules clocks;
  private final Instant base;
  private final @Nullable Slot origin;

  /** A slot by the clock on the wall, which may be a time that does not exist, and in truth. */
  private record Slot(LocalDateTime local, Instant instant) {}

  /**
   * @param base all slots lie after it
   */
  public SlotSeries(ScheduleRule rule, ZoneId zone, Instant base) {
    this.rule = rule;
    this.zone = zone;
    this.clocks = zone.getRules();
    this.base = base;
    this.origin =
        rule instanceof ScheduleRule.Calendar calendar && calendar.every() > 1
            ? fixed(calendar.first(), local(base), base)
            : null;
  }

  public ZoneId zone() {
    return zone;
  }

  /** The first slot after an instant; empty when there are no more. */
  public Optional<Instant> next(Instant after) {
    Instant from = after.isBefore(base) ? base : after;
    return Optional.ofNullable(
        switch (rule) {
          case ScheduleRule.Every every -> next(every.period(), from);
          case ScheduleRule.Calendar calendar -> next(calendar, from);
        });
  }

  /** The latest slots after one instant and up to another, in their order. */
  public List<Instant> latest(Instant after, Instant upTo, int limit) {
    Instant many = after;
    Instant few = upTo;
    // Slots are a second apart or more, so this interval may just hold as many.
    Duration back = Duration.ofSeconds(limit);
    while (upTo.minus(back).isAfter(after)) {
      Instant from = upTo.minus(back);
      if (holds(from, upTo, limit)) {
        many = from;
        break;
      }
      few = from;
      back = back.multipliedBy(2);
    }
    boolean enough = holds(many, upTo, limit);
    while (enough && Duration.between(many, few).compareTo(Duration.ofSeconds(1)) > 0) {
      Instant middle = many.plus(Duration.between(many, few).dividedBy(2));
      if (holds(middle, upTo, limit)) {
        many = middle;
      } else {
        few = middle;
      }
    }
    List<Instant> slots = new ArrayList<>();
    Optional<Instant> slot = next(many);
    while (slot.isPresent() && !slot.get().isAfter(upTo)) {
      slots.add(slot.get());
      slot = next(slot.get());
    }
    return List.copyOf(slots.subList(Math.max(0, slots.size() - limit), slots.size()));
  }

  private boolean holds(Instant after, Instant upTo, int count) {
    Optional<Instant> slot = Optional.of(after);
    for (int i = 0; i < count && slot.isPresent(); i++) {
      slot = next(slot.get()).filter(next -> !next.isAfter(upTo));
    }
    return slot.isPresent();
  }

  private Instant next(Duration period, Instant after) {
    long periods = Duration.between(base, after).dividedBy(period) + 1;
    return base.plus(period.multipliedBy(periods));
  }

  private @Nullable Instant next(ScheduleRule.Calendar rule, Instant after) {
    if (rule.every() == 1) {
      if (rule.first().everyHour()) {
        return elapsing(rule.first(), after);
      }
      Slot slot = fixed(rule.first(), local(after), after);
      return slot == null ? null : slot.instant();
    }
    Slot begin = origin;
    if (begin == null || after.isBefore(begin.instant())) {
      return begin == null ? null : begin.instant();
    }
    LocalDateTime from = local(after);
    while (true) {
      Slot slot = fixed(rule.then(), from, after);
      if (slot == null) {
        return null;
      }
      long over = distance(rule.unit(), begin.local(), slot.local()) % rule.every();
      if (over == 0) {
        return slot.instant();
      }
      from = begin(rule.unit(), slot.local(), rule.every() - over);
    }
  }

  /** A match from a local time on whose instant lies after another. */
  private @Nullable Slot fixed(CronExpression cron, LocalDateTime from, Instant after) {
    LocalDateTime match = cron.nextOrSame(from);
    while (match != null) {
      Instant instant = instant(match);
      if (instant.isAfter(after)) {
        return new Slot(match, instant);
      }
      match = cron.nextOrSame(match.plusSeconds(1));
    }
    return null;
  }

  private Instant instant(LocalDateTime local) {
    ZoneOffsetTransition transition = clocks.getTransition(local);
    return transition == null
        ? local.toInstant(clocks.getOffset(local))
        : transition.isGap()
            ? transition.getInstant()
            : local.toInstant(transition.getOffsetBefore());
  }

  /** The first instant after another at which the clock on the wall matches. */
  private @Nullable Instant elapsing(CronExpression cron, Instant after) {
    Instant segment = after;
    LocalDateTime from = local(after).plusNanos(1);
    while (true) {
      LocalDateTime match = cron.nextOrSame(from);
      if (match == null) {
        return null;
      }
      ZoneOffset offset = clocks.getOffset(segment);
      ZoneOffsetTransition end = clocks.nextTransition(segment);
      Instant instant = match.toInstant(offset);
      if (end == null || instant.isBefore(end.getInstant())) {
        return instant;
      }
      segment = end.getInstant();
      from = end.getDateTimeAfter();
    }
  }

  private LocalDateTime local(Instant instant) {
    return LocalDateTime.ofInstant(instant, zone);
  }

  private static long distance(ScheduleRule.Unit unit, LocalDateTime from, LocalDateTime to) {
    return switch (unit) {
      case HOURS ->
          ChronoUnit.HOURS.between(
              from.truncatedTo(ChronoUnit.HOURS), to.truncatedTo(ChronoUnit.HOURS));
      case DAYS -> ChronoUnit.DAYS.between(from.toLocalDate(), to.toLocalDate());
      case WEEKS -> ChronoUnit.WEEKS.between(sunday(from), sunday(to));
      case MONTHS ->
          ChronoUnit.MONTHS.between(
              from.toLocalDate().withDayOfMonth(1), to.toLocalDate().withDayOfMonth(1));
    };
  }

  /** Where the unit begins that comes so many units after the one of a time. */
  private static LocalDateTime begin(ScheduleRule.Unit unit, LocalDateTime local, long later) {
    return switch (unit) {
      case HOURS -> local.truncatedTo(ChronoUnit.HOURS).plusHours(later);
      case DAYS -> local.toLocalDate().plusDays(later).atStartOfDay();
      case WEEKS -> sunday(local).plusWeeks(later).atStartOfDay();
      case MONTHS -> local.toLocalDate().withDayOfMonth(1).plusMonths(later).atStartOfDay();
    };
  }

  private static LocalDate sunday(LocalDateTime local) {
    LocalDate date = local.toLocalDate();
    return date.minusDays(date.getDayOfWeek().getValue() % 7);
  }
}
