package dev.millrace.registry;

import java.util.ArrayList;
import java.util.List;

/** A log in memory, for tests of what needs a registry and no broker. */
public final class MemorySchemaLog implements SchemaLog {
  private final List<byte[]> entries;
  private int read;

  public MemorySchemaLog() {
    this(new ArrayList<>());
  }

  private MemorySchemaLog(List<byte[]> entries) {
    this.entries = entries;
  }

  /** A view of the same entries that begins at their start, as another instance has it. */
  public MemorySchemaLog reopen() {
    return new MemorySchemaLog(entries);
  }

  @Override
  public void append(String key, byte[] value) {
    synchronized (entries) {
      entries.add(value.clone());
    }
  }

  @Override
  public List<byte[]> readToEnd() {
    synchronized (entries) {
      List<byte[]> fresh = List.copyOf(entries.subList(read, entries.size()));
      read = entries.size();
      return fresh;
    }
  }

  @Override
  public void close() {}
}
