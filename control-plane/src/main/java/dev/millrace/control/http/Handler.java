package dev.millrace.control.http;

/** What an endpoint does. Runs in a virtual thread of its own, and may block. */
@FunctionalInterface
public interface Handler {
  /**
   * @throws dev.millrace.error.MillraceException told to the caller as a problem document
   */
  Answer handle(Call call);
}
