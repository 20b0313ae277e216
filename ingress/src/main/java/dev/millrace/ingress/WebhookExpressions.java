package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NoRuns;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates the expressions in a webhook's parameters. Thread-safe; requests are served on virtual
 * threads, JavaScript wants platform threads, so it has two of its own while they are needed.
 */
final class WebhookExpressions implements AutoCloseable {
  private static final int WAITING = 1000;

  private final ExpressionEngine engine;
  private final InstantSource clock;
  private final ThreadPoolExecutor threads;

  /** The engine stays the caller's. */
  WebhookExpressions(ExpressionEngine engine, InstantSource clock) {
    this.engine = engine;
    this.clock = clock;
    this.threads =
        new ThreadPoolExecutor(
            2,
            2,
            60,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name("millrace-webhook-expressions-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs work that evaluates templates.
   *
   * @throws RequestRefused 429 when too many calls wait for this
   * @throws MillraceException what the work threw
   */
  <T> T evaluating(Supplier<T> work) throws InterruptedException {
    Future<T> result;
    try {
      result = threads.submit(work::get);
    } catch (RejectedExecutionException full) {
      throw new RequestRefused(
              429, ErrorCode.OVERLOADED, "Too many calls wait for their webhook's expressions")
          .withHeader("retry-after", "1");
    }
    try {
      return result.get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof MillraceException told) {
        throw told;
      }
      throw new IllegalStateException(failed.getCause());
    }
  }

  /**
   * What templates evaluate to for a node, before it has run.
   *
   * @param item the request's item, null before there is a request
   */
  Function<String, @Nullable Object> of(
      WorkflowDocument workflow, WorkflowNode node, String executionId, @Nullable Item item) {
    EvaluationScope scope =
        new EvaluationScope(
            new NoRuns(executionId, ExecutionMode.WEBHOOK, workflow, Map.of()),
            node,
            0,
            item == null ? -1 : 0,
            item == null ? List.of() : List.of(List.of(item)),
            List.of(),
            clock.instant(),
            (name, index) -> workflow.node(name).map(WorkflowNode::parameters).orElseGet(Map::of),
            Map.of());
    return template -> engine.compile(template).evaluate(scope);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
