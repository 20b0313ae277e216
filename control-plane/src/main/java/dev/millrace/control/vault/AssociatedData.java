package dev.millrace.control.vault;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Several texts as bytes that no other texts give: each with its length before it. */
final class AssociatedData {
  private AssociatedData() {}

  static byte[] of(String... parts) {
    byte[][] encoded =
        Arrays.stream(parts)
            .map(part -> part.getBytes(StandardCharsets.UTF_8))
            .toArray(byte[][]::new);
    int length = Arrays.stream(encoded).mapToInt(part -> Integer.BYTES + part.length).sum();
    ByteBuffer all = ByteBuffer.allocate(length);
    for (byte[] part : encoded) {
      all.putInt(part.length).put(part);
    }
    return all.array();
  }
}
