package dev.millrace.control.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
final class DatabaseTest {
  @Test
  void openingTwiceKeepsWhatIsThere(Database.Settings settings) {
    try (Database first = Database.open(settings)) {
      first.jdbi().useHandle(handle -> handle.execute("create table kept (id int)"));
    }
    try (Database second = Database.open(settings)) {
      long rows =
          second
              .jdbi()
              .withHandle(handle ->
                  handle.createQuery("select count(*) from kept").mapTo(Long.class).one());
      assertThat(rows).isZero();
    }
  }

  @Test
  void tellsThatNoServerIsThereWithoutThePassword() {
    Database.Settings nowhere =
        Database.Settings.of("jdbc:postgresql://127.0.0.1:1/none", "nobody", "canary");

    assertThatThrownBy(() -> Database.open(nowhere))
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining("canary")
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(ErrorCode.DATABASE_UNAVAILABLE);
  }
}
