package dev.millrace.http;

/**
 * Makes HTTP calls for nodes. Thread-safe; blocks, so it is for effect workers. Bodies are streams
 * both ways.
 *
 * <p>Before a connection is made its address is checked, again for each redirect, and the
 * connection goes to the very address that was checked: a name that resolves to something else a
 * moment later gains nothing. Cookies are neither kept nor sent.
 *
 * <p>Delivery: a call is made once. Only a call with an idempotent method is repeated, once, when
 * the server closed a kept connection without an answer.
 */
public interface OutgoingHttp extends AutoCloseable {
  /**
   * Sends a request and follows redirects as it asks.
   *
   * @return the answer, whatever its status; the caller closes it
   * @throws OutgoingHttpException when there is no answer: the address is refused, nobody answers,
   *     in time or at all
   * @throws InterruptedException when the thread was interrupted; the connection is closed
   */
  HttpReply send(HttpCall call) throws InterruptedException;

  @Override
  void close();

  /** For processes that run no effects: every call fails. */
  static OutgoingHttp none() {
    return new OutgoingHttp() {
      @Override
      public HttpReply send(HttpCall call) {
        throw new IllegalStateException("this process makes no HTTP calls");
      }

      @Override
      public void close() {}
    };
  }
}
