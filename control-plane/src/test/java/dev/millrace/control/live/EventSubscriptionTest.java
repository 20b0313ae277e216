package dev.millrace.control.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.avro.EventBatch;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class EventSubscriptionTest {
  private static final EventBatch BATCH =
      EventBatch.newBuilder()
          .setExecutionId("e")
          .setWorkflowId("w")
          .setVersion(1)
          .setSequence(0)
          .setAt(Instant.EPOCH)
          .setEvents(List.of())
          .build();

  private final List<EventSubscription> closed = new ArrayList<>();
  private final EventSubscription subscription =
      new EventSubscription(Interest.inWorkflow(Optional.empty()), closed::add);

  private static Delivery delivery(long offset, int bytes) {
    return new Delivery(0, offset, BATCH, bytes);
  }

  private static void cut(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(MillraceException.class)
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(ErrorCode.STREAM_CUT);
  }

  @Test
  void whoReadsTooSlowlyIsCutOffAndTold() throws InterruptedException {
    for (int i = 0; i < EventSubscription.MOST; i++) {
      assertThat(subscription.offer(delivery(i, 10))).isTrue();
    }
    assertThat(subscription.offer(delivery(1_000_000, 10))).isFalse();
    assertThat(subscription.offer(delivery(1_000_001, 10))).isFalse();
    cut(() -> subscription.take(Duration.ZERO));
    assertThat(subscription.free(Duration.ofHours(1))).isFalse();
    assertThat(subscription.free(Duration.ZERO)).isTrue();
  }

  @Test
  void whatWaitsIsBoundedInBytesButOneIsAlwaysTaken() throws InterruptedException {
    int large = (int) EventSubscription.MOST_BYTES + 1;
    assertThat(subscription.offer(delivery(0, large))).isTrue();
    Delivery taken = subscription.take(Duration.ZERO);
    assertThat(taken).isNotNull();
    assertThat(subscription.offer(delivery(1, large))).isTrue();
    assertThat(subscription.offer(delivery(2, 1))).isFalse();
    cut(() -> subscription.take(Duration.ZERO));
  }

  @Test
  void whatWaitsIsReadBeforeTheEndIsTold() throws InterruptedException {
    subscription.offer(delivery(7, 1));
    subscription.end(new MillraceException(ErrorCode.OVERLOADED, "The server stops"));
    Delivery last = subscription.take(Duration.ZERO);
    assertThat(last).isNotNull().extracting(Delivery::offset).isEqualTo(7L);
    assertThatThrownBy(() -> subscription.take(Duration.ZERO)).hasMessage("The server stops");
    subscription.close();
    assertThat(closed).containsExactly(subscription);
  }

  @Test
  void nothingInTimeIsNothing() throws InterruptedException {
    assertThat(subscription.take(Duration.ofMillis(1))).isNull();
  }
}
