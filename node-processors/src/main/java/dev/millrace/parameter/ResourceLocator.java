package dev.millrace.parameter;

import dev.millrace.node.Property;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The value behind {@code {__rl: true, mode, value}}. */
public final class ResourceLocator {
  private ResourceLocator() {}

  /** Whether a parameter value is a resource locator. */
  public static boolean is(@Nullable Object value) {
    return value instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("__rl"));
  }

  /** The locator's value; anything else is given back as it is. */
  public static @Nullable Object value(@Nullable Object value) {
    return value instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("__rl"))
        ? map.containsKey("value") ? map.get("value") : Undefined.UNDEFINED
        : value;
  }

  /**
   * The locator's value after the extraction pattern of its mode, such as the id within a URL.
   *
   * @throws dev.millrace.node.NodeException when the pattern does not match
   */
  public static @Nullable Object extract(Property property, @Nullable Object value) {
    Object found = value(value);
    if (!(value instanceof Map<?, ?> locator) || !is(value) || Undefined.orNull(found)) {
      return found;
    }
    if (property.extra().get("modes") instanceof List<?> modes) {
      for (Object mode : modes) {
        if (mode instanceof Map<?, ?> form
            && java.util.Objects.equals(form.get("name"), locator.get("mode"))
            && form.get("extractValue") instanceof Map<?, ?> rule
            && rule.get("regex") instanceof String regex) {
          Matcher matcher = Pattern.compile(regex).matcher(Coercion.toText(found));
          if (!matcher.find()) {
            throw new dev.millrace.node.NodeException(
                "The value \""
                    + Coercion.toText(found)
                    + "\" of \""
                    + property.displayName()
                    + "\" does not have the form that its mode \""
                    + locator.get("mode")
                    + "\" asks for");
          }
          return matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
        }
      }
    }
    return found;
  }
}
