package dev.millrace.node;

import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.value.Coercion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Moves a node's failed items to its error output. */
public final class ErrorOutputRouting {
  private ErrorOutputRouting() {}

  /**
   * Takes the error items out of every output before the error output and appends them to it, each
   * with the JSON of the item that it was made from beneath its own. An error item has an error
   * object, or JSON that consists of {@code error} and at most {@code message} and {@code details}.
   *
   * @param sources where the items of each input came from
   * @param outputs what the node answered
   * @param errorOutput index of the error output, the number of the node's normal outputs
   * @param view the execution, which has the runs that {@code sources} name
   * @return the outputs with the error output present, empty where no item failed
   */
  public static List<@Nullable List<Item>> route(
      List<@Nullable List<Item>> inputs,
      List<@Nullable Source> sources,
      List<@Nullable List<Item>> outputs,
      int errorOutput,
      ExecutionView view) {
    List<@Nullable List<Item>> routed = new ArrayList<>(errorOutput + 1);
    List<Item> failed = new ArrayList<>();
    for (int i = 0; i < errorOutput; i++) {
      List<Item> output = i < outputs.size() ? outputs.get(i) : null;
      if (output == null || output.stream().noneMatch(ErrorOutputRouting::isError)) {
        routed.add(output);
        continue;
      }
      List<Item> good = new ArrayList<>(output.size());
      for (Item item : output) {
        if (isError(item)) {
          failed.add(withOrigin(item, inputs, sources, view));
        } else {
          good.add(item);
        }
      }
      routed.add(good);
    }
    List<Item> already = errorOutput < outputs.size() ? outputs.get(errorOutput) : null;
    if (already != null) {
      failed.addAll(already);
    }
    routed.add(failed);
    return routed;
  }

  /** Whether an item says that its node failed on it. */
  public static boolean isError(@Nullable Item item) {
    if (item == null) {
      return false;
    }
    if (item.error() != null) {
      return true;
    }
    Map<String, @Nullable Object> json = item.json();
    if (json.size() > 3 || !Coercion.toBoolean(json.get("error"))) {
      return false;
    }
    for (String key : json.keySet()) {
      if (!key.equals("error") && !key.equals("message") && !key.equals("details")) {
        return false;
      }
    }
    return true;
  }

  private static Item withOrigin(
      Item item,
      List<@Nullable List<Item>> inputs,
      List<@Nullable Source> sources,
      ExecutionView view) {
    Pairing pairing = item.pairing();
    if (pairing == null || pairing.all().isEmpty()) {
      return item;
    }
    Item origin = origin(pairing.all().get(0), inputs, sources, view);
    if (origin == null || origin.json().isEmpty()) {
      return item;
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>(origin.json());
    json.putAll(item.json());
    return item.withJson(json);
  }

  private static @Nullable Item origin(
      PairedItem paired,
      List<@Nullable List<Item>> inputs,
      List<@Nullable Source> sources,
      ExecutionView view) {
    Source source = paired.source();
    if (source == null && paired.input() >= 0 && paired.input() < sources.size()) {
      source = sources.get(paired.input());
    }
    NodeRun run = source == null ? null : view.run(source.node(), source.run());
    List<Item> candidates = null;
    if (run != null && source != null) {
      candidates = run.output(source.output());
    } else if (paired.input() >= 0 && paired.input() < inputs.size()) {
      candidates = inputs.get(paired.input());
    }
    return candidates != null && paired.item() >= 0 && paired.item() < candidates.size()
        ? candidates.get(paired.item())
        : null;
  }
}
