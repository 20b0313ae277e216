package dev.millrace.nodes.files;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Passes on what is written, but not the end: for writers that close what they write to. */
final class KeptOpen extends FilterOutputStream {
  KeptOpen(OutputStream out) {
    super(out);
  }

  @Override
  public void write(byte[] content, int from, int length) throws IOException {
    out.write(content, from, length);
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
