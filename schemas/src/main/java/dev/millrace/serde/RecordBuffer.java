package dev.millrace.serde;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.BinaryEncoder;

/** Avro's binary encoding into memory that one thread writes record after record into. */
final class RecordBuffer extends BinaryEncoder {
  private static final int INITIAL = 512;

  /** A buffer that a rare large record made bigger than this is given back. */
  private static final int KEPT = 1 << 20;

  private static final int LONGEST_VARINT = 10;

  private byte[] bytes = new byte[INITIAL];
  private int size;

  void reset() {
    size = 0;
    if (bytes.length > KEPT) {
      bytes = new byte[INITIAL];
    }
  }

  /** A magic byte and four bytes of id, the highest first. */
  void writeHeader(byte magic, int id) {
    ensure(5);
    bytes[size++] = magic;
    bytes[size++] = (byte) (id >>> 24);
    bytes[size++] = (byte) (id >>> 16);
    bytes[size++] = (byte) (id >>> 8);
    bytes[size++] = (byte) id;
  }

  /** A copy of what was written. */
  byte[] take() {
    return Arrays.copyOf(bytes, size);
  }

  @Override
  public void writeBoolean(boolean value) {
    ensure(1);
    bytes[size++] = (byte) (value ? 1 : 0);
  }

  @Override
  public void writeInt(int value) {
    writeLong(value);
  }

  @Override
  public void writeLong(long value) {
    ensure(LONGEST_VARINT);
    long rest = (value << 1) ^ (value >> 63);
    int at = size;
    while ((rest & ~0x7FL) != 0) {
      bytes[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[at++] = (byte) rest;
    size = at;
  }

  @Override
  public void writeFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    ensure(Float.BYTES);
    for (int shift = 0; shift < Float.SIZE; shift += 8) {
      bytes[size++] = (byte) (bits >>> shift);
    }
  }

  @Override
  public void writeDouble(double value) {
    long bits = Double.doubleToRawLongBits(value);
    ensure(Double.BYTES);
    for (int shift = 0; shift < Double.SIZE; shift += 8) {
      bytes[size++] = (byte) (bits >>> shift);
    }
  }

  @Override
  public void writeFixed(byte[] source, int offset, int length) {
    ensure(length);
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
  }

  @Override
  public void writeString(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    writeLong(utf8.length);
    writeFixed(utf8, 0, utf8.length);
  }

  @Override
  protected void writeZero() {
    ensure(1);
    bytes[size++] = 0;
  }

  @Override
  public int bytesBuffered() {
    return 0;
  }

  @Override
  public void flush() {
    // Everything is where it belongs.
  }

  private void ensure(int more) {
    int needed = Math.addExact(size, more);
    if (needed > bytes.length) {
      // Doubling what is large already would cost more memory than the record itself.
      long larger = needed < KEPT ? 2L * needed : needed + needed / 4L;
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, larger));
    }
  }
}
