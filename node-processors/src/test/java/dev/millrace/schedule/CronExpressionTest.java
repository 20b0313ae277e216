package dev.millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronExpressionTest {
  private static final LocalDateTime THURSDAY = LocalDateTime.parse("2026-01-01T00:00:00");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* * * * *          | 2026-01-01T00:00:00 2026-01-01T00:01:00",
        "* * * * * *        | 2026-01-01T00:00:00 2026-01-01T00:00:01",
        "*/45 * * * * *     | 2026-01-01T00:00:00 2026-01-01T00:00:45 2026-01-01T00:01:00",
        "30 */30 * * * *    | 2026-01-01T00:00:30 2026-01-01T00:30:30 2026-01-01T01:00:30",
        "5/20 0 0 1 1 *     | 2026-01-01T00:00:05 2026-01-01T00:00:25 2026-01-01T00:00:45",
        "0 0 */90 * * *     | 2026-01-01T00:00:00 2026-01-02T00:00:00",
        "0 9 * * MON-FRI    | 2026-01-01T09:00:00 2026-01-02T09:00:00 2026-01-05T09:00:00",
        "0 0 12 * * 5-7     | 2026-01-02T12:00:00 2026-01-03T12:00:00 2026-01-04T12:00:00",
        "0 0 12 ? * 0       | 2026-01-04T12:00:00 2026-01-11T12:00:00",
        "0 0 0 29 2 *       | 2028-02-29T00:00:00 2032-02-29T00:00:00",
        "0 0 0 31 * *       | 2026-01-31T00:00:00 2026-03-31T00:00:00",
        "0 0 0 13 * FRI     | 2026-01-02T00:00:00 2026-01-09T00:00:00 2026-01-13T00:00:00",
        "15,10 10 8 1 jan,3 * | 2026-01-01T08:10:10 2026-01-01T08:10:15 2026-03-01T08:10:10",
        "@weekdays          | 2026-01-01T00:00:00 2026-01-02T00:00:00 2026-01-05T00:00:00",
        "@Hourly            | 2026-01-01T00:00:00 2026-01-01T01:00:00",
      })
  void matchesTheseTimesFirst(String expression, String times) {
    CronExpression cron = CronExpression.parse(expression);
    List<LocalDateTime> expected = new ArrayList<>();
    for (String time : times.split(" ")) {
      expected.add(LocalDateTime.parse(time));
    }

    List<LocalDateTime> actual = new ArrayList<>();
    LocalDateTime from = THURSDAY;
    while (actual.size() < expected.size()) {
      LocalDateTime match = cron.nextOrSame(from);
      assertThat(match).isNotNull();
      actual.add(match);
      from = match.plusNanos(1);
    }

    assertThat(actual).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "* * * *",
        "* * * * * * *",
        "60 * * * * *",
        "* * * 0 * *",
        "* * * * 13 *",
        "* * * * * 8",
        "* * * L * *",
        "* * 5-2 * * *",
        "*/0 * * * * *",
        "1,,2 * * * * *",
        "1-2-3 * * * * *",
        "*/2/2 * * * * *",
        "-1 * * * * *",
        "99999999999 * * * * *",
        "* * * * MOON *",
        "@fortnightly",
        "={{ $json.cron }}",
      })
  void refusesWhatIsNone(String expression) {
    assertThatThrownBy(() -> CronExpression.parse(expression))
        .isInstanceOfSatisfying(
            MillraceException.class,
            refused -> {
              assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_SCHEDULE);
              assertThat(refused.text()).contains("\"" + expression + "\"");
            });
  }

  @Test
  void aDayThatNeverComesHasNoMatch() {
    assertThat(CronExpression.parse("0 0 0 30 2 *").nextOrSame(THURSDAY)).isNull();
  }
}
