package dev.millrace.http;

import dev.millrace.error.ErrorCode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.brotli.dec.BrotliInputStream;

/** A body on its way in: decompressed, and stopped where it is more than the limit. */
final class ReplyStream extends FilterInputStream {
  /** What this side can decompress. */
  static final String ENCODINGS = "gzip, compress, deflate, br";

  private final String host;
  private final long limit;
  private long passed;

  private ReplyStream(InputStream in, String host, long limit) {
    super(in);
    this.host = host;
    this.limit = limit;
  }

  /** Whether all of the encodings, as a Content-Encoding header lists them, are known here. */
  static boolean decodes(String encodings) {
    for (String encoding : encodings.split(",", -1)) {
      switch (encoding.strip().toLowerCase(Locale.ROOT)) {
        case "gzip", "x-gzip", "compress", "x-compress", "deflate", "br", "identity", "" -> {}
        default -> {
          return false;
        }
      }
    }
    return true;
  }

  static InputStream of(InputStream raw, String encodings, String host, long limit)
      throws IOException {
    InputStream body = raw;
    String[] all = encodings.split(",", -1);
    for (int i = all.length - 1; i >= 0; i--) {
      body = decoded(body, all[i].strip().toLowerCase(Locale.ROOT));
    }
    return new ReplyStream(body, host, limit);
  }

  private static InputStream decoded(InputStream in, String encoding) throws IOException {
    if (encoding.isEmpty() || encoding.equals("identity")) {
      return in;
    }
    PushbackInputStream ahead = new PushbackInputStream(in, 2);
    int first = ahead.read();
    if (first < 0) {
      return ahead;
    }
    int second = ahead.read();
    if (second >= 0) {
      ahead.unread(second);
    }
    ahead.unread(first);
    return switch (encoding) {
      case "br" -> new BrotliInputStream(ahead);
      case "deflate" ->
          // Some servers leave out the two bytes that should come first.
          (first & 0x0f) == 8 && ((first << 8) | second) % 31 == 0
              ? new InflaterInputStream(ahead)
              : new InflaterInputStream(ahead, new Inflater(true));
      default -> first == 0x1f && second == 0x8b ? new GZIPInputStream(ahead) : ahead;
    };
  }

  @Override
  public int read() throws IOException {
    int read = super.read();
    if (read >= 0) {
      count(1);
    }
    return read;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int read = super.read(into, offset, length);
    if (read > 0) {
      count(read);
    }
    return read;
  }

  @Override
  public long skip(long bytes) throws IOException {
    long skipped = super.skip(bytes);
    count(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void count(long bytes) {
    passed += bytes;
    if (passed > limit) {
      throw new OutgoingHttpException(
          ErrorCode.RESPONSE_TOO_LARGE,
          "ERR_FR_MAX_BODY_LENGTH_EXCEEDED",
          "The answer of " + host + " has more than " + limit + " bytes.",
          null);
    }
  }
}
