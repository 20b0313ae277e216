package dev.millrace.ingress;

import io.helidon.http.encoding.ContentDecoder;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.http.encoding.ContentEncoding;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/** Unpacks compressed request bodies while they are read. Responses are not compressed. */
final class CompressedBodies implements ContentEncoding {
  private final String type;
  private final Set<String> ids;

  private CompressedBodies(String type, Set<String> ids) {
    this.type = type;
    this.ids = ids;
  }

  static CompressedBodies gzip() {
    return new CompressedBodies("gzip", Set.of("gzip", "x-gzip"));
  }

  static CompressedBodies deflate() {
    return new CompressedBodies("deflate", Set.of("deflate"));
  }

  @Override
  public Set<String> ids() {
    return ids;
  }

  @Override
  public boolean supportsEncoding() {
    return false;
  }

  @Override
  public boolean supportsDecoding() {
    return true;
  }

  @Override
  public ContentDecoder decoder() {
    return packed -> {
      try {
        return unpacked(packed);
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    };
  }

  private InputStream unpacked(InputStream packed) throws IOException {
    return type.equals("gzip") ? new GZIPInputStream(packed) : new InflaterInputStream(packed);
  }

  @Override
  public ContentEncoder encoder() {
    return ContentEncoder.NO_OP;
  }

  @Override
  public String name() {
    return type;
  }

  @Override
  public String type() {
    return type;
  }
}
