package dev.millrace.expression.runtime;

/** A heap of 1000 bytes that a test fills. */
final class FakeHeap implements HeapWatch.Heap {
  static final long CAPACITY = 1_000;

  long live;
  long garbage;
  long allocated;
  int collections;
  boolean collects = true;

  synchronized void allocate(long kept, long dropped) {
    live += kept;
    garbage += dropped;
    allocated += kept + dropped;
  }

  /** A little more is kept, up to nearly everything. */
  synchronized void fill() {
    allocate(live < CAPACITY - 50 ? 1 : 0, 1);
  }

  synchronized void clear() {
    live = 0;
    garbage = 0;
  }

  @Override
  public synchronized long capacity() {
    return CAPACITY;
  }

  @Override
  public synchronized long used() {
    return live + garbage;
  }

  @Override
  public synchronized boolean collect() {
    if (collects) {
      collections++;
      garbage = 0;
    }
    return collects;
  }

  @Override
  public synchronized long usedEverywhere() {
    return live + garbage;
  }

  @Override
  public synchronized long allocatedBy(Thread thread) {
    return allocated;
  }
}
