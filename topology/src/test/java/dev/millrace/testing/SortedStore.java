package dev.millrace.testing;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** A store in memory without a task around it, in the order of its keys' unsigned bytes. */
public final class SortedStore implements KeyValueStore<byte[], byte[]> {
  private final TreeMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);

  @Override
  public void put(byte[] key, byte @Nullable [] value) {
    if (value == null) {
      entries.remove(key);
    } else {
      entries.put(key, value);
    }
  }

  @Override
  public byte @Nullable [] putIfAbsent(byte[] key, byte[] value) {
    return entries.putIfAbsent(key, value);
  }

  @Override
  public void putAll(List<KeyValue<byte[], byte[]>> all) {
    all.forEach(each -> put(each.key, each.value));
  }

  @Override
  public byte @Nullable [] delete(byte[] key) {
    return entries.remove(key);
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    return entries.get(key);
  }

  @Override
  public KeyValueIterator<byte[], byte[]> range(byte[] from, byte[] to) {
    return iterator(entries.subMap(from, true, to, true));
  }

  @Override
  public KeyValueIterator<byte[], byte[]> all() {
    return iterator(entries);
  }

  /** Of what was there when it was asked for, as RocksDB has it. */
  private static KeyValueIterator<byte[], byte[]> iterator(SortedMap<byte[], byte[]> part) {
    Iterator<Map.Entry<byte[], byte[]>> copy = new TreeMap<>(part).entrySet().iterator();
    return new KeyValueIterator<>() {
      @Override
      public boolean hasNext() {
        return copy.hasNext();
      }

      @Override
      public KeyValue<byte[], byte[]> next() {
        Map.Entry<byte[], byte[]> next = copy.next();
        return KeyValue.pair(next.getKey(), next.getValue());
      }

      @Override
      public byte[] peekNextKey() {
        throw new UnsupportedOperationException();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public long approximateNumEntries() {
    return entries.size();
  }

  @Override
  public String name() {
    return "sorted";
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {}

  @Override
  public void close() {}

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return true;
  }
}
