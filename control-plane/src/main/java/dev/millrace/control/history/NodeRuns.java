package dev.millrace.control.history;

import java.time.Instant;

/**
 * Runs of nodes that one batch of events recorded.
 *
 * @param startedAt when the execution began: its day is where this lies
 * @param sequence number of the batch within the execution
 * @param json an array of {@code {"node", "run", "data"}} in UTF-8; each data is an entry of n8n's
 *     runData. Shared: it must not be changed
 */
public record NodeRuns(String executionId, Instant startedAt, long sequence, byte[] json) {}
