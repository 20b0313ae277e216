package dev.millrace.serde;

import java.io.OutputStream;
import java.util.Arrays;

/** Memory that one thread writes record after record into. */
final class RecordBuffer extends OutputStream {
  private static final int INITIAL = 512;

  /** A buffer that a rare large record made bigger than this is given back. */
  private static final int KEPT = 1 << 20;

  private byte[] bytes = new byte[INITIAL];
  private int size;

  void reset() {
    size = 0;
    if (bytes.length > KEPT) {
      bytes = new byte[INITIAL];
    }
  }

  @Override
  public void write(int oneByte) {
    ensure(1);
    bytes[size++] = (byte) oneByte;
  }

  @Override
  public void write(byte[] source, int offset, int length) {
    ensure(length);
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
  }

  /** Four bytes, the highest first. */
  void writeInt(int value) {
    ensure(4);
    bytes[size++] = (byte) (value >>> 24);
    bytes[size++] = (byte) (value >>> 16);
    bytes[size++] = (byte) (value >>> 8);
    bytes[size++] = (byte) value;
  }

  /** A copy of what was written. */
  byte[] take() {
    return Arrays.copyOf(bytes, size);
  }

  private void ensure(int more) {
    int needed = Math.addExact(size, more);
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * needed));
    }
  }
}
