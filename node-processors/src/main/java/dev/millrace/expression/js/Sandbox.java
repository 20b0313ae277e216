package dev.millrace.expression.js;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an expression may not name. The context has no access to the host whatever an expression
 * says; these rules keep one evaluation from reaching the shared built-in objects behind the
 * values.
 */
public final class Sandbox {
  /** Property names that no expression may read or write, fixed or computed. */
  static final Set<String> DENIED_MEMBERS =
      Set.of(
          "__proto__",
          "prototype",
          "constructor",
          "getPrototypeOf",
          "setPrototypeOf",
          "getOwnPropertyDescriptor",
          "getOwnPropertyDescriptors",
          "defineProperty",
          "defineProperties",
          "mainModule",
          "binding",
          "_linkedBinding",
          "_load",
          "prepareStackTrace",
          "__defineGetter__",
          "__defineSetter__",
          "__lookupGetter__",
          "__lookupSetter__",
          "caller",
          "callee",
          "arguments",
          "getBuiltinModule",
          "$");

  private static final Pattern CONSTRUCTOR = Pattern.compile("\\.\\s*constructor");

  private Sandbox() {}

  /** An expression that names what it may not. The message says what. */
  public static final class ForbiddenException extends RuntimeException {
    ForbiddenException(String message) {
      super(message);
    }
  }

  /** Refuses text that mentions a constructor, inside a string too. */
  public static void checkText(String code) {
    if (CONSTRUCTOR.matcher(code).find()) {
      throw refusal("constructor");
    }
  }

  static void checkMember(String name) {
    if (DENIED_MEMBERS.contains(name)) {
      throw refusal(name);
    }
  }

  static void checkVariable(String name) {
    checkMember(name);
    if (name.indexOf(Printer.MARK) >= 0) {
      throw refusal(name);
    }
  }

  /** Whether no expression may use this as the name of a property. */
  public static boolean denied(String name) {
    return DENIED_MEMBERS.contains(name);
  }

  static ForbiddenException refusal(String name) {
    return new ForbiddenException("Cannot access \"" + name + "\" due to security concerns");
  }
}
