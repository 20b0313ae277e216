package dev.millrace.control.db;

import java.security.SecureRandom;

/** Ids of what the control plane keeps. Thread-safe. */
public final class Ids {
  private static final String LETTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int LENGTH = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  /** A new id of 16 letters and digits, as n8n's ids are: 95 bits that nobody can guess. */
  public static String next() {
    return random(LENGTH);
  }

  /** Random letters and digits, each worth 5.95 bits. */
  public static String random(int length) {
    StringBuilder id = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      id.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
    }
    return id.toString();
  }
}
