package dev.millrace.conformance;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Expected values that no parameter can hold (a Map, a typed array, a class). Each becomes an
 * expression that asks the sandbox itself whether the value is as expected.
 */
final class Probe {
  /** {@code numberExtensions.functions.format(100, [])}: an extension called by its own name. */
  private static final Pattern EXTENSION =
      Pattern.compile("\\w+Extensions\\.functions\\.(\\w+)\\((.+?), \\[(.*)]\\)");

  private Probe() {}

  /**
   * The question whether the expression's value is the expected one; null where the two can be
   * compared as they are.
   *
   * @param expression JavaScript, without braces around it
   */
  static @Nullable String question(@Nullable Object expected, String expression) {
    if (!(expected instanceof Map<?, ?> marked)) {
      return null;
    }
    String value = "(" + expression + ")";
    if (marked.get("$instance") instanceof String type) {
      return marked.get("byteLength") instanceof Number length
          ? instance(value, type) + " && " + value + ".byteLength === " + length.intValue()
          : "typeof "
              + type
              + " === 'function' ? "
              + instance(value, type)
              + " : "
              + namespace(value, type);
    }
    if (marked.get("$error") instanceof Map<?, ?> error
        && error.get("name") instanceof String type) {
      return instance(value, type)
          + " && "
          + value
          + ".name === "
          + text(type)
          + " && "
          + value
          + ".message === "
          + text(error.get("message"));
    }
    if (marked.get("$boxed") instanceof String type) {
      Object inner = marked.get("value");
      return instance(value, type)
          + " && "
          + value
          + ".valueOf() === "
          + (inner instanceof String ? text(inner) : inner);
    }
    if (marked.get("$regex") instanceof String source) {
      return instance(value, "RegExp")
          + " && "
          + value
          + ".source === "
          + text(source)
          + " && "
          + value
          + ".flags === "
          + text(marked.get("flags"));
    }
    if (marked.get("$map") instanceof List<?> entries && entries.isEmpty()) {
      return instance(value, "Map") + " && " + value + ".size === 0";
    }
    if (marked.get("$set") instanceof List<?> entries && entries.isEmpty()) {
      return instance(value, "Set") + " && " + value + ".size === 0";
    }
    if (marked.get("$class") instanceof String type
        && List.of("DateTime", "Interval", "Duration").contains(type)
        && expression.strip().equals(type)) {
      // Only the class of that name has the test for its own instances.
      return "typeof "
          + value
          + " === 'function' && typeof "
          + value
          + ".is"
          + type
          + " === 'function'";
    }
    if (marked.get("$computedBy") instanceof String other) {
      Matcher extension = EXTENSION.matcher(other);
      String computed =
          extension.matches()
              ? "("
                  + extension.group(2)
                  + ")."
                  + extension.group(1)
                  + "("
                  + extension.group(3)
                  + ")"
              : other.startsWith(".") ? other.substring(1) : other;
      return value + " !== undefined && " + value + " === (" + computed + ")";
    }
    return null;
  }

  private static String instance(String value, String type) {
    return value + " instanceof " + type;
  }

  /** {@code Math} and the like are objects with a name. */
  private static String namespace(String value, String type) {
    return "String(" + value + ") === " + text("[object " + type + "]");
  }

  private static String text(@Nullable Object value) {
    return "'" + String.valueOf(value).replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
