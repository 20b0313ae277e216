package dev.millrace.ingress;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Settings of the webhook server. Every default serves a single machine.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 takes a free one
 * @param publicUrl what callers put before {@code /webhook/...}, without a slash at its end; empty:
 *     {@code http://localhost:PORT}. It only appears in the item's {@code webhookUrl}.
 * @param proxyHops how many proxies in front of this server append to {@code X-Forwarded-For}; 0:
 *     the header is not believed and the peer's address counts
 * @param tenant tenant that every execution started here belongs to
 * @param limits bounds on requests and times
 * @param kafka how commands go out and replies come in
 */
public record IngressSettings(
    String host,
    int port,
    Optional<String> publicUrl,
    int proxyHops,
    String tenant,
    Limits limits,
    Kafka kafka) {

  /**
   * Bounds on what callers can make the server hold.
   *
   * @param maxBodyBytes largest request body, after decompression; also the size of a form with its
   *     files
   * @param maxJsonDepth deepest nesting of a JSON body. Every node that wraps the body adds levels,
   *     so it stays well below what the engine can write.
   * @param maxParts most parts of a multipart body, and most elements of an XML body divided by 100
   * @param maxWaiting most requests that wait for the broker or a reply; beyond it 429
   * @param maxBytesInFlight most bytes of request bodies held at once; beyond it 429
   * @param maxHeaderBytes size of a request's headers; beyond it 431 or 400
   * @param bodyTimeout how long a client may take to send its body, and how long a connection may
   *     be silent between requests
   * @param replyTimeout how long a request waits for its execution before it is answered with 504;
   *     the execution goes on
   * @param stopTimeout how long closing waits for requests that wait for a reply
   */
  public record Limits(
      int maxBodyBytes,
      int maxJsonDepth,
      int maxParts,
      int maxWaiting,
      long maxBytesInFlight,
      int maxHeaderBytes,
      Duration bodyTimeout,
      Duration replyTimeout,
      Duration stopTimeout) {

    public static Limits defaults() {
      return new Limits(
          16 * 1024 * 1024,
          99,
          1000,
          5000,
          128L * 1024 * 1024,
          64 * 1024,
          Duration.ofSeconds(30),
          Duration.ofMinutes(5),
          Duration.ofSeconds(30));
    }

    /** Most connections at once. */
    int maxConnections() {
      return Math.max(1_024, 2 * maxWaiting);
    }

    public Limits withMaxBodyBytes(int bytes) {
      return new Limits(
          bytes,
          maxJsonDepth,
          maxParts,
          maxWaiting,
          maxBytesInFlight,
          maxHeaderBytes,
          bodyTimeout,
          replyTimeout,
          stopTimeout);
    }

    public Limits withOverload(int waiting, long bytesInFlight) {
      return new Limits(
          maxBodyBytes,
          maxJsonDepth,
          maxParts,
          waiting,
          bytesInFlight,
          maxHeaderBytes,
          bodyTimeout,
          replyTimeout,
          stopTimeout);
    }

    public Limits withTimeouts(Duration body, Duration reply, Duration stop) {
      return new Limits(
          maxBodyBytes,
          maxJsonDepth,
          maxParts,
          maxWaiting,
          maxBytesInFlight,
          maxHeaderBytes,
          body,
          reply,
          stop);
    }
  }

  /**
   * The connection to Kafka.
   *
   * @param bootstrapServers brokers to begin with
   * @param lingerMillis how long the producer gathers records for one request to the broker. 0
   *     sends at once when idle and still batches while a request is under way, which gives the
   *     lowest latency; more trades latency for fewer requests.
   * @param deliveryTimeout how long a command may take to be acknowledged before its caller gets
   *     503
   * @param clientProperties more properties of the producer and the consumers, such as those of
   *     security; what this class decides wins over them
   */
  public record Kafka(
      String bootstrapServers,
      int lingerMillis,
      Duration deliveryTimeout,
      Map<String, String> clientProperties) {

    public Kafka {
      clientProperties = Map.copyOf(clientProperties);
    }
  }

  /** The defaults: port 5678 on every address. */
  public static IngressSettings defaults(String bootstrapServers) {
    return new IngressSettings(
        "0.0.0.0",
        5678,
        Optional.empty(),
        0,
        "default",
        Limits.defaults(),
        new Kafka(bootstrapServers, 0, Duration.ofSeconds(10), Map.of()));
  }

  public IngressSettings withListener(String newHost, int newPort) {
    return new IngressSettings(newHost, newPort, publicUrl, proxyHops, tenant, limits, kafka);
  }

  public IngressSettings withPublicUrl(String url) {
    return new IngressSettings(host, port, Optional.of(url), proxyHops, tenant, limits, kafka);
  }

  public IngressSettings withProxyHops(int hops) {
    return new IngressSettings(host, port, publicUrl, hops, tenant, limits, kafka);
  }

  public IngressSettings withLimits(Limits newLimits) {
    return new IngressSettings(host, port, publicUrl, proxyHops, tenant, newLimits, kafka);
  }
}
