package dev.millrace.control.history.postgres;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Writes rows by {@code copy … from stdin (format binary)}, the fastest way in, without holding
 * more of them than a buffer. A row's values come in the order of its columns. One thread.
 */
final class BinaryCopy implements AutoCloseable {
  private static final byte[] SIGNATURE = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0
  };

  private static final int BUFFER = 64 << 10;
  private static final int TEXT_OID = 25;
  private static final int NULL = -1;
  private static final short TRAILER = -1;
  private static final byte JSONB_VERSION = 1;

  /** PostgreSQL counts microseconds from the year 2000. */
  private static final long EPOCH_SECONDS = Instant.parse("2000-01-01T00:00:00Z").getEpochSecond();

  private final CopyIn copy;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

  /**
   * @param target table and columns, as in {@code execution (id, status)}
   */
  BinaryCopy(Connection connection, String target) throws SQLException {
    this.copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("copy " + target + " from stdin (format binary)");
    buffer.put(SIGNATURE).putInt(0).putInt(0);
  }

  BinaryCopy row(int columns) throws SQLException {
    room(Short.BYTES);
    buffer.putShort((short) columns);
    return this;
  }

  BinaryCopy text(@Nullable String value) throws SQLException {
    return value == null ? absent() : bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  BinaryCopy bytes(byte[] value) throws SQLException {
    room(Integer.BYTES);
    buffer.putInt(value.length);
    write(value);
    return this;
  }

  BinaryCopy jsonb(byte[] utf8) throws SQLException {
    room(Integer.BYTES + 1);
    buffer.putInt(utf8.length + 1).put(JSONB_VERSION);
    write(utf8);
    return this;
  }

  BinaryCopy instant(@Nullable Instant value) throws SQLException {
    return value == null
        ? absent()
        : number((value.getEpochSecond() - EPOCH_SECONDS) * 1_000_000 + value.getNano() / 1_000);
  }

  BinaryCopy number(long value) throws SQLException {
    room(Integer.BYTES + Long.BYTES);
    buffer.putInt(Long.BYTES).putLong(value);
    return this;
  }

  BinaryCopy number(int value) throws SQLException {
    room(2 * Integer.BYTES);
    buffer.putInt(Integer.BYTES).putInt(value);
    return this;
  }

  BinaryCopy flag(boolean value) throws SQLException {
    room(Integer.BYTES + 1);
    buffer.putInt(1).put((byte) (value ? 1 : 0));
    return this;
  }

  BinaryCopy texts(Collection<String> values) throws SQLException {
    byte[][] elements =
        values.stream().map(value -> value.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
    int dimensions = elements.length == 0 ? 0 : 1;
    int length = 3 * Integer.BYTES + dimensions * 2 * Integer.BYTES;
    for (byte[] element : elements) {
      length += Integer.BYTES + element.length;
    }
    room(6 * Integer.BYTES);
    buffer.putInt(length).putInt(dimensions).putInt(0).putInt(TEXT_OID);
    if (dimensions > 0) {
      buffer.putInt(elements.length).putInt(1);
    }
    for (byte[] element : elements) {
      bytes(element);
    }
    return this;
  }

  private BinaryCopy absent() throws SQLException {
    room(Integer.BYTES);
    buffer.putInt(NULL);
    return this;
  }

  private void write(byte[] value) throws SQLException {
    if (value.length <= buffer.remaining()) {
      buffer.put(value);
      return;
    }
    flush();
    if (value.length <= buffer.remaining()) {
      buffer.put(value);
    } else {
      copy.writeToCopy(value, 0, value.length);
    }
  }

  private void room(int bytes) throws SQLException {
    if (buffer.remaining() < bytes) {
      flush();
    }
  }

  private void flush() throws SQLException {
    copy.writeToCopy(buffer.array(), 0, buffer.position());
    buffer.clear();
  }

  /** Writes what is left. Without it, {@link #close} takes all rows back. */
  void finish() throws SQLException {
    room(Short.BYTES);
    buffer.putShort(TRAILER);
    flush();
    copy.endCopy();
  }

  @Override
  public void close() throws SQLException {
    if (copy.isActive()) {
      copy.cancelCopy();
    }
  }
}
