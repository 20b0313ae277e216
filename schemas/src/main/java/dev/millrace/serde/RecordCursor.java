package dev.millrace.serde;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads Avro's binary encoding out of an array. What does not fit the array is refused with an
 * {@link IllegalArgumentException} before anything is allocated for it.
 */
final class RecordCursor {
  private static final int LONGEST_VARINT = 10;

  private final byte[] bytes;
  private int at;

  RecordCursor(byte[] bytes, int from) {
    this.bytes = bytes;
    this.at = from;
  }

  boolean atEnd() {
    return at == bytes.length;
  }

  long readLong() {
    long value = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
      if (at == bytes.length) {
        throw new IllegalArgumentException("a number is cut off at the end");
      }
      byte next = bytes[at++];
      value |= (next & 0x7FL) << (7 * i);
      if (next >= 0) {
        return (value >>> 1) ^ -(value & 1);
      }
    }
    throw new IllegalArgumentException("a number has more than 10 bytes");
  }

  int readInt() {
    long value = readLong();
    if ((int) value != value) {
      throw new IllegalArgumentException(value + " where an int belongs");
    }
    return (int) value;
  }

  boolean readBoolean() {
    int place = skip(1);
    return bytes[place] == 1;
  }

  double readDouble() {
    return Double.longBitsToDouble(littleEndian(skip(Double.BYTES)));
  }

  private long littleEndian(int place) {
    long bits = 0;
    for (int i = Long.BYTES - 1; i >= 0; i--) {
      bits = bits << Byte.SIZE | (bytes[place + i] & 0xFF);
    }
    return bits;
  }

  String readString() {
    int length = readLength();
    return new String(bytes, skip(length), length, StandardCharsets.UTF_8);
  }

  /** A copy, which may be kept. */
  ByteBuffer readBytes() {
    byte[] copy = new byte[readLength()];
    System.arraycopy(bytes, skip(copy.length), copy, 0, copy.length);
    return ByteBuffer.wrap(copy);
  }

  /**
   * How many elements the next block of an array or map has, 0 after the last. Each takes a byte at
   * least in our schemas, so there cannot be more than bytes.
   */
  int readBlock() {
    long count = readLong();
    if (count < 0) {
      // Then the block's size in bytes follows, for readers that skip it.
      count = -count;
      readLong();
    }
    if (count < 0 || count > bytes.length - at) {
      throw new IllegalArgumentException("a block says that it has " + count + " elements");
    }
    return (int) count;
  }

  private int readLength() {
    long length = readLong();
    if (length < 0 || length > bytes.length - at) {
      throw new IllegalArgumentException("a value says that it has " + length + " bytes");
    }
    return (int) length;
  }

  /** Moves on and returns where it was. */
  private int skip(int count) {
    if (count > bytes.length - at) {
      throw new IllegalArgumentException("it ends too early");
    }
    int from = at;
    at += count;
    return from;
  }
}
