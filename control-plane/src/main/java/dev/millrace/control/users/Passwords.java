package dev.millrace.control.users;

import dev.millrace.control.http.Call;
import dev.millrace.control.http.Schema;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Passwords as argon2id hashes, in the form that other programs write them in ({@code
 * $argon2id$v=19$m=…}). Thread-safe; a hash takes 19 MiB and some 50 ms, and few are made at a
 * time.
 */
public final class Passwords {
  /** What OWASP names as the least, for memory, passes and lanes. */
  private static final int MEMORY_KIB = 19 * 1024;

  private static final int PASSES = 2;
  private static final int LANES = 1;
  private static final int SALT = 16;
  private static final int HASH = 32;
  private static final int SHORTEST = 8;
  private static final int LONGEST = 128;

  /** A new password. */
  static final Schema SCHEMA = Schema.text(LONGEST);

  /** Everybody who signs in at the same time would else fill the heap. */
  private static final int AT_A_TIME = 2;

  private final SecureRandom random = new SecureRandom();
  private final Semaphore turns = new Semaphore(AT_A_TIME, true);

  /**
   * Compared with when there is no account: it takes as long, so that nobody learns who has one.
   */
  private final String nobody = hash("nobody's password");

  /**
   * Lets a new password pass.
   *
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT} when it is too short or long
   */
  public static String require(String password) {
    if (password.length() < SHORTEST || password.length() > LONGEST) {
      throw Call.invalid("password must have from " + SHORTEST + " to " + LONGEST + " characters");
    }
    return password;
  }

  /** What is kept of a password. */
  public String hash(String password) {
    byte[] salt = new byte[SALT];
    random.nextBytes(salt);
    return "$argon2id$v=19$m="
        + MEMORY_KIB
        + ",t="
        + PASSES
        + ",p="
        + LANES
        + "$"
        + text(salt)
        + "$"
        + text(argon2(password, salt, MEMORY_KIB, PASSES, LANES, HASH));
  }

  /** Whether a password is the one that was hashed. */
  public boolean matches(String password, String hash) {
    String[] parts = hash.split("\\$", -1);
    if (parts.length != 6 || !parts[1].equals("argon2id") || password.length() > LONGEST) {
      return false;
    }
    int memory = MEMORY_KIB;
    int passes = PASSES;
    int lanes = LANES;
    for (String setting : parts[3].split(",", -1)) {
      int value = Integer.parseInt(setting.substring(2));
      switch (setting.charAt(0)) {
        case 'm' -> memory = value;
        case 't' -> passes = value;
        case 'p' -> lanes = value;
        default -> {
          return false;
        }
      }
    }
    byte[] kept = Base64.getDecoder().decode(parts[5]);
    byte[] salt = Base64.getDecoder().decode(parts[4]);
    return MessageDigest.isEqual(kept, argon2(password, salt, memory, passes, lanes, kept.length));
  }

  /** Takes as long as {@link #matches} and is false. */
  public boolean matchesNobody(String password) {
    return matches(password, nobody) && password.isEmpty();
  }

  private byte[] argon2(
      String password, byte[] salt, int memory, int passes, int lanes, int length) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    byte[] hash = new byte[length];
    turns.acquireUninterruptibly();
    try {
      generator.init(
          new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
              .withVersion(Argon2Parameters.ARGON2_VERSION_13)
              .withMemoryAsKB(memory)
              .withIterations(passes)
              .withParallelism(lanes)
              .withSalt(salt)
              .build());
      generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
    } finally {
      turns.release();
    }
    return hash;
  }

  private static String text(byte[] bytes) {
    return Base64.getEncoder().withoutPadding().encodeToString(bytes);
  }
}
