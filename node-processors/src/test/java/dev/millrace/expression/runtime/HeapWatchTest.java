package dev.millrace.expression.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapWatchTest {
  private final FakeHeap heap = new FakeHeap();
  private final HeapWatch watch = new HeapWatch(heap);
  private final Watchdog.Watched context =
      new Watchdog.Watched() {
        @Override
        public long deadline() {
          return 1;
        }

        @Override
        public Thread thread() {
          return Thread.currentThread();
        }

        @Override
        public void end(Watchdog.Reason why) {}
      };

  private boolean fills(long run) {
    return watch.fills(context, run, Thread.currentThread());
  }

  private boolean everFills(int looks, long kept, long dropped) {
    for (int i = 0; i < looks; i++) {
      if (fills(1)) {
        return true;
      }
      heap.allocate(kept, dropped);
      if (heap.used() > FakeHeap.CAPACITY) {
        // What a collector does by itself.
        heap.garbage = 0;
      }
      assertThat(heap.live).as("out of memory").isLessThan(FakeHeap.CAPACITY);
    }
    return false;
  }

  @Test
  void endsWhatKeepsAllThatItAllocates() {
    heap.live = 250;

    assertThat(everFills(1_000, 20, 0)).isTrue();
  }

  @Test
  void leavesRoomForAnArrayToGrowOnceMore() {
    heap.live = 100;

    assertThat(everFills(1_000, 20, 40)).isTrue();
    long held = heap.live - 100;
    assertThat(heap.live + 1.5 * held).isLessThan(FakeHeap.CAPACITY * 1.2);
  }

  @Test
  void sparesWhatOnlyMakesGarbageBesideALotOfLiveData() {
    heap.live = 700;

    assertThat(everFills(10_000, 0, 30)).isFalse();
    assertThat(heap.collections).isPositive();
  }

  @Test
  void sparesWhatKeepsLittle() {
    heap.live = 250;
    heap.allocate(150, 0);

    assertThat(everFills(1_000, 0, 30)).isFalse();
  }

  @Test
  void sparesWhatAllocatesNothingWhileOthersFillTheHeap() {
    fills(1);
    heap.live = 990;

    assertThat(fills(1)).isFalse();
    assertThat(heap.collections).isZero();
  }

  @Test
  void doesNotBlameARunForTheOneBefore() {
    fills(1);
    heap.allocate(900, 0);

    assertThat(fills(2)).isFalse();
    assertThat(fills(2)).isFalse();
  }

  @Test
  void doesNotCollectWhileMostIsFree() {
    assertThat(everFills(30, 10, 0)).isFalse();
    assertThat(heap.collections).isZero();
  }

  @Test
  void judgesNobodyWithoutACollection() {
    heap.collects = false;
    fills(1);
    heap.allocate(100, 850);

    assertThat(fills(1)).isFalse();
  }

  @Test
  void noticesGrowthFromWhatACollectionHasLeft() {
    heap.live = 100;
    heap.garbage = 850;
    fills(1);
    heap.garbage = 0;
    fills(1);
    heap.allocate(760, 0);

    assertThat(fills(1)).isTrue();
  }

  @Test
  void knowsTheMemoryOfThisProcess() {
    ProcessHeap process = new ProcessHeap();

    assertThat(process.capacity()).isGreaterThan(1 << 20);
    assertThat(process.used()).isBetween(0L, process.capacity());
    assertThat(process.collect()).isTrue();
    long before = process.allocatedBy(Thread.currentThread());
    byte[] held = new byte[1 << 20];
    assertThat(process.allocatedBy(Thread.currentThread()))
        .isGreaterThanOrEqualTo(before + held.length);
    assertThat(process.usedEverywhere()).isGreaterThan(held.length);
  }
}
