package dev.millrace.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request carries. It can be opened again, for a redirect or a challenge.
 *
 * @param contentType null to say nothing of it
 * @param length in bytes; -1 when unknown, which sends it in chunks
 */
public record HttpBody(@Nullable String contentType, long length, Content content) {
  /** Where the bytes come from. */
  @FunctionalInterface
  public interface Content {
    InputStream open() throws IOException;
  }

  public static HttpBody of(@Nullable String contentType, byte[] bytes) {
    return new HttpBody(contentType, bytes.length, () -> new ByteArrayInputStream(bytes));
  }

  public static HttpBody of(@Nullable String contentType, String text) {
    return of(contentType, text.getBytes(StandardCharsets.UTF_8));
  }

  public HttpBody withContentType(@Nullable String type) {
    return new HttpBody(type, length, content);
  }

  /** Several bodies, one after the other; their content types do not matter. */
  public static HttpBody joined(@Nullable String contentType, List<HttpBody> parts) {
    long sum = 0;
    for (HttpBody part : parts) {
      sum = sum < 0 || part.length() < 0 ? -1 : sum + part.length();
    }
    List<HttpBody> all = List.copyOf(parts);
    return new HttpBody(
        contentType,
        sum,
        () -> {
          List<InputStream> streams = new ArrayList<>();
          try {
            for (HttpBody part : all) {
              streams.add(part.content().open());
            }
          } catch (IOException unreadable) {
            for (InputStream opened : streams) {
              opened.close();
            }
            throw unreadable;
          }
          return new SequenceInputStream(Collections.enumeration(streams));
        });
  }
}
