package dev.millrace.node;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What user code did to its execution beside returning items.
 *
 * @param console lines that it logged
 * @param customData entries that it set with {@code $execution.customData}
 * @param staticData after a run by hand: the static data that its execution goes on with, which is
 *     kept nowhere else; null when the code did not change it
 */
public record CodeEffects(
    List<String> console,
    Map<String, String> customData,
    @Nullable Map<String, @Nullable Object> staticData) {

  public CodeEffects {
    console = List.copyOf(console);
    customData = Map.copyOf(customData);
  }

  /** Effects that came back from elsewhere, where the console stays. */
  public static CodeEffects returned(
      Map<String, String> customData, @Nullable Map<String, @Nullable Object> staticData) {
    return new CodeEffects(List.of(), customData, staticData);
  }
}
