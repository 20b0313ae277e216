package dev.millrace.expression.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionSettings;
import dev.millrace.expression.Scopes;
import dev.millrace.expression.js.Block;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.SandboxPolicy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to JavaScript that needs too much memory. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MemoryLimitTest {
  private final FakeHeap heap = new FakeHeap();
  private final EvaluationScope scope = Scopes.of("{\"n\": 7}");
  private final Realms realms =
      new Realms(
          // Longer than the test may take, so that it is not the time that ends anything.
          ExpressionSettings.DEFAULT.withLimits(
              java.time.Duration.ofMinutes(10), java.time.Duration.ofMinutes(10)),
          (template, inner) -> null,
          heap);

  @AfterAll
  void close() {
    realms.close();
  }

  private static ErrorCode code(Throwable thrown) {
    return ((MillraceException) thrown).code();
  }

  /** Fills the heap as seen by the watchdog, until what runs has ended. */
  private void whileTheHeapFills(org.assertj.core.api.ThrowableAssert.ThrowingCallable runs) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    Thread filler =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              while (!over.isDone()) {
                heap.fill();
                java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
              }
            });
    try {
      assertThatThrownBy(runs)
          .isInstanceOf(MillraceException.class)
          .hasMessageContaining("memory")
          .satisfies(thrown -> assertThat(code(thrown)).isEqualTo(ErrorCode.SCRIPT_MEMORY));
    } finally {
      over.complete(null);
      join(filler);
      heap.clear();
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private CodeRunner.Run run(String code) {
    return realms.runCode(new CodeRunner.Request(code, scope, false, List.of()));
  }

  @Test
  void codeIsEndedAndTheNextRuns() {
    whileTheHeapFills(() -> run("while (true) { try { while (true) {} } catch (e) {} }"));

    assertThat(run("return [{json: {a: 1}}]").returned()).asString().contains("a=1");
  }

  @Test
  void anExpressionIsEndedAndTheNextIsEvaluated() {
    whileTheHeapFills(
        () -> realms.evaluate(Block.parse("(() => { while (true) {} })()"), scope, false));

    assertThat(realms.evaluate(Block.parse("[1, 2].map(x => x + $json.n)"), scope, false))
        .isEqualTo(List.of(8.0, 9.0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "return [{json: {a: 'x'.repeat(2**29).length}}]",
        "let s = 'xy'; while (true) { s += s; }",
        "return [{json: {a: 'x'.padEnd(2**29).length}}]",
        "return [{json: {a: new ArrayBuffer(2**31).byteLength}}]",
        "return [{json: {a: new ArrayBuffer(2**29).byteLength}}]",
        "return [{json: {a: new Float64Array(2**27).length}}]",
      })
  void oneHugeThingIsTheCodesOwnError(String code) {
    assertThatThrownBy(() -> run(code))
        .isInstanceOf(MillraceException.class)
        .satisfies(thrown -> assertThat(code(thrown)).isEqualTo(ErrorCode.CODE_FAILED));
  }

  /** The engine takes the options that bound memory only without the policy. */
  @Test
  void theContextIsOtherwiseWhatTheSandboxPolicyAsksFor() {
    try (Engine engine =
            Engine.newBuilder("js")
                .sandbox(SandboxPolicy.CONSTRAINED)
                .in(InputStream.nullInputStream())
                .out(OutputStream.nullOutputStream())
                .err(OutputStream.nullOutputStream())
                .option("engine.WarnInterpreterOnly", "false")
                .build();
        Context context =
            Realm.confined().engine(engine).sandbox(SandboxPolicy.CONSTRAINED).build()) {
      assertThat(context.eval("js", "typeof Java").asString()).isEqualTo("undefined");
    }
  }
}
