package dev.millrace.control.audit;

import dev.millrace.control.access.Principal;
import dev.millrace.control.http.Call;
import dev.millrace.value.Json;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Notes what was done, in the transaction that does it. Nothing of it is a secret. */
public final class Audit {
  private Audit() {}

  /**
   * @param action such as {@code workflow.publish}
   * @param object the id of what it was done to
   * @param project empty when it belongs to none
   * @param details what else is to be known
   */
  public static void note(
      Handle handle,
      Call call,
      String action,
      String object,
      String project,
      Map<String, ? extends @Nullable Object> details) {
    handle
        .createUpdate(
            "insert into audit (user_id, action, object, project_id, address, details) values"
                + " (:user, :action, :object, nullif(:project, ''), :address, cast(:details as"
                + " jsonb))")
        .bind("user", call.caller().map(Principal::userId).orElse(null))
        .bind("action", action)
        .bind("object", object)
        .bind("project", project)
        .bind("address", call.address())
        .bind("details", Json.text(details))
        .execute();
  }
}
