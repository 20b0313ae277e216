package dev.millrace.topology;

import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** Records that could not be processed, as they go to the topic for such. Pure functions. */
public final class DeadLetters {
  /** Of a letter that leaves out the original; a reason may quote it. */
  private static final int LONGEST_REASON = 1_000;

  /** A letter in bytes. */
  public record Encoded(byte[] key, byte[] value) {}

  private DeadLetters() {}

  /**
   * @param topic where the record came from, or what stands for it
   * @param partition -1 when it is not known, and so the offset
   */
  public static DeadLetterRecord of(
      String topic,
      int partition,
      long offset,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Throwable thrown,
      Instant at) {
    MillraceException known = thrown instanceof MillraceException m ? m : null;
    return new DeadLetterRecord(
        topic,
        partition,
        offset,
        known == null ? ErrorCode.INTERNAL.code() : known.code().code(),
        known == null ? thrown.toString() : known.text(),
        key == null ? null : ByteBuffer.wrap(key),
        value == null ? null : ByteBuffer.wrap(value),
        at);
  }

  /**
   * Of a record that a task has in hand.
   *
   * @param from where it came from, empty when Kafka Streams does not say
   */
  static DeadLetterRecord of(
      Optional<RecordMetadata> from, Record<byte[], byte[]> record, Throwable thrown, Instant at) {
    return of(
        from.map(RecordMetadata::topic).orElse(""),
        from.map(RecordMetadata::partition).orElse(-1),
        from.map(RecordMetadata::offset).orElse(-1L),
        record.key(),
        record.value(),
        thrown,
        at);
  }

  /** Where the letter would be too large with the original in it, it only says where that is. */
  public static Encoded encode(DeadLetterRecord letter, AvroSerde<DeadLetterRecord> serde) {
    byte[] key = letter.getKey() == null ? new byte[0] : letter.getKey().array();
    byte[] encoded = serde.toBytes(letter);
    if (key.length + encoded.length <= EngineRuntime.MAX_RECORD_BYTES) {
      return new Encoded(key, encoded);
    }
    String reason = letter.getReason();
    letter.setReason(reason.substring(0, Math.min(reason.length(), LONGEST_REASON)));
    letter.setKey(null);
    letter.setValue(null);
    return new Encoded(key.length <= LONGEST_REASON ? key : new byte[0], serde.toBytes(letter));
  }
}
