package dev.millrace.node;

import dev.millrace.item.Item;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one run of a node answers.
 *
 * @param outputs the items of each output; a null output has no data. Null as a whole: the run
 *     produced nothing and is not recorded
 * @param context what changes in the node's context in this execution; null for nothing
 * @param response the answer for a caller that waits for one, or null
 * @param effects what user code left behind beside its items, or null
 * @param suspension what the run waits for, or null; only flow nodes may wait
 */
public record NodeOutput(
    @Nullable List<@Nullable List<Item>> outputs,
    @Nullable ContextChange context,
    @Nullable WebhookResponse response,
    @Nullable CodeEffects effects,
    @Nullable Suspension suspension) {

  /** Without effects of user code. */
  public NodeOutput(
      @Nullable List<@Nullable List<Item>> outputs,
      @Nullable ContextChange context,
      @Nullable WebhookResponse response) {
    this(outputs, context, response, null, null);
  }

  /** Nothing: the run is not recorded. */
  public static final NodeOutput NOTHING = new NodeOutput(null, null, null);

  /** One output. */
  public static NodeOutput of(List<Item> items) {
    return new NodeOutput(List.of(items), null, null);
  }

  /** Several outputs, in order. */
  public static NodeOutput ofOutputs(List<@Nullable List<Item>> outputs) {
    return new NodeOutput(outputs, null, null);
  }

  /** The same, with the node's context from now on. */
  public NodeOutput withContext(Map<String, @Nullable Object> newContext) {
    return withContext(new ContextChange.Whole(newContext));
  }

  public NodeOutput withContext(ContextChange change) {
    return new NodeOutput(outputs, change, response, effects, suspension);
  }

  public NodeOutput withResponse(WebhookResponse newResponse) {
    return new NodeOutput(outputs, context, newResponse, effects, suspension);
  }

  public NodeOutput withEffects(CodeEffects newEffects) {
    return new NodeOutput(outputs, context, response, newEffects, suspension);
  }

  /** The same, and the run is not over yet. */
  public NodeOutput waitingFor(Suspension newSuspension) {
    return new NodeOutput(outputs, context, response, effects, newSuspension);
  }
}
