package dev.millrace.control.users;

import dev.millrace.control.db.Database;
import dev.millrace.control.vault.Secret;
import dev.millrace.control.vault.SecretBox;
import java.security.SecureRandom;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.commons.codec.binary.Base32;
import org.jdbi.v3.core.Handle;

/**
 * What people prove themselves with beside a password: an authenticator's secret, and codes for
 * when that is lost. Thread-safe.
 */
final class SecondFactors {
  static final int RECOVERY_CODES = 10;

  /** 80 bits: too many to try, also for who has the hashes. */
  private static final int RECOVERY_BYTES = 10;

  private static final String KIND = "second_factor";

  private final SecureRandom random = new SecureRandom();
  private final Database database;
  private final SecretBox box;
  private final InstantSource clock;

  /** What an authenticator is told, once. */
  record Enrolment(String secret, String uri) {
    /** It is a secret. */
    @Override
    public String toString() {
      return "Enrolment";
    }
  }

  /** Since when there is one, and how many recovery codes are left. */
  record Standing(Instant since, int recoveryCodes) {}

  /** A secret that is stored, and the last step that was used of it. */
  private record Stored(byte[] sealed, boolean confirmed, long lastStep) {}

  /**
   * @param box that secrets are kept in
   */
  SecondFactors(Database database, SecretBox box, InstantSource clock) {
    this.database = database;
    this.box = box;
    this.clock = clock;
  }

  /** How somebody stands; empty when he has no second factor, or did not confirm it. */
  Optional<Standing> of(String userId) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    "select confirmed_at, (select count(*) from recovery_code r where r.user_id ="
                        + " f.user_id) as codes from second_factor f where user_id = :user and"
                        + " confirmed_at is not null")
                .bind("user", userId)
                .map((row, context) ->
                    new Standing(row.getTimestamp("confirmed_at").toInstant(), row.getInt("codes")))
                .findOne());
  }

  /**
   * Makes a new secret, which counts once a code of it was entered.
   *
   * @return empty when there is one that counts already
   */
  Optional<Enrolment> begin(Handle handle, String userId, String email) {
    try (Secret secret = Secret.random(Totp.SECRET_BYTES)) {
      int begun =
          handle
              .createUpdate(
                  "insert into second_factor (user_id, secret) values (:user, :secret) on conflict"
                      + " (user_id) do update set secret = excluded.secret, last_step = -1 where"
                      + " second_factor.confirmed_at is null")
              .bind("user", userId)
              .bind("secret", box.seal(secret, KIND, userId))
              .execute();
      return begun == 0
          ? Optional.empty()
          : Optional.of(new Enrolment(Totp.text(secret), Totp.uri(secret, email)));
    }
  }

  /**
   * Lets a secret count that was begun.
   *
   * @return recovery codes, which are told this once; empty when the code is not of the secret
   */
  Optional<List<String>> confirm(Handle handle, String userId, String code) {
    Optional<Long> step =
        locked(handle, userId)
            .filter(stored -> !stored.confirmed())
            .flatMap(stored -> step(stored, userId, code));
    if (step.isEmpty()) {
      return Optional.empty();
    }
    handle
        .createUpdate(
            "update second_factor set confirmed_at = :now, last_step = :step where user_id = :user")
        .bind("now", Timestamp.from(clock.instant()))
        .bind("step", step.get())
        .bind("user", userId)
        .execute();
    return Optional.of(newRecoveryCodes(handle, userId));
  }

  /** Takes a code of an authenticator: true at most once for each. */
  boolean takeCode(Handle handle, String userId, String code) {
    Optional<Long> step =
        locked(handle, userId)
            .filter(Stored::confirmed)
            .flatMap(stored -> step(stored, userId, code));
    step.ifPresent(used ->
        handle
            .createUpdate("update second_factor set last_step = :step where user_id = :user")
            .bind("step", used)
            .bind("user", userId)
            .execute());
    return step.isPresent();
  }

  /** Takes a recovery code: true at most once for each. */
  boolean takeRecoveryCode(Handle handle, String userId, String code) {
    String plain = code.replaceAll("[\\s-]", "").toUpperCase(Locale.ROOT);
    return handle
            .createUpdate(
                "delete from recovery_code where user_id = :user and code_hash = :hash and exists"
                    + " (select 1 from second_factor f where f.user_id = :user and f.confirmed_at"
                    + " is not null)")
            .bind("user", userId)
            .bind("hash", recoveryHash(userId, plain))
            .execute()
        > 0;
  }

  /** Makes recovery codes in place of those that there are; they are told this once. */
  List<String> newRecoveryCodes(Handle handle, String userId) {
    handle.execute("delete from recovery_code where user_id = ?", userId);
    List<String> codes = new ArrayList<>();
    for (int i = 0; i < RECOVERY_CODES; i++) {
      byte[] bytes = new byte[RECOVERY_BYTES];
      random.nextBytes(bytes);
      String plain = new Base32().encodeToString(bytes);
      handle
          .createUpdate("insert into recovery_code (user_id, code_hash) values (:user, :hash)")
          .bind("user", userId)
          .bind("hash", recoveryHash(userId, plain))
          .execute();
      codes.add(plain.toLowerCase(Locale.ROOT).replaceAll("(.{4})(?=.)", "$1-"));
    }
    return List.copyOf(codes);
  }

  /**
   * Forgets the second factor and its recovery codes.
   *
   * @return whether there was one that counted
   */
  boolean remove(Handle handle, String userId) {
    return handle
        .createQuery(
            "delete from second_factor where user_id = :user returning confirmed_at is not null")
        .bind("user", userId)
        .mapTo(Boolean.class)
        .findOne()
        .orElse(false);
  }

  /** Whoever comes at the same time with the same code waits, and then finds it used. */
  private static Optional<Stored> locked(Handle handle, String userId) {
    return handle
        .createQuery("select * from second_factor where user_id = :user for update")
        .bind("user", userId)
        .map((row, context) ->
            new Stored(
                row.getBytes("secret"),
                row.getTimestamp("confirmed_at") != null,
                row.getLong("last_step")))
        .findOne();
  }

  private Optional<Long> step(Stored stored, String userId, String code) {
    try (Secret secret = box.open(stored.sealed(), KIND, userId)) {
      OptionalLong step = Totp.stepOf(secret, code, clock.instant(), stored.lastStep());
      return step.isPresent() ? Optional.of(step.getAsLong()) : Optional.empty();
    }
  }

  private static byte[] recoveryHash(String userId, String plain) {
    return Sessions.digest(userId + " " + plain);
  }
}
