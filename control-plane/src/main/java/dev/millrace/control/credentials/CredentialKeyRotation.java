package dev.millrace.control.credentials;

import dev.millrace.control.db.Database;
import dev.millrace.control.vault.Envelope;
import dev.millrace.control.vault.KeyEncryption.Wrapped;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wraps the data keys of credentials with the newest key, row by row, while they are used and
 * changed. Can be stopped at any time and begun again: what is done is told by the rows themselves.
 * Thread-safe; several may run at once, which gains nothing.
 */
public final class CredentialKeyRotation {
  private static final Logger LOG = LoggerFactory.getLogger(CredentialKeyRotation.class);
  private static final int BATCH = 100;

  private final Database database;
  private final Envelope envelope;

  private record Row(String id, String type, Wrapped key) {}

  /**
   * How far a rotation came.
   *
   * @param rotated data keys that are wrapped with the newest key now
   * @param unreadable those that no known key unwraps; they stay as they are
   * @param left data keys that are wrapped with another key still, the unreadable ones included
   */
  public record Progress(long rotated, long unreadable, long left) {}

  CredentialKeyRotation(Database database, Envelope envelope) {
    this.database = database;
    this.envelope = envelope;
  }

  /**
   * Rotates all that is due.
   *
   * @throws MillraceException {@code ENCRYPTION_KEY_UNUSABLE} when the keys cannot be reached; what
   *     was rotated stays so
   */
  public Progress rotate() {
    String newest = envelope.newestKeyId();
    long rotated = 0;
    long unreadable = 0;
    String last = "";
    for (List<Row> rows = due(newest, last); !rows.isEmpty(); rows = due(newest, last)) {
      for (Row row : rows) {
        last = row.id();
        try {
          rotated += replace(row);
        } catch (MillraceException failed) {
          if (failed.code() != ErrorCode.CREDENTIAL_UNREADABLE) {
            throw failed;
          }
          LOG.warn("The key of the credential {} cannot be unwrapped: {}", row.id(), failed.text());
          unreadable++;
        }
      }
    }
    return new Progress(rotated, unreadable, left(newest));
  }

  /** How many data keys are wrapped with another key than the newest. */
  public long left() {
    return left(envelope.newestKeyId());
  }

  private long left(String newest) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery("select count(*) from credential where key_id <> :newest")
                .bind("newest", newest)
                .mapTo(Long.class)
                .one());
  }

  private List<Row> due(String newest, String after) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    """
                    select id, type, key_id, wrapped_key from credential
                    where key_id <> :newest and id > :after order by id limit :batch
                    """)
                .bind("newest", newest)
                .bind("after", after)
                .bind("batch", BATCH)
                .map((row, context) ->
                    new Row(
                        row.getString("id"),
                        row.getString("type"),
                        new Wrapped(row.getString("key_id"), row.getBytes("wrapped_key"))))
                .list());
  }

  /**
   * Without a lock, because the keys may be far away: a row that changed meanwhile is left alone.
   */
  private int replace(Row row) {
    Wrapped next = envelope.rewrap(CredentialCipher.subject(row.id(), row.type()), row.key());
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createUpdate(
                    """
                    update credential set wrapped_key = :next, key_id = :key
                    where id = :id and wrapped_key = :before
                    """)
                .bind("next", next.bytes())
                .bind("key", next.keyId())
                .bind("id", row.id())
                .bind("before", row.key().bytes())
                .execute());
  }
}
