package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.TaskResult;
import dev.millrace.error.ErrorCode;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.serde.ItemRecords;
import dev.millrace.testing.ConstantExpressions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TaskRunnerTest {
  /** Waits for ever, and notes how long it was told that it may. */
  private static final class Endless implements EffectNode {
    private final NodeSpec spec =
        NodeSpec.type("test.endless").named("Endless", "Waits.").versions(1).build();
    private @Nullable Duration timeLeft;

    @Override
    public NodeSpec spec() {
      return spec;
    }

    @Override
    public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
      timeLeft = context.timeLeft();
      new CountDownLatch(1).await();
      return NodeOutput.NOTHING;
    }
  }

  private final Endless node = new Endless();

  private TaskRunner runner(Duration limit) {
    return new TaskRunner(
        NodeCatalogue.of(List.of(node)),
        new ConstantExpressions(),
        InstantSource.fixed(Instant.EPOCH),
        limit);
  }

  private static TaskRecord task(@Nullable Long limitMillis) {
    String workflow = "{\"nodes\":[{\"name\":\"N\",\"type\":\"test.endless\",\"typeVersion\":1}]}";
    return new TaskRecord(
        "e-1",
        "default",
        1,
        0,
        1,
        "trigger",
        Instant.EPOCH,
        ByteBuffer.wrap(workflow.getBytes(StandardCharsets.UTF_8)),
        ByteBuffer.wrap("{}".getBytes(StandardCharsets.UTF_8)),
        List.of(),
        List.of(),
        null,
        limitMillis,
        null);
  }

  private static @Nullable Object code(TaskRunner runner, TaskRecord task)
      throws InterruptedException {
    TaskResult result = (TaskResult) runner.run(task).getBody();
    return ItemRecords.fromJsonBytes(Objects.requireNonNull(result.getError())).get("code");
  }

  @Test
  void aCallIsInterruptedAtItsOwnLimitAndTheThreadGoesOn() throws InterruptedException {
    TaskRunner runner = runner(Duration.ofMinutes(30));
    assertThat(code(runner, task(30L))).isEqualTo(ErrorCode.NO_ANSWER_IN_TIME.code());
    assertThat(node.timeLeft).isLessThanOrEqualTo(Duration.ofMillis(30));
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(code(runner, task(30L))).isEqualTo(ErrorCode.NO_ANSWER_IN_TIME.code());
  }

  @Test
  void theWorkersLimitHoldsWhereTheNodesIsLonger() throws InterruptedException {
    assertThat(code(runner(Duration.ofMillis(30)), task(3_600_000L)))
        .isEqualTo(ErrorCode.NO_ANSWER_IN_TIME.code());
    assertThat(code(runner(Duration.ofMillis(30)), task(null)))
        .isEqualTo(ErrorCode.NO_ANSWER_IN_TIME.code());
  }

  @Test
  void aThreadThatIsStoppedHasNoResult() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> runner(Duration.ofMinutes(1)).run(task(null)))
        .isInstanceOf(InterruptedException.class);
  }
}
