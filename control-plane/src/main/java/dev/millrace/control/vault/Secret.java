package dev.millrace.control.vault;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Bytes that nobody may see: never printed, compared in constant time, zeroed when closed. What the
 * virtual machine copied before, such as the text they came from, is out of its reach. Thread-safe.
 */
public final class Secret implements AutoCloseable {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] bytes;
  private boolean closed;

  private Secret(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Takes the bytes over: whoever gave them must not use them again. */
  public static Secret taking(byte[] bytes) {
    return new Secret(bytes);
  }

  /** The bytes of a text in UTF-8. */
  public static Secret of(String text) {
    return new Secret(text.getBytes(StandardCharsets.UTF_8));
  }

  public static Secret random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return new Secret(bytes);
  }

  /**
   * Lets the bytes be used. They must not be kept or changed.
   *
   * @throws IllegalStateException when closed
   */
  public synchronized <T> T use(Function<byte[], T> user) {
    if (closed) {
      throw new IllegalStateException("the secret is closed");
    }
    return user.apply(bytes);
  }

  /** The secret as text, for interfaces that take nothing else. */
  public String reveal() {
    return use(known -> new String(known, StandardCharsets.UTF_8));
  }

  public int length() {
    return bytes.length;
  }

  /** Zeroes the bytes. */
  @Override
  public synchronized void close() {
    closed = true;
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(bytes, secret.bytes);
  }

  /** The same for all, so that it tells nothing. */
  @Override
  public int hashCode() {
    return 1;
  }

  @Override
  public String toString() {
    return "***";
  }
}
