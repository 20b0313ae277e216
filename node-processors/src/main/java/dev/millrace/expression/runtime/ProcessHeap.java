package dev.millrace.expression.runtime;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The heap of this process, as the virtual machine tells it. */
final class ProcessHeap implements HeapWatch.Heap {
  private final List<MemoryPoolMXBean> pools =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .toList();

  // Every collector has one pool with a usage threshold, or some of which the largest is meant: the
  // one for what survives.
  private final @Nullable MemoryPoolMXBean old =
      pools.stream()
          .filter(MemoryPoolMXBean::isUsageThresholdSupported)
          .max(Comparator.comparingLong(pool -> pool.getUsage().getMax()))
          .orElse(null);

  private final List<GarbageCollectorMXBean> collectors =
      ManagementFactory.getGarbageCollectorMXBeans();

  private final com.sun.management.@Nullable ThreadMXBean threads =
      ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean known
              && known.isThreadAllocatedMemorySupported()
              && known.isThreadAllocatedMemoryEnabled()
          ? known
          : null;

  @Override
  public long capacity() {
    return old == null || threads == null ? 0 : old.getUsage().getMax();
  }

  @Override
  public long used() {
    return old == null ? 0 : old.getUsage().getUsed();
  }

  @Override
  public boolean collect() {
    long before = collections();
    System.gc();
    // It does nothing where explicit collection is switched off.
    return collections() > before;
  }

  @Override
  public long usedEverywhere() {
    return pools.stream().mapToLong(pool -> pool.getUsage().getUsed()).sum();
  }

  @Override
  public long allocatedBy(Thread thread) {
    return threads == null ? 0 : threads.getThreadAllocatedBytes(thread.threadId());
  }

  private long collections() {
    return collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
  }
}
