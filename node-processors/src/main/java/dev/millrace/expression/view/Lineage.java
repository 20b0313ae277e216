package dev.millrace.expression.view;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionException;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.node.ItemOrigin;
import dev.millrace.node.NodeRun;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Follows an item's lineage back to the item of another node that it came from. */
final class Lineage {
  /** A place in the recorded runs. */
  private record Place(Source source, int item) {}

  /** Where a search ended: an item, or the reason why there is none. */
  private record Found(@Nullable Item item, @Nullable ExpressionException reason) {}

  private static final Found PENDING = new Found(null, null);

  private final EvaluationScope scope;
  private final String target;
  private final String method;
  private final Map<Place, Found> seen = new HashMap<>();

  /**
   * @param target the node whose item is asked for
   * @param method the name by which the user asked, for messages
   */
  Lineage(EvaluationScope scope, String target, String method) {
    this.scope = scope;
    this.target = target;
    this.method = method;
  }

  /** The target's item that one item of the active node's input came from. */
  Item resolve(Item start, List<@Nullable Source> sources) {
    Found found = follow(start.pairing(), sources, scope.node().name());
    if (found.item() == null) {
      throw found.reason() == null ? noInfo(scope.node().name()) : found.reason();
    }
    return found.item();
  }

  /**
   * The target's item where each item on the way came from one alone, as nearly all do: that way
   * needs no memory of places. Null when it is not that simple, or longer than any real one.
   */
  @Nullable Item chain(Item start, List<@Nullable Source> startSources) {
    Item item = start;
    List<@Nullable Source> sources = startSources;
    for (int step = 0; step < ItemOrigin.LONGEST_CHAIN; step++) {
      ItemOrigin origin = ItemOrigin.of(scope.execution(), item, sources);
      if (origin == null) {
        return null;
      }
      item = origin.item();
      if (origin.run().node().equals(target)) {
        return item;
      }
      sources = origin.run().sources();
    }
    return null;
  }

  // Two items with the same content are still two matches.
  @SuppressWarnings("ReferenceEquality")
  private Found follow(@Nullable Pairing pairing, List<@Nullable Source> sources, String node) {
    if (pairing == null || pairing.all().isEmpty()) {
      return new Found(null, noInfo(node));
    }
    Item one = null;
    ExpressionException reason = null;
    for (PairedItem paired : pairing.all()) {
      Source source = ItemOrigin.source(paired, sources);
      Found found =
          source == null ? new Found(null, noInfo(node)) : at(new Place(source, paired.item()));
      if (found.item() == null) {
        reason = reason == null ? found.reason() : reason;
      } else if (one != null && one != found.item()) {
        return new Found(null, multiple());
      } else {
        one = found.item();
      }
      if (reason != null && reason.type().equals("paired_item_multiple_matches")) {
        return new Found(null, reason);
      }
    }
    return new Found(one, one == null ? reason : null);
  }

  private Found at(Place place) {
    Found known = seen.get(place);
    if (known != null) {
      return known;
    }
    // A loop in the lineage, which only damaged data has, ends here.
    seen.put(place, PENDING);
    Found found = lookUp(place);
    seen.put(place, found);
    return found;
  }

  private Found lookUp(Place place) {
    Source source = place.source();
    NodeRun run = scope.execution().run(source.node(), source.run());
    if (run == null) {
      return new Found(null, noInfo(source.node()));
    }
    List<Item> items = run.output(source.output());
    if (place.item() < 0 || place.item() >= items.size()) {
      return new Found(null, noInfo(source.node()));
    }
    Item item = items.get(place.item());
    return source.node().equals(target)
        ? new Found(item, null)
        : follow(item.pairing(), run.sources(), source.node());
  }

  private ExpressionException noInfo(String node) {
    boolean pinned = scope.execution().mode().isManual() && scope.execution().pinned(node) != null;
    return ExpressionException.reference(
        pinned
            ? "Using the "
                + method
                + " method doesn't work with pinned data in this scenario. Please unpin '"
                + node
                + "' and try again."
            : "Paired item data for item from node '"
                + node
                + "' is unavailable. Ensure '"
                + node
                + "' is providing the required output.",
        "paired_item_no_info",
        node,
        pinned ? "pairedItemNoInfoPinned" : "pairedItemNoInfo");
  }

  private ExpressionException multiple() {
    return ExpressionException.reference(
        "Multiple matches found",
        "paired_item_multiple_matches",
        target,
        "pairedItemMultipleMatches");
  }
}
