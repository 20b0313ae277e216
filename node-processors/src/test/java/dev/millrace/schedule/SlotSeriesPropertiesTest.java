package dev.millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/**
 * Series around changes of the clock against a plain walk over every minute of the wall clock:
 * nothing is skipped, nothing comes twice, and all is in order.
 */
class SlotSeriesPropertiesTest {
  private static final List<ZoneId> ZONES =
      List.of(
          ZoneId.of("Europe/Berlin"),
          ZoneId.of("America/New_York"),
          // Half an hour.
          ZoneId.of("Australia/Lord_Howe"),
          // Two hours.
          ZoneId.of("Antarctica/Troll"),
          // At midnight.
          ZoneId.of("America/Sao_Paulo"),
          ZoneId.of("Africa/Cairo"),
          // A whole day.
          ZoneId.of("Pacific/Apia"),
          ZoneId.of("UTC"));

  /** The values of each field, as the walk compares them. */
  record Fields(int second, Set<Integer> minutes, Set<Integer> hours, Set<Integer> weekdays) {
    CronExpression cron() {
      return CronExpression.parse(
          second + " " + list(minutes) + " " + list(hours) + " * * " + list(weekdays));
    }

    private static String list(Set<Integer> values) {
      return values.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    boolean match(LocalDateTime minute) {
      return minutes.contains(minute.getMinute())
          && hours.contains(minute.getHour())
          && weekdays.contains(minute.getDayOfWeek().getValue() % 7);
    }

    boolean everyHour() {
      return hours.size() == 24;
    }
  }

  @Provide
  Arbitrary<Fields> fields() {
    Arbitrary<Set<Integer>> minutes =
        Arbitraries.integers().between(0, 59).set().ofMinSize(1).ofMaxSize(4);
    Arbitrary<Set<Integer>> someHours =
        Arbitraries.integers().between(0, 23).set().ofMinSize(1).ofMaxSize(23);
    Arbitrary<Set<Integer>> night =
        Arbitraries.integers().between(0, 3).set().ofMinSize(1).ofMaxSize(4);
    Arbitrary<Set<Integer>> allHours = Arbitraries.integers().between(0, 23).set().ofSize(24);
    Arbitrary<Set<Integer>> weekdays =
        Arbitraries.integers().between(0, 6).set().ofMinSize(1).ofMaxSize(7);
    return Combinators.combine(
            Arbitraries.integers().between(0, 59),
            minutes,
            Arbitraries.oneOf(someHours, night, allHours),
            weekdays)
        .as(Fields::new);
  }

  @Provide
  Arbitrary<ZoneId> zones() {
    return Arbitraries.of(ZONES);
  }

  /** Some hours before a change of the clock, where the zone has one. */
  private static Instant base(ZoneId zone, long year, long minutes) {
    Instant begin = Instant.EPOCH.plus(year * 365, ChronoUnit.DAYS);
    ZoneOffsetTransition change = zone.getRules().nextTransition(begin);
    return (change == null ? begin : change.getInstant()).minus(minutes, ChronoUnit.MINUTES);
  }

  private static NavigableSet<Instant> walk(
      Fields fields, ZoneId zone, Instant after, Instant upTo, boolean everyHour) {
    ZoneRules clocks = zone.getRules();
    TreeSet<Instant> slots = new TreeSet<>();
    LocalDateTime local =
        LocalDateTime.ofInstant(after, zone).minusDays(2).truncatedTo(ChronoUnit.MINUTES);
    LocalDateTime end = LocalDateTime.ofInstant(upTo, zone).plusDays(2);
    for (; local.isBefore(end); local = local.plusMinutes(1)) {
      if (fields.match(local)) {
        LocalDateTime time = local.plusSeconds(fields.second());
        List<ZoneOffset> offsets = clocks.getValidOffsets(time);
        if (everyHour) {
          offsets.forEach(offset -> slots.add(time.toInstant(offset)));
        } else if (offsets.isEmpty()) {
          slots.add(clocks.getTransition(time).getInstant());
        } else {
          slots.add(time.toInstant(offsets.getFirst()));
        }
      }
    }
    return new TreeSet<>(slots.subSet(after, false, upTo, true));
  }

  private static List<Instant> all(SlotSeries series, Instant after, Instant upTo) {
    List<Instant> slots = new ArrayList<>();
    Optional<Instant> slot = series.next(after);
    while (slot.isPresent() && !slot.get().isAfter(upTo)) {
      slots.add(slot.get());
      slot = series.next(slot.get());
    }
    return slots;
  }

  @Property(tries = 400)
  void cronSlotsAreThoseOfTheWallClock(
      @ForAll("fields") Fields fields,
      @ForAll("zones") ZoneId zone,
      @ForAll @LongRange(min = 30, max = 60) long year,
      @ForAll @LongRange(min = 0, max = 3_000) long minutes,
      @ForAll @LongRange(min = 0, max = 400_000) long seconds) {
    Instant base = base(zone, year, minutes);
    Instant end = base.plus(6, ChronoUnit.DAYS);
    SlotSeries series = new SlotSeries(ScheduleRule.at(fields.cron()), zone, base);
    NavigableSet<Instant> expected = walk(fields, zone, base, end, fields.everyHour());

    assertThat(all(series, base, end)).containsExactlyElementsOf(expected);
    // From in between, too, and it does not matter who asked before.
    Instant between = base.plusSeconds(seconds);
    assertThat(series.next(between).filter(slot -> !slot.isAfter(end)))
        .isEqualTo(Optional.ofNullable(expected.higher(between)));
  }

  @Property(tries = 150)
  void everySoManyUnitsIsEachSoManiethOfThem(
      @ForAll("fields") Fields fields,
      @ForAll("zones") ZoneId zone,
      @ForAll ScheduleRule.Unit unit,
      @ForAll @IntRange(min = 2, max = 9) int every,
      @ForAll @LongRange(min = 30, max = 60) long year,
      @ForAll @LongRange(min = 0, max = 30_000) long minutes) {
    Instant base = base(zone, year, minutes);
    Instant end = base.plus(60, ChronoUnit.DAYS);
    CronExpression cron = fields.cron();
    SlotSeries series =
        new SlotSeries(new ScheduleRule.Calendar(cron, cron, every, unit), zone, base);
    List<Instant> actual = all(series, base, end);

    NavigableSet<Instant> candidates = walk(fields, zone, base, end, false);
    assertThat(candidates).containsAll(actual);
    assertThat(actual).isSorted().doesNotHaveDuplicates();
    if (candidates.isEmpty()) {
      return;
    }
    assertThat(actual.getFirst()).isEqualTo(candidates.first());
    // At the shift, what the clock shows is not what the slot was for.
    ZoneRules clocks = zone.getRules();
    candidates.removeIf(slot -> {
      ZoneOffsetTransition before = clocks.previousTransition(slot.plusNanos(1));
      return before != null && before.isGap() && before.getInstant().equals(slot);
    });
    if (!candidates.contains(actual.getFirst())) {
      return;
    }
    LocalDateTime first = LocalDateTime.ofInstant(actual.getFirst(), zone);
    candidates.removeIf(
        slot -> distance(unit, first, LocalDateTime.ofInstant(slot, zone)) % every != 0);
    assertThat(actual).containsAll(candidates);
    assertThat(actual.size() - candidates.size()).isBetween(0, 1);
  }

  private static long distance(ScheduleRule.Unit unit, LocalDateTime from, LocalDateTime to) {
    LocalDate epochSunday = LocalDate.of(1970, 1, 4);
    return switch (unit) {
      case HOURS ->
          Duration.between(from.withMinute(0).withSecond(0), to.withMinute(0).withSecond(0))
              .toHours();
      case DAYS -> to.toLocalDate().toEpochDay() - from.toLocalDate().toEpochDay();
      case WEEKS ->
          Math.floorDiv(to.toLocalDate().toEpochDay() - epochSunday.toEpochDay(), 7)
              - Math.floorDiv(from.toLocalDate().toEpochDay() - epochSunday.toEpochDay(), 7);
      case MONTHS ->
          to.getYear() * 12L + to.getMonthValue() - from.getYear() * 12L - from.getMonthValue();
    };
  }

  @Property(tries = 200)
  void theLatestAreTheEndOfAll(
      @ForAll("fields") Fields fields,
      @ForAll("zones") ZoneId zone,
      @ForAll @LongRange(min = 30, max = 60) long year,
      @ForAll @LongRange(min = 0, max = 900_000) long seconds,
      @ForAll @IntRange(min = 1, max = 40) int limit) {
    Instant base = base(zone, year, 600);
    Instant end = base.plusSeconds(seconds);
    SlotSeries series = new SlotSeries(ScheduleRule.at(fields.cron()), zone, base);
    List<Instant> all = all(series, base, end);

    assertThat(series.latest(base, end, limit))
        .isEqualTo(all.subList(Math.max(0, all.size() - limit), all.size()));
  }

  @Property(tries = 200)
  void anIntervalGoesOnFromItsBase(
      @ForAll @LongRange(min = 1, max = 100_000) long period,
      @ForAll @LongRange(min = 0, max = 10_000_000) long millis) {
    Instant base = Instant.ofEpochMilli(1_700_000_000_123L);
    SlotSeries series =
        new SlotSeries(new ScheduleRule.Every(Duration.ofSeconds(period)), ZoneId.of("UTC"), base);
    Instant after = base.plusMillis(millis);

    Instant slot = series.next(after).orElseThrow();

    assertThat(slot).isAfter(after).isBeforeOrEqualTo(after.plusSeconds(period));
    assertThat(Duration.between(base, slot).toMillis() % (period * 1000)).isZero();
  }
}
