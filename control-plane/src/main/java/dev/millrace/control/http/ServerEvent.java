package dev.millrace.control.http;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One event of a stream.
 *
 * @param id by which a caller that lost its connection says how far it came; empty for one that
 *     cannot be gone on from
 * @param name what happened, such as {@code node.completed}
 */
public record ServerEvent(Optional<String> id, String name, Map<String, @Nullable Object> data) {
  /** One that cannot be gone on from. */
  public static ServerEvent of(String name, Map<String, @Nullable Object> data) {
    return new ServerEvent(Optional.empty(), name, data);
  }

  /** The same with an id. */
  public ServerEvent withId(String given) {
    return new ServerEvent(Optional.of(given), name, data);
  }
}
