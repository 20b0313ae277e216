package dev.millrace.topology;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What each thread works on, in a mapped file: it outlives the process, though not the machine.
 *
 * <p>The file is a magic number and {@link #SLOTS} slots of a hash, a length and as many bytes of
 * text. A length of 0 says that nothing is being done. Each thread writes only its own slot.
 */
final class CrashSlots {
  private static final int SLOTS = 128;
  private static final int SLOT_BYTES = 512;
  private static final int LENGTH = 4;
  private static final int TEXT = 8;
  private static final long MAGIC = 0x4d52_534c_4f54_0001L;
  private static final int SIZE = SLOT_BYTES * (SLOTS + 1);

  private final MappedByteBuffer file;
  private final boolean damaged;
  private final List<String> found;
  private final Map<Thread, Integer> owned = new ConcurrentHashMap<>();
  private final List<Integer> free = new ArrayList<>();
  private volatile boolean closed;

  /** Reads what the process before has left in its slots. */
  CrashSlots(FileChannel channel) throws IOException {
    long size = channel.size();
    if (size > SIZE) {
      channel.truncate(SIZE);
    }
    file = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE);
    List<String> texts = new ArrayList<>();
    boolean wrong = size != 0 && (size != SIZE || file.getLong(0) != MAGIC);
    for (int slot = SLOTS; slot >= 1; slot--) {
      free.add(slot);
      int length = wrong ? 0 : file.getInt(at(slot) + LENGTH);
      if (length > 0 && length <= SLOT_BYTES - TEXT) {
        byte[] text = new byte[length];
        file.get(at(slot) + TEXT, text);
        if (Arrays.hashCode(text) == file.getInt(at(slot))) {
          texts.add(new String(text, StandardCharsets.UTF_8));
          continue;
        }
      }
      wrong |= length != 0;
    }
    damaged = wrong;
    found = List.copyOf(texts);
  }

  /** Whether some of the file could not be read. */
  boolean damaged() {
    return damaged;
  }

  /** What the process before was working on when it ended. */
  List<String> found() {
    return found;
  }

  /** Empties all slots, which begins the work of this process. */
  void clear() {
    file.put(0, new byte[SIZE]);
    file.putLong(0, MAGIC);
  }

  /** The calling thread begins to work on something. */
  void begin(String text) {
    int slot = slot();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (slot == 0 || closed || bytes.length > SLOT_BYTES - TEXT) {
      return;
    }
    int at = at(slot);
    file.put(at + TEXT, bytes);
    file.putInt(at, Arrays.hashCode(bytes));
    // Whoever sees the length sees the text.
    VarHandle.releaseFence();
    file.putInt(at + LENGTH, bytes.length);
  }

  /** The calling thread works on nothing. */
  void end() {
    int slot = slot();
    if (slot != 0) {
      file.putInt(at(slot) + LENGTH, 0);
    }
  }

  /** Empties all slots for good: what is still going on ends with a stop that was asked for. */
  void close() {
    closed = true;
    clear();
  }

  private int slot() {
    Integer known = owned.get(Thread.currentThread());
    return known == null ? newSlot() : known;
  }

  /** 0 when there are more threads than slots: those are not watched. */
  private synchronized int newSlot() {
    owned
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !entry.getKey().isAlive() && entry.getValue() != 0;
          if (gone) {
            free.add(entry.getValue());
          }
          return gone;
        });
    int slot = free.isEmpty() ? 0 : free.removeLast();
    owned.put(Thread.currentThread(), slot);
    return slot;
  }

  private static int at(int slot) {
    return slot * SLOT_BYTES;
  }
}
