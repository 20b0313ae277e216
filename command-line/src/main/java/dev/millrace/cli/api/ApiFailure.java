package dev.millrace.cli.api;

import org.jspecify.annotations.Nullable;

/**
 * A request that the server answered with an error. Its code may be one that this command does not
 * know: the server may be newer.
 */
public final class ApiFailure extends RuntimeException {
  private final int status;
  private final String code;

  private ApiFailure(int status, String code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /**
   * @param body of the answer: a problem document (RFC 9457), or whatever stands between answers
   */
  static ApiFailure of(int status, @Nullable Object body, String where) {
    JsonObject problem = JsonObject.of(body);
    String said =
        problem
            .given("detail")
            // n8n's form.
            .or(() -> problem.given("message"))
            .map(message -> problem.has("code") ? message : where + ": " + message)
            .orElse(where + " answered with the status " + status);
    return new ApiFailure(
        status,
        problem.text("code"),
        said + problem.given("advice").map(advice -> end(said) + " " + advice).orElse(""));
  }

  private static String end(String sentence) {
    return sentence.endsWith(".") ? "" : ".";
  }

  public int status() {
    return status;
  }

  /** Such as {@code MR-5004}; empty when the answer has none. */
  public String code() {
    return code;
  }

  /** What happened and what to do, with the code before it. */
  public String line() {
    String message = getMessage();
    return (code.isEmpty() ? "HTTP " + status : code) + " " + (message == null ? "" : message);
  }
}
