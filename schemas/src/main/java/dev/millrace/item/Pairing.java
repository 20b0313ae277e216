package dev.millrace.item;

import java.util.List;

/** An item's lineage: the one input item that it came from, or several. Absent is null. */
public sealed interface Pairing {
  /** The pointers, in order. */
  List<PairedItem> all();

  static Pairing to(int item) {
    return new One(PairedItem.of(item));
  }

  static Pairing to(int item, int input) {
    return new One(PairedItem.of(item, input));
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
