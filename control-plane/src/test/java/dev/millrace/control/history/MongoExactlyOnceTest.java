package dev.millrace.control.history;

import dev.millrace.control.history.FailingHistory.Fault;
import java.time.InstantSource;
import java.util.List;
import net.jqwik.api.lifecycle.AfterContainer;

final class MongoExactlyOnceTest extends ExactlyOnceProperties {
  private static final MongoServerForTests SERVER = new MongoServerForTests();

  @AfterContainer
  static void stop() {
    SERVER.close();
  }

  @Override
  History history() {
    return SERVER.history(InstantSource.fixed(EventStream.BEGIN));
  }

  @Override
  List<Fault> faults() {
    return List.of(Fault.values());
  }
}
