package dev.millrace.schedule;

import dev.millrace.item.Item;
import dev.millrace.node.TriggerNode;
import java.time.ZonedDateTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A trigger that fires by the clock. It only says when; the engine fires it, with {@link #item} of
 * the slot, in whichever process owns it.
 */
public interface ScheduledTrigger extends TriggerNode {
  /**
   * When a stored node fires. Called for each published version, and must be pure.
   *
   * @param parameters of the node, with their defaults filled in
   * @throws dev.millrace.error.MillraceException {@code INVALID_SCHEDULE} when they make no sense
   */
  Schedule schedule(Map<String, @Nullable Object> parameters, Jitter jitter);

  /** What the workflow starts with at a slot, given in the workflow's zone. */
  Item item(ZonedDateTime slot);
}
