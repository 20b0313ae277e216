package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.value.Json;
import dev.millrace.value.LuxonFormat;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the translation of format tokens against Luxon itself. */
class LuxonFormatTest {
  private static final List<String> ZONES =
      List.of("UTC", "Etc/UTC", "America/New_York", "Asia/Kolkata", "Europe/Berlin");
  private static final List<Long> MILLIS =
      List.of(1772737629045L, 1767225599999L, 1798761600000L, 1751328000500L, 951782400000L, 0L);
  private static final List<String> TOKENS =
      List.of(
          ("S SSS u uu uuu s ss m mm h hh H HH Z ZZ ZZZ z a d dd c ccc cccc ccccc E EEE EEEE EEEEE"
                  + " L LL LLL LLLL LLLLL M MM MMM MMMM MMMMM y yy yyyy yyyyyy G GG GGGGG kk kkkk"
                  + " W WW o ooo q qq X x D DD DDD DDDD t tt T TT f ff F FF")
              .split(" "));
  private static TestJavaScript luxon;

  @BeforeAll
  static void start() {
    luxon = new TestJavaScript("America/New_York");
  }

  @AfterAll
  static void stop() {
    luxon.close();
  }

  @Test
  void formatsEveryTokenAsLuxonDoes() {
    for (String zone : ZONES) {
      for (long millis : MILLIS) {
        ZonedDateTime date = Instant.ofEpochMilli(millis).atZone(ZoneId.of(zone));
        Object expected =
            luxon.eval(
                "%s.map(t => luxon.DateTime.fromMillis(%d, {zone: '%s'}).toFormat(t))"
                    .formatted(Json.text(TOKENS), millis, zone));
        assertThat(TOKENS.stream().map(token -> LuxonFormat.format(date, token)).toList())
            .as("%s of %s", TOKENS, date)
            .isEqualTo(
                ((List<?>) Objects.requireNonNull(expected))
                    .stream().map(LuxonFormatTest::plainSpaces).toList());
        assertThat(LuxonFormat.iso(date)).isEqualTo(luxon(millis, zone, ".toISO()"));
      }
    }
  }

  /** Node's locale data begins the week on Sunday; this engine's has no week data to ask. */
  @Test
  void formatsLocalWeeksAsNodeDoes() {
    assertThat(MILLIS.subList(2, 6))
        .extracting(millis ->
            LuxonFormat.format(
                Instant.ofEpochMilli(millis).atZone(ZoneId.of("UTC")), "n nn ii iiii"))
        .containsExactly("1 01 27 2027", "27 27 25 2025", "10 10 00 2000", "1 01 70 1970");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yyyy-MM-dd'T'HH:mm:ss.SSSZZ",
        "cccc, d. LLLL yyyy 'at' h 'o''clock' a",
        "''yyyy''",
        "b [x] yyyyMMdd",
        "'unclosed yyyy",
        ""
      })
  void formatsLiterals(String pattern) {
    ZonedDateTime date = Instant.ofEpochMilli(MILLIS.getFirst()).atZone(ZoneId.of("Asia/Kolkata"));
    assertThat(LuxonFormat.format(date, pattern))
        .isEqualTo(
            luxon(MILLIS.getFirst(), "Asia/Kolkata", ".toFormat(" + Json.text(pattern) + ")"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2023-04-11|yyyy-MM-dd",
        "20230411|yyyyMMdd",
        "4/1/23|M/d/yy",
        "4/1/61|M/d/yy",
        "11 Apr 2023 17:05|dd LLL yyyy HH:mm",
        "April 3, 2023 5:07 PM|LLLL d, yyyy h:mm a",
        "2023-04-11T10:11:12.345+05:30|yyyy-MM-dd'T'HH:mm:ss.SSSZZ",
        "2023 099|yyyy ooo",
        "2023 W07 3|kkkk 'W'WW c",
        "10:11 2023|HH:mm yyyy",
        "12 Mar 2020 10:11 America/New_York|d LLL yyyy HH:mm z",
        "Mar 3, 2020|DD",
        "2023-13-01|yyyy-MM-dd",
        "2023-02-30|yyyy-MM-dd",
        "nonsense|yyyy",
        "1682918315|X",
        "2023-4-1|yyyy-MM-dd"
      })
  void parsesAsLuxonDoes(String testCase) {
    String text = testCase.substring(0, testCase.indexOf('|'));
    String pattern = testCase.substring(testCase.indexOf('|') + 1);
    ZoneId zone = ZoneId.of("Europe/Berlin");
    @Nullable Object expected =
        luxon.eval(
            "luxon.DateTime.fromFormat(%s, %s, {zone: 'Europe/Berlin'}).toISO()"
                .formatted(Json.text(text), Json.text(pattern)));
    assertThat(
            LuxonFormat.parse(text, pattern, ZonedDateTime.now(zone), zone)
                .map(LuxonFormat::iso)
                .orElse(null))
        .isEqualTo(expected);
  }

  private static @Nullable Object luxon(long millis, String zone, String call) {
    return plainSpaces(
        luxon.eval("luxon.DateTime.fromMillis(%d, {zone: '%s'})%s".formatted(millis, zone, call)));
  }

  /** This engine's locale data is newer than Node's: a narrow space before AM and PM. */
  private static @Nullable Object plainSpaces(@Nullable Object printed) {
    return printed instanceof String text ? text.replace('\u202f', ' ') : printed;
  }
}
