package dev.millrace.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NodeLimitsTest {
  private static final Instant NOW = Instant.parse("2026-05-01T00:00:00Z");

  private static WorkflowNode node(String settings) {
    String json =
        "{'nodes': [{'name': 'Call', 'type': 't', 'parameters': {}%s}]}"
            .formatted(settings)
            .replace('\'', '"');
    return WorkflowDocument.parse(json.getBytes(StandardCharsets.UTF_8)).nodes().getFirst();
  }

  private static RetryPolicy retry(String settings) {
    return Objects.requireNonNull(NodeLimits.of(node(settings)).retry());
  }

  @Test
  void aNodeWithoutSettingsIsTriedOnceAndNotLimited() {
    assertThat(NodeLimits.of(node(""))).isEqualTo(new NodeLimits(null, null, null));
  }

  @Test
  void theirRetriesHaveAFixedWait() {
    RetryPolicy retry = retry(", 'retryOnFail': true, 'maxTries': 4, 'waitBetweenTries': 250");
    assertThat(retry.tries()).isEqualTo(4);
    assertThat(retry.delay(1, Map.of("retryAfter", "9"), 0, NOW)).isEqualTo(Duration.ofMillis(250));
    assertThat(retry.delay(3, Map.of(), 0.9, NOW)).isEqualTo(Duration.ofMillis(250));
  }

  @Test
  void everyFieldIsRead() {
    NodeLimits limits =
        NodeLimits.of(
            node(
                """
                , 'millrace': {'timeLimit': 2.5, 'concurrency': 3, 'maxWaiting': 7,
                'rate': {'count': 10, 'per': 60}, 'breaker': {'failures': 4, 'pause': 20},
                'retry': {'tries': 9, 'wait': 0.5, 'factor': 3, 'maxWait': 30, 'jitter': false,
                'retryAfter': false}}\
                """));
    GatePolicy gate =
        new GatePolicy(
            new GatePolicy.Rate(10, Duration.ofMinutes(1)),
            3,
            7,
            new GatePolicy.Breaker(4, Duration.ofSeconds(20)));
    assertThat(limits)
        .isEqualTo(
            new NodeLimits(
                new RetryPolicy(9, Duration.ofMillis(500), 3, Duration.ofSeconds(30), false, false),
                Duration.ofMillis(2_500),
                gate));
    assertThat(GatePolicy.read(gate.toJson(), "")).contains(gate);
  }

  @Property(tries = 200)
  void aWaitGrowsUpToItsLimitAndIsDrawnFromItsUpperHalf(
      @ForAll @IntRange(min = 1, max = 60) int failed,
      @ForAll @DoubleRange(max = 0.99) double random) {
    RetryPolicy retry = retry(", 'millrace': {'retry': {'wait': 1, 'factor': 2, 'maxWait': 60}}");
    double full = Math.min(1_000 * Math.pow(2, failed - 1), 60_000);
    assertThat((double) retry.delay(failed, Map.of(), random, NOW).toMillis())
        .isBetween(Math.floor(full / 2), full);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          7                             | 7
          ' 7 '                         | 7
          Fri, 01 May 2026 00:00:30 GMT | 30
          Fri, 01 May 2020 00:00:30 GMT | 1
          999999                        | 3600
          99999999999999999999          | 1
          -3                            | 1
          soon                          | 1
          """)
  void aServiceSaysWhenToComeBack(String header, int seconds) {
    RetryPolicy retry = retry(", 'millrace': {'retry': {'wait': 1, 'jitter': false}}");
    assertThat(retry.delay(1, Map.of("retryAfter", header), 0.5, NOW))
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {'concurrency': 0}             | node "Call": millrace.concurrency has to be a whole number
          {'concurrency': 1.5}           | millrace.concurrency has to be a whole number
          {'concurrency': 'many'}        | millrace.concurrency has to be a number
          {'rate': 5}                    | millrace.rate has to be an object
          {'rate': {'count': 5, 'in': 1}} | millrace.rate.in is not one of [count, per]
          {'rate': {'per': 0}}           | millrace.rate.per has to be at least 0.001 seconds
          {'retry': {'tries': 1000}}     | millrace.retry.tries has to be a number up to 100
          {'retry': {'jitter': 'yes'}}   | millrace.retry.jitter has to be true or false
          {'timelimit': 3}               | millrace.timelimit is not one of
          {'timeLimit': -1}              | millrace.timeLimit has to be a number
          'fast'                         | millrace has to be an object
          """)
  void whatCannotBeMeantIsNamed(String settings, String message) {
    String json = settings.startsWith("{") ? settings : "'" + settings + "'";
    assertThatThrownBy(() -> NodeLimits.of(node(", 'millrace': " + json)))
        .isInstanceOfSatisfying(
            MillraceException.class,
            thrown -> {
              assertThat(thrown.code()).isEqualTo(ErrorCode.INVALID_LIMITS);
              assertThat(thrown.text()).contains(message);
            });
  }

  @Test
  void aWorkflowHasAConcurrency() {
    assertThat(NodeLimits.ofWorkflow(Map.of("millrace", Map.of("concurrency", 3.0))))
        .contains(new GatePolicy(null, 3, GatePolicy.MOST, null));
    assertThat(NodeLimits.ofWorkflow(Map.of("millrace", Map.of("catchUp", "last")))).isEmpty();
    assertThat(NodeLimits.ofWorkflow(Map.of())).isEmpty();
  }
}
