package dev.millrace.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;

/** A body as the client library takes it. Repeatable: the content is opened anew each time. */
final class RequestEntity extends AbstractHttpEntity {
  private final HttpBody body;

  RequestEntity(HttpBody body) {
    // The content type is among the headers already.
    super((String) null, null, body.length() < 0);
    this.body = body;
  }

  @Override
  public boolean isRepeatable() {
    return true;
  }

  @Override
  public long getContentLength() {
    return body.length();
  }

  @Override
  public InputStream getContent() throws IOException {
    return body.content().open();
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    try (InputStream in = body.content().open()) {
      in.transferTo(out);
    }
  }

  @Override
  public boolean isStreaming() {
    return false;
  }

  @Override
  public void close() {}
}
