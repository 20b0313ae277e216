package dev.millrace.item;

import java.util.List;
import java.util.stream.IntStream;

/** An item's lineage: the one input item that it came from, or several. Absent is null. */
public sealed interface Pairing {
  /** Nearly every item of every run points at one of these. */
  List<Pairing> FIRST =
      IntStream.range(0, 256).<Pairing>mapToObj(item -> new One(PairedItem.of(item))).toList();

  /** The pointers, in order. */
  List<PairedItem> all();

  static Pairing to(int item) {
    return item >= 0 && item < FIRST.size() ? FIRST.get(item) : new One(PairedItem.of(item));
  }

  static Pairing to(int item, int input) {
    return input == 0 ? to(item) : new One(PairedItem.of(item, input));
  }

  static Pairing to(List<PairedItem> items) {
    return new Many(items);
  }

  /** Written {@code {item, input?}} (or a bare number) in n8n's JSON. */
  record One(PairedItem item) implements Pairing {
    @Override
    public List<PairedItem> all() {
      return List.of(item);
    }
  }

  /** Written as an array in n8n's JSON. */
  record Many(List<PairedItem> all) implements Pairing {
    public Many {
      all = List.copyOf(all);
    }
  }
}
