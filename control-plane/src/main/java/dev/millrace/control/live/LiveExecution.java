package dev.millrace.control.live;

import dev.millrace.control.history.ExecutionStatus;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An execution that is not over, as the engine has it.
 *
 * @param status running or waiting
 * @param sequence number of the last batch of its events that is in here
 * @param json what the engine tells of it: {@code {id, workflowId, version, mode, status,
 *     startedAt, changedAt, parentId, node, waitsFor, sequence, stale}}; of one that was asked for
 *     by itself also {@code {retryOf, nodes, queued, timers, tasks, openExecutions, customData}}
 */
public record LiveExecution(
    String id,
    String workflowId,
    ExecutionStatus status,
    Instant startedAt,
    long sequence,
    Map<String, @Nullable Object> json) {}
