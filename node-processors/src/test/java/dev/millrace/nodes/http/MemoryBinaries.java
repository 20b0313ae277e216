package dev.millrace.nodes.http;

import dev.millrace.item.BinaryData;
import dev.millrace.node.BinaryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Files of a test, in memory. */
final class MemoryBinaries implements BinaryStore {
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();

  @Override
  public InputStream open(BinaryData file) throws IOException {
    byte[] content = files.get(String.valueOf(file.id()));
    if (content == null) {
      throw new IOException("there is no such file");
    }
    return new ByteArrayInputStream(content);
  }

  @Override
  public BinaryData write(
      String executionId, InputStream content, @Nullable String mimeType, @Nullable String fileName)
      throws IOException {
    byte[] bytes = content.readAllBytes();
    String id = "memory:" + files.size();
    files.put(id, bytes);
    String type = mimeType == null ? "application/octet-stream" : mimeType;
    return new BinaryData(
        "memory",
        type,
        fileName,
        type.substring(type.indexOf('/') + 1),
        null,
        bytes.length + " B",
        null,
        id,
        bytes.length);
  }

  byte[] content(BinaryData file) {
    return java.util.Objects.requireNonNull(files.get(String.valueOf(file.id())));
  }
}
