package dev.millrace.control.live;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where an execution stands when somebody begins to watch it.
 *
 * @param sequence number of the last batch of its events that is in here
 * @param over whether nothing more will happen
 * @param inEngine whether the engine told it; where it has nothing and history says that the
 *     execution goes on, history is late
 * @param json as callers see it
 */
record WatchedExecution(
    String workflowId,
    long sequence,
    boolean over,
    boolean inEngine,
    Map<String, @Nullable Object> json) {}
