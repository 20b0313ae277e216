package dev.millrace.control.history.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.history.Changes;
import dev.millrace.control.history.EventStream;
import dev.millrace.control.history.ExecutionRow;
import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.control.history.History;
import dev.millrace.control.history.HistoryContract;
import dev.millrace.control.history.Place;
import dev.millrace.control.history.Position;
import dev.millrace.control.history.SavePolicy;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
final class PostgresHistoryTest extends HistoryContract {
  private final Database database;
  private final History history;

  PostgresHistoryTest(Database database) {
    this.database = database;
    this.history = new PostgresHistory(database);
  }

  @Override
  protected History history() {
    return history;
  }

  @Test
  void refusesAsAWholeWhatCannotBeStored() {
    Changes changes =
        new Changes(
            List.of(new Changes.Advance(0, Position.NONE, 2, null, null)),
            List.of(row("good"), row(random(60_000))),
            List.of(),
            List.of(),
            List.of());

    assertThatThrownBy(() -> history.apply(changes))
        .isInstanceOf(MillraceException.class)
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(ErrorCode.HISTORY_RECORD_REFUSED);
    assertThat(history.positions()).isEmpty();
    assertThat(history.unfinished(List.of("good"))).isEmpty();
  }

  @Test
  void makesAPartitionForEachDay() {
    history.prepare(EventStream.BEGIN);

    List<String> tables =
        database
            .jdbi()
            .withHandle(handle ->
                handle
                    .createQuery(
                        "select inhrelid::regclass::text from pg_inherits"
                            + " where inhparent = 'execution_data'::regclass order by 1")
                    .mapTo(String.class)
                    .list());
    assertThat(tables)
        .containsExactly(
            "execution_data_20260310", "execution_data_20260311", "execution_data_20260312");
  }

  @Test
  void knowsWhenAnIdWasMade() {
    assertThat(PostgresHistory.madeAt("019d0000-0000-7abc-8123-0123456789ab"))
        .contains(Instant.ofEpochMilli(0x019d00000000L));
    assertThat(PostgresHistory.madeAt("019d0000-0000-7abc-8123-0123456789ab.4.0"))
        .contains(Instant.ofEpochMilli(0x019d00000000L));
    assertThat(PostgresHistory.madeAt("019d0000-0000-4abc-8123-0123456789ab")).isEmpty();
    assertThat(PostgresHistory.madeAt("7")).isEmpty();
    assertThat(PostgresHistory.madeAt("no id at all, but as long as one is")).isEmpty();
  }

  /** Text that does not become short by compression. */
  private static String random(int length) {
    StringBuilder text = new StringBuilder();
    new Random(1).ints(length, '0', 'z').forEach(character -> text.append((char) character));
    return text.toString();
  }

  private static ExecutionRow row(String id) {
    return new ExecutionRow(
        id,
        "flow",
        null,
        0,
        null,
        "webhook",
        ExecutionStatus.RUNNING,
        EventStream.BEGIN,
        null,
        null,
        null,
        null,
        null,
        null,
        Map.of(),
        List.of(),
        Set.of(),
        0,
        0,
        new SavePolicy.Kept(true, true),
        0,
        new Place(0, 0));
  }
}
