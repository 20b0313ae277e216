package dev.millrace.store;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * Bounds what all RocksDB instances of an engine use together: one block cache, and write buffers
 * that are charged to it. Without it each store and partition would take its own 50 MB of cache and
 * 48 MB of write buffers.
 *
 * <p>Kafka Streams makes one object of this class per store, so what is shared travels in the
 * configuration under {@link #SHARED}.
 */
public final class BoundedRocksDbMemory implements RocksDBConfigSetter {
  /** Configuration key under which {@link Shared} is handed over. */
  public static final String SHARED = "millrace.rocksdb.shared";

  private static final long BLOCK_SIZE = 16 * 1024L;

  /** The memory that all stores of an engine share. Close it after the engine. */
  public static final class Shared implements AutoCloseable {
    static {
      // These are made before Kafka Streams opens its first store, which loads the library
      // otherwise.
      RocksDB.loadLibrary();
    }

    private final Cache cache;
    private final WriteBufferManager writeBuffers;
    private final long writeBufferBytes;

    /**
     * @param bytes block cache and write buffers together
     */
    public Shared(long bytes) {
      this.cache = new LRUCache(bytes);
      this.writeBuffers = new WriteBufferManager(bytes / 2, cache);
      this.writeBufferBytes = Math.max(1 << 20, bytes / 16);
    }

    @Override
    public void close() {
      writeBuffers.close();
      cache.close();
    }
  }

  @Override
  public void setConfig(String storeName, Options options, Map<String, Object> configs) {
    if (!(configs.get(SHARED) instanceof Shared shared)) {
      throw new IllegalArgumentException(SHARED + " is missing in the streams configuration");
    }
    BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
    table.setBlockCache(shared.cache);
    // Indexes and filters count towards the bound, too; without this they grow beside it.
    table.setCacheIndexAndFilterBlocks(true);
    table.setPinTopLevelIndexAndFilter(true);
    table.setBlockSize(BLOCK_SIZE);
    // Most look-ups are for executions that are not stored; the filter answers them from memory.
    table.setFilterPolicy(new BloomFilter(10, false));
    options.setTableFormatConfig(table);
    options.setWriteBufferManager(shared.writeBuffers);
    options.setWriteBufferSize(shared.writeBufferBytes);
    options.setMaxWriteBufferNumber(2);
  }

  @Override
  public void close(String storeName, Options options) {
    // The shared objects outlive the store.
  }
}
