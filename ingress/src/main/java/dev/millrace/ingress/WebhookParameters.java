package dev.millrace.ingress;

import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stored parameters of a webhook, read with their expressions evaluated.
 *
 * @param node name of the node, for messages
 * @param evaluation what a template such as {@code ={{ $json.a }}} is
 */
record WebhookParameters(
    String node, Map<?, ?> values, Function<String, @Nullable Object> evaluation) {
  boolean has(String key) {
    Object value = values.get(key);
    return value != null && !value.equals("");
  }

  /** The value, null where there is none or its expression has none. */
  @Nullable Object raw(String key) {
    Object value = values.get(key);
    if (value instanceof String text && text.startsWith("=")) {
      value = evaluation.apply(text);
    }
    return Undefined.orNull(value) ? null : value;
  }

  String text(String key, String otherwise) {
    Object value = raw(key);
    return value == null ? otherwise : Coercion.toText(value);
  }

  boolean flag(String key) {
    return Coercion.toBoolean(raw(key));
  }

  /** The parameters below a key; none where there is no object. */
  WebhookParameters child(String key) {
    return below(raw(key));
  }

  WebhookParameters below(@Nullable Object value) {
    return new WebhookParameters(node, value instanceof Map<?, ?> map ? map : Map.of(), evaluation);
  }
}
