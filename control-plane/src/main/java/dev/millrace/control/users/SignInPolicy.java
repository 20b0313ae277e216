package dev.millrace.control.users;

import dev.millrace.control.db.Database;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** What the installation wants of everybody who signs in. Thread-safe; read from the database. */
final class SignInPolicy {
  private final Database database;

  SignInPolicy(Database database) {
    this.database = database;
  }

  /** Whether nobody gets in by a password alone. */
  boolean secondFactorRequired() {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery("select second_factor_required from sign_in_policy")
                .mapTo(Boolean.class)
                .one());
  }

  void requireSecondFactor(Handle handle, boolean required) {
    handle.execute("update sign_in_policy set second_factor_required = ?", required);
  }

  /** Who has no second factor that counts. */
  List<String> withoutSecondFactor() {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    "select id from app_user u where not exists (select 1 from second_factor f"
                        + " where f.user_id = u.id and f.confirmed_at is not null)")
                .mapTo(String.class)
                .list());
  }
}
