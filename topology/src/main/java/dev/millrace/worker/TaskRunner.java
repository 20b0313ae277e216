package dev.millrace.worker;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.TaskResult;
import dev.millrace.engine.Budget;
import dev.millrace.engine.RunErrors;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.ContextChange;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NoRuns;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeOutput;
import dev.millrace.serde.ItemRecords;
import dev.millrace.workflow.WorkflowDocument;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes one run of a node that reaches outside: a task in, the command with its result out. Knows
 * nothing of where tasks come from. Shared by all worker threads.
 */
public final class TaskRunner {
  /**
   * Most bytes of items in an answer, as in the engine; a larger one would only be refused there.
   */
  private static final long MAX_ANSWER_BYTES = Budget.DEFAULT.bytesPerRun();

  private final NodeCatalogue catalogue;
  private final ExpressionEngine expressions;
  private final InstantSource clock;
  private final Duration timeLimit;
  private final CallAlarms alarms = new CallAlarms();

  /**
   * @param timeLimit of one run, which is interrupted then; a node's own may be shorter
   */
  public TaskRunner(
      NodeCatalogue catalogue,
      ExpressionEngine expressions,
      InstantSource clock,
      Duration timeLimit) {
    this.catalogue = catalogue;
    this.expressions = expressions;
    this.clock = clock;
    this.timeLimit = timeLimit;
  }

  /**
   * Runs the node on the calling thread, which may be a virtual one.
   *
   * <p>Delivery: at least once, and so is the command that it returns; the engine takes the first.
   *
   * @return the result, whether the node answered or failed
   * @throws InterruptedException when the thread was interrupted: there is no result
   */
  public CommandRecord run(TaskRecord task) throws InterruptedException {
    long began = System.nanoTime();
    Duration limit = timeLimit(task);
    CallAlarms.Alarm alarm = alarms.set(limit);
    TaskResult result;
    try (alarm) {
      NodeOutput output = answer(task, began);
      result = answered(task, output, micros(began));
    } catch (Throwable thrown) {
      if (alarm.rang()) {
        result = failed(task, tooLong(limit), micros(began));
      } else if (thrown instanceof InterruptedException stopped) {
        throw stopped;
      } else if (Thread.interrupted()) {
        // A library told of the interruption in its own way.
        throw (InterruptedException) new InterruptedException().initCause(thrown);
      } else {
        result = failed(task, thrown, micros(began));
      }
    }
    return command(task, result);
  }

  private Duration timeLimit(TaskRecord task) {
    Long own = task.getTimeLimitMillis();
    return own == null || own >= timeLimit.toMillis() ? timeLimit : Duration.ofMillis(own);
  }

  private static MillraceException tooLong(Duration limit) {
    return new MillraceException(
        ErrorCode.NO_ANSWER_IN_TIME,
        "the call took longer than " + limit.toMillis() / 1_000.0 + " s");
  }

  /** The result of a task that nobody can run: it was tried too often. */
  public CommandRecord giveUp(TaskRecord task, int deliveries, @Nullable Throwable last) {
    MillraceException reason =
        new MillraceException(
            ErrorCode.TASK_ABANDONED,
            "the call was begun "
                + deliveries
                + " times and never came to an end"
                + (last == null ? "" : ", the last time with " + last));
    return command(task, failed(task, reason, 0));
  }

  /**
   * The workflow of a task, with its one node.
   *
   * @throws MillraceException when the task holds none: no result can be made for it
   */
  static WorkflowDocument workflow(TaskRecord task) {
    WorkflowDocument workflow = WorkflowDocument.parse(ItemRecords.bytes(task.getWorkflow()));
    if (workflow.nodes().size() != 1) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_RECORD,
          "the task has " + workflow.nodes().size() + " nodes instead of one");
    }
    return workflow;
  }

  private NodeOutput answer(TaskRecord task, long began) throws Exception {
    WorkflowDocument workflow = workflow(task);
    TaskCall call =
        new TaskCall(
            task,
            workflow.nodes().getFirst(),
            new NoRuns(
                task.getExecutionId(),
                TaskCall.mode(task),
                workflow,
                TaskCall.context(task),
                TaskCall.variables(task)),
            catalogue,
            expressions);
    if (!(catalogue.find(call.node().type()).orElse(null) instanceof EffectNode node)) {
      throw new MillraceException(
          ErrorCode.UNKNOWN_NODE_TYPE,
          "this worker has no node of the type \"" + call.node().type() + "\"");
    }
    NodeOutput output = node.run(call, new Context(task, began));
    List<@Nullable List<Item>> outputs = output.outputs();
    long bytes = outputs == null ? 0 : Item.size(outputs);
    if (bytes > MAX_ANSWER_BYTES) {
      throw new MillraceException(
          ErrorCode.BATCH_TOO_LARGE,
          "the node answered "
              + bytes
              + " bytes of items and files, more than the limit of "
              + MAX_ANSWER_BYTES);
    }
    return output;
  }

  private final class Context implements EffectContext {
    private final TaskRecord task;
    private final long began;

    Context(TaskRecord task, long began) {
      this.task = task;
      this.began = began;
    }

    @Override
    public String idempotencyKey(int itemIndex) {
      // Of the first attempt: what it did may be known there, though its answer was a failure here.
      int firstCall = task.getCall() - task.getAttempt() + 1;
      return task.getExecutionId() + "-" + firstCall + "-" + itemIndex;
    }

    @Override
    public Duration timeLeft() {
      Duration left = timeLimit(task).minusNanos(System.nanoTime() - began);
      return left.isNegative() ? Duration.ZERO : left;
    }
  }

  private static TaskResult answered(TaskRecord task, NodeOutput output, long micros) {
    List<@Nullable List<Item>> outputs = output.outputs();
    ContextChange context = output.context();
    return new TaskResult(
        task.getCall(),
        micros,
        outputs == null ? null : ItemRecords.ofPorts(outputs),
        context == null ? null : ItemRecords.jsonBytes(context.applyTo(TaskCall.context(task))),
        null,
        null,
        null);
  }

  private static TaskResult failed(TaskRecord task, Throwable thrown, long micros) {
    String node = workflow(task).nodes().getFirst().name();
    return new TaskResult(
        task.getCall(),
        micros,
        null,
        null,
        ItemRecords.jsonBytes(RunErrors.of(thrown, node)),
        null,
        null);
  }

  private CommandRecord command(TaskRecord task, TaskResult result) {
    return new CommandRecord(task.getExecutionId(), task.getTenant(), clock.instant(), result);
  }

  private static long micros(long began) {
    return (System.nanoTime() - began) / 1_000;
  }
}
