package dev.millrace.ingress;

import dev.millrace.avro.CommandRecord;
import dev.millrace.error.MillraceException;
import org.jspecify.annotations.Nullable;

/** Sends commands to the engine. Thread-safe. */
public interface CommandSender {
  /** Told once how a command fared. It runs on the sender's thread and must not block. */
  @FunctionalInterface
  interface Outcome {
    /**
     * @param error null when the command is safely stored; otherwise why it may not be. After an
     *     error the command can still have arrived.
     */
    void done(@Nullable MillraceException error);
  }

  /**
   * Sends one command, at most once per call.
   *
   * @throws MillraceException {@code BATCH_TOO_LARGE} or {@code BROKER_UNAVAILABLE} when it cannot
   *     even be queued; the outcome is not told then
   */
  void send(CommandRecord command, Outcome outcome);
}
