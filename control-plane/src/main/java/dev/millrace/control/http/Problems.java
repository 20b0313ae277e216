package dev.millrace.control.http;

import dev.millrace.error.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Errors as problem documents (RFC 9457). */
final class Problems {
  private static final String TYPE = "urn:millrace:error:";

  private Problems() {}

  /**
   * @param detail what happened, for people
   */
  static Answer of(ErrorCode code, String detail) {
    return Answer.json(status(code), Answer.PROBLEM, json(code, detail));
  }

  /** The document alone. */
  static Map<String, @Nullable Object> json(ErrorCode code, String detail) {
    Map<String, @Nullable Object> problem = new LinkedHashMap<>();
    problem.put("type", TYPE + code.code());
    problem.put("title", title(code));
    problem.put("status", (double) status(code));
    problem.put("code", code.code());
    problem.put("detail", detail);
    // What clients of n8n's API look for.
    problem.put("message", detail);
    problem.put("advice", code.advice());
    return problem;
  }

  /** A few words that say which error it is. */
  static String title(ErrorCode code) {
    return code.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** The status that a code is told with; what no endpoint expects goes by its kind. */
  static int status(ErrorCode code) {
    return switch (code) {
      case NOT_SIGNED_IN -> 401;
      case NOT_ALLOWED -> 403;
      case NOT_FOUND, UNKNOWN_EXECUTION, UNKNOWN_WORKFLOW -> 404;
      case WRONG_METHOD -> 405;
      case CONFLICT, WEBHOOK_CONFLICT, NOT_RETRYABLE -> 409;
      case BODY_TOO_LARGE, JSON_LIMIT, DATA_TABLES_FULL -> 413;
      case UNSUPPORTED_MEDIA_TYPE -> 415;
      case TOO_MANY_REQUESTS, TOO_MANY_STREAMS -> 429;
      default ->
          switch (code.kind()) {
            case USER -> 400;
            case EXTERNAL, RESOURCE -> 503;
            case INTERNAL -> 500;
          };
    };
  }
}
