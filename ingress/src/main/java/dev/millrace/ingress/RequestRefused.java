package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.LinkedHashMap;
import java.util.Map;

/** A request that is answered with an error before anything was sent. */
final class RequestRefused extends MillraceException {
  private final int status;
  private final boolean close;
  private final Map<String, String> headers = new LinkedHashMap<>();

  RequestRefused(int status, ErrorCode code, String message) {
    this(status, code, message, false);
  }

  /**
   * @param close whether the body was not read to its end, so that the connection cannot be used
   *     again
   */
  RequestRefused(int status, ErrorCode code, String message, boolean close) {
    super(code, message);
    this.status = status;
    this.close = close;
  }

  RequestRefused withHeader(String name, String value) {
    headers.put(name, value);
    return this;
  }

  HttpAnswer answer() {
    HttpAnswer answer = HttpAnswer.error(status, code(), text(), null);
    for (Map.Entry<String, String> header : headers.entrySet()) {
      answer = answer.withHeader(header.getKey(), header.getValue());
    }
    return close ? answer.closing() : answer;
  }

  /** Refusals are answers to bad input, as frequent as callers like: no stack trace. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
