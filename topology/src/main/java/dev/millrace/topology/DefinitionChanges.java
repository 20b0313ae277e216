package dev.millrace.topology;

import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Tells the tasks of this process which keys of the definitions store have changed, so that none
 * has to look through the store for it. Thread-safe: the store is written by a thread of its own.
 */
final class DefinitionChanges {
  private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();

  /** What has changed since one task last asked. */
  final class Subscription implements AutoCloseable {
    private final Set<String> changed = ConcurrentHashMap.newKeySet();

    private Subscription() {}

    /**
     * Hands over each key that has changed, for as long as there is time; the others wait.
     *
     * @param until on the scale of {@link System#nanoTime}
     */
    void take(long until, Consumer<String> change) {
      Iterator<String> keys = changed.iterator();
      while (keys.hasNext()) {
        String key = keys.next();
        // Removed first: what changes while it is looked at comes again.
        keys.remove();
        change.accept(key);
        if (System.nanoTime() - until >= 0) {
          return;
        }
      }
    }

    @Override
    public void close() {
      subscriptions.remove(this);
    }
  }

  /** Begins to listen; what is already in the store is not told. */
  Subscription subscribe() {
    Subscription fresh = new Subscription();
    subscriptions.add(fresh);
    return fresh;
  }

  /** To be called when the store has the new value. */
  void changed(String key) {
    subscriptions.forEach(subscription -> subscription.changed.add(key));
  }
}
