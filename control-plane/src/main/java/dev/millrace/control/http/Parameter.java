package dev.millrace.control.http;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A value of the query that an endpoint knows.
 *
 * @param about one line for people
 */
public record Parameter(String name, Schema schema, String about) {
  /** How many rows a page has at most. */
  public static Parameter limit(int most) {
    return new Parameter("limit", Schema.whole(1, most), "How many a page has at most");
  }

  /** Where a page begins. */
  public static Parameter cursor() {
    return new Parameter(
        "cursor", Schema.text(2048), "Where the page begins: nextCursor of the one before");
  }

  public static Parameter text(String name, String about) {
    return new Parameter(name, Schema.text(2048), about);
  }

  public static Parameter flag(String name, String about) {
    return new Parameter(name, Schema.flag(), about);
  }

  /** A moment in ISO 8601. */
  public static Parameter time(String name, String about) {
    return new Parameter(name, Schema.time(), about);
  }

  /** Says what is wrong with the text that a query has for it, empty when nothing is. */
  Optional<String> refusal(String text) {
    return schema.refusal(value(text), name);
  }

  /** What the text stands for: a query has nothing but texts. */
  private @Nullable Object value(String text) {
    return switch (schema) {
      case Schema.Whole whole -> number(text);
      case Schema.Decimal decimal -> number(text);
      case Schema.Flag flag ->
          switch (text) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> text;
          };
      default -> text;
    };
  }

  private static Object number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException none) {
      return text;
    }
  }
}
