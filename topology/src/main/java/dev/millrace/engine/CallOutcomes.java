package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.limit.Gate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the end of a call says of the service that was called. */
final class CallOutcomes {
  /** Failures before anything was sent, and those of the gates themselves. */
  private static final Set<String> NOT_OF_THE_SERVICE =
      Set.of(
          ErrorCode.INVALID_REQUEST.code(),
          ErrorCode.ADDRESS_REFUSED.code(),
          ErrorCode.MISSING_CREDENTIAL.code(),
          ErrorCode.CIRCUIT_OPEN.code(),
          ErrorCode.TOO_MANY_WAITING.code());

  private CallOutcomes() {}

  static Gate.Outcome of(Command.Outcome outcome) {
    return switch (outcome) {
      case Command.Outcome.Failed failed -> of(failed.error());
      case Command.Outcome.Answered answered -> ofItems(answered.output().outputs());
    };
  }

  /** A node that goes on after an error has it in its items: one that went well is enough. */
  private static Gate.Outcome ofItems(@Nullable List<? extends @Nullable List<Item>> outputs) {
    Gate.Outcome worst = Gate.Outcome.SUCCESS;
    if (outputs == null) {
      return worst;
    }
    for (List<Item> items : outputs) {
      for (int i = 0; items != null && i < items.size(); i++) {
        Map<String, @Nullable Object> error = items.get(i).error();
        if (error == null) {
          return Gate.Outcome.SUCCESS;
        }
        worst = of(error);
      }
    }
    return worst;
  }

  private static Gate.Outcome of(Map<String, @Nullable Object> error) {
    if (error.get("code") instanceof String code && NOT_OF_THE_SERVICE.contains(code)) {
      return Gate.Outcome.NONE;
    }
    int status = status(error.get("httpCode"));
    boolean callersFault =
        status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
    return callersFault ? Gate.Outcome.SUCCESS : Gate.Outcome.FAILURE;
  }

  private static int status(@Nullable Object code) {
    return switch (code) {
      case Number number -> number.intValue();
      case String text when text.matches("\\d{3}") -> Integer.parseInt(text);
      case null, default -> 0;
    };
  }
}
