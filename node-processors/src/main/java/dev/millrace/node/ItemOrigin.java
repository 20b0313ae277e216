package dev.millrace.node;

import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The recorded item that an item came from: one step back in its lineage.
 *
 * @param run which answered it
 * @param index its place in its output
 */
public record ItemOrigin(NodeRun run, int index, Item item) {
  /** A longer chain of steps is no lineage but a loop, which only damaged data has. */
  public static final int LONGEST_CHAIN = 10_000;

  /**
   * Where an item came from that came from one alone, as nearly all do; null where it is not that
   * simple, or not recorded.
   *
   * @param sources of the run that has the item in its input, or that answered it
   */
  public static @Nullable ItemOrigin of(
      ExecutionView execution, Item item, List<@Nullable Source> sources) {
    if (!(item.pairing() instanceof Pairing.One(PairedItem paired))) {
      return null;
    }
    Source source = source(paired, sources);
    NodeRun run = source == null ? null : execution.run(source.node(), source.run());
    if (source == null || run == null) {
      return null;
    }
    List<Item> items = run.output(source.output());
    return paired.item() < 0 || paired.item() >= items.size()
        ? null
        : new ItemOrigin(run, paired.item(), items.get(paired.item()));
  }

  /** Where a pointer leads: its own source, or that of the input that it names. */
  public static @Nullable Source source(PairedItem paired, List<@Nullable Source> sources) {
    if (paired.source() != null || paired.input() < 0 || paired.input() >= sources.size()) {
      return paired.source();
    }
    return sources.get(paired.input());
  }
}
