package dev.millrace.cli;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.PrintWriter;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** What scripts go by. */
public final class ExitCodes {
  public static final int DONE = 0;
  public static final int FAILED = 1;
  public static final int WRONG_USE = 2;
  public static final int NOT_SIGNED_IN = 3;
  public static final int NOT_FOUND = 4;

  private ExitCodes() {}

  /** The exit code of a failure; empty for one that these commands do not know. */
  static OptionalInt of(Throwable failure) {
    return switch (failure) {
      case ApiFailure answered ->
          OptionalInt.of(
              switch (answered.status()) {
                case 401 -> NOT_SIGNED_IN;
                case 404 -> NOT_FOUND;
                default -> FAILED;
              });
      case MillraceException known ->
          OptionalInt.of(
              switch (known.code()) {
                case NOT_SIGNED_IN -> NOT_SIGNED_IN;
                case NOT_FOUND -> NOT_FOUND;
                case WRONG_USE -> WRONG_USE;
                default -> FAILED;
              });
      default -> OptionalInt.empty();
    };
  }

  /** What a failure is told with; a defect is told with its class alone. */
  static String line(Throwable failure) {
    return switch (failure) {
      case ApiFailure answered -> Table.shown(answered.line());
      case MillraceException known -> {
        String text = known.text();
        yield known.code().code()
            + " "
            + text
            + (text.endsWith(".") ? " " : ". ")
            + known.code().advice();
      }
      default -> ErrorCode.INTERNAL.code() + " " + failure;
    };
  }

  /**
   * Does the same to several things. What fails is told and the rest is done, unless nobody is
   * signed in.
   *
   * @return the exit code of the failures when they have one in common, else that something failed
   */
  static int each(List<String> ids, PrintWriter err, Consumer<String> work) {
    int exit = DONE;
    for (String id : ids) {
      try {
        work.accept(id);
      } catch (ApiFailure failure) {
        if (failure.status() == 401) {
          throw failure;
        }
        err.println(id + ": " + line(failure));
        int its = of(failure).orElse(FAILED);
        exit = exit == DONE || exit == its ? its : FAILED;
      }
    }
    err.flush();
    return exit;
  }
}
