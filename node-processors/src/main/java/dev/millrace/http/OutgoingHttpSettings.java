package dev.millrace.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How {@link ApacheOutgoingHttp} reaches the outside.
 *
 * @param guarded whether addresses that are not public are refused; true unless the operator
 *     decides otherwise
 * @param allowed addresses, ranges, host names and {@code *.domain}s that may be called although
 *     they are not public
 * @param bufferedBytes how much of an answer may be held in memory, after decompression
 * @param streamedBytes how much of an answer may pass as a stream, after decompression
 * @param names how host names are resolved
 * @param beforeConnect told of every connection that is about to be opened, after the guard let it
 *     pass
 * @param detour where every call goes instead of its host, unencrypted and with the whole URL in
 *     its first line, as to a proxy; null in normal use. For rehearsals: it can be set from Java
 *     only
 */
public record OutgoingHttpSettings(
    boolean guarded,
    List<String> allowed,
    long bufferedBytes,
    long streamedBytes,
    Names names,
    Consumer<InetSocketAddress> beforeConnect,
    @Nullable InetSocketAddress detour) {
  public static final OutgoingHttpSettings DEFAULT =
      new OutgoingHttpSettings(
          true,
          List.of(),
          64L << 20,
          4L << 30,
          host -> List.of(InetAddress.getAllByName(host)),
          address -> {},
          null);

  /** The addresses of a host name. Blocks. */
  @FunctionalInterface
  public interface Names {
    List<InetAddress> resolve(String host) throws UnknownHostException;
  }

  public OutgoingHttpSettings {
    allowed = List.copyOf(allowed);
  }

  public OutgoingHttpSettings withGuard(boolean on) {
    return new OutgoingHttpSettings(
        on, allowed, bufferedBytes, streamedBytes, names, beforeConnect, detour);
  }

  public OutgoingHttpSettings withAllowed(List<String> entries) {
    return new OutgoingHttpSettings(
        guarded, entries, bufferedBytes, streamedBytes, names, beforeConnect, detour);
  }

  public OutgoingHttpSettings withLimits(long buffered, long streamed) {
    return new OutgoingHttpSettings(
        guarded, allowed, buffered, streamed, names, beforeConnect, detour);
  }

  public OutgoingHttpSettings withNames(Names resolver) {
    return new OutgoingHttpSettings(
        guarded, allowed, bufferedBytes, streamedBytes, resolver, beforeConnect, detour);
  }

  public OutgoingHttpSettings withBeforeConnect(Consumer<InetSocketAddress> hook) {
    return new OutgoingHttpSettings(
        guarded, allowed, bufferedBytes, streamedBytes, names, hook, detour);
  }

  public OutgoingHttpSettings withDetour(InetSocketAddress everything) {
    return new OutgoingHttpSettings(
        guarded, allowed, bufferedBytes, streamedBytes, names, beforeConnect, everything);
  }
}
