package dev.millrace.expression.runtime;

import java.util.Map;
import java.util.WeakHashMap;

/**
 * Decides whether a running evaluation is about to fill the heap. Used by the watchdog's thread
 * only; an evaluation that ends before the watchdog looks costs nothing.
 *
 * <p>What is in use says little: most of it may be garbage. So an evaluation becomes suspect when
 * memory that outlives young collections has grown since it began, and is judged by what a full
 * collection leaves. From the second collection on it is known which share of what it allocates it
 * keeps, and with that how much it holds; one that only makes garbage holds nothing.
 */
final class HeapWatch {
  /** Of the heap's long-lived part: less in use than this is nobody's problem. */
  private static final double CALM = 0.4;

  /** How much more must be in use, of the long-lived part, before it is worth a collection. */
  private static final double STEP = 0.1;

  /** Live data over this share is the fault of whoever allocates. */
  private static final double FULL = 0.8;

  /** How much an array grows at once; until it is copied, the old one is needed as well. */
  private static final double ARRAY_GROWTH = 1.5;

  /** Keeping this share of what one allocates is not mere garbage any more. */
  private static final double KEEPS = 0.25;

  /** The memory of this process. Bytes throughout. */
  interface Heap {
    /** Size that the long-lived part can have; 0 or less when nobody knows. */
    long capacity();

    /** What is in use of the long-lived part, garbage included. */
    long used();

    /** Collects all garbage; false when that did not happen. Stops all threads for a while. */
    boolean collect();

    /** All that is in use; live data only, right after a collection. */
    long usedEverywhere();

    /** What a thread has allocated since it began. */
    long allocatedBy(Thread thread);
  }

  /** What is known of one evaluation. */
  private static final class Sight {
    final long run;
    final long allocatedBefore;
    long usedBefore;
    long live = -1;
    long allocated;
    boolean keeps;

    Sight(long run, long allocatedBefore, long usedBefore) {
      this.run = run;
      this.allocatedBefore = allocatedBefore;
      this.usedBefore = usedBefore;
    }
  }

  private final Heap heap;
  private final Map<Watchdog.Watched, Sight> sights = new WeakHashMap<>();

  HeapWatch(Heap heap) {
    this.heap = heap;
  }

  /** Whether so little is in use that nobody has to be watched closely. */
  boolean calm() {
    return heap.used() < heap.capacity() * CALM;
  }

  /**
   * Whether what runs has to be ended because it fills the heap. To be asked again and again.
   *
   * @param run which evaluation it is, different for each that the same context runs
   */
  boolean fills(Watchdog.Watched running, long run, Thread thread) {
    long capacity = heap.capacity();
    if (capacity <= 0) {
      return false;
    }
    long used = heap.used();
    Sight sight = sights.get(running);
    if (sight == null || sight.run != run) {
      sights.put(running, new Sight(run, heap.allocatedBy(thread), used));
      return false;
    }
    // Collections may have come meanwhile.
    sight.usedBefore = Math.min(sight.usedBefore, used);
    if (used < capacity * CALM || grown(sight, used) < capacity * STEP) {
      return false;
    }
    long allocated = heap.allocatedBy(thread) - sight.allocatedBefore;
    if (allocated < capacity * STEP) {
      // Somebody else's.
      sight.usedBefore = used;
      return false;
    }
    if (!heap.collect()) {
      return false;
    }
    return judge(sight, allocated, capacity);
  }

  /** Who seems to keep things is looked at before they have become old. */
  private long grown(Sight sight, long used) {
    return sight.keeps ? heap.usedEverywhere() - sight.live : used - sight.usedBefore;
  }

  private boolean judge(Sight sight, long allocated, long capacity) {
    long live = heap.usedEverywhere();
    boolean first = sight.live < 0;
    double kept =
        first
            ? 0
            : Math.clamp(
                (double) (live - sight.live) / Math.max(1, allocated - sight.allocated), 0, 1);
    long held = Math.min(live, (long) (kept * allocated));
    sight.keeps = first || kept > KEEPS;
    sight.usedBefore = heap.used();
    sight.live = live;
    sight.allocated = allocated;
    return live > capacity * FULL || live + ARRAY_GROWTH * held > capacity;
  }
}
