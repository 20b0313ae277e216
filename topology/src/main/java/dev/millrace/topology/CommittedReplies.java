package dev.millrace.topology;

/**
 * Told of replies as soon as their transaction is committed, ahead of the replies topic, so that a
 * caller that this same process serves does not wait for the topic's round trip.
 *
 * <p>Delivery: at most once, and not at all for replies of other instances; the topic has them all.
 * Called on the stream thread: it must not block or throw.
 */
@FunctionalInterface
public interface CommittedReplies {
  /** Nobody listens. */
  CommittedReplies NONE = (ingress, reply) -> {};

  /**
   * @param ingress key of the record: the ingress instance in UTF-8
   * @param reply the encoded {@code ReplyRecord}
   */
  void committed(byte[] ingress, byte[] reply);
}
