package dev.millrace.control.audit;

import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.value.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lets admins read the audit log, the newest first. */
public final class AuditEndpoints {
  private static final Schema ENTRY =
      Schema.object()
          .must("id", Schema.text())
          .must("at", Schema.time())
          .must("userId", Schema.text().orNull())
          .must("action", Schema.text())
          .must("object", Schema.text())
          .must("projectId", Schema.text().orNull())
          .must("address", Schema.text())
          .must("details", Schema.free())
          .named("AuditEntry");
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 250;

  private final Database database;

  public AuditEndpoints(Database database) {
    this.database = database;
  }

  public List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/audit",
                "audit.list",
                "Who changed or saw what, the newest first",
                new Access.Installation(Scope.AUDIT_READ),
                this::list)
            .query(
                Parameter.limit(LARGEST_PAGE),
                Parameter.cursor(),
                Parameter.text("action", "Such as workflow.publish"),
                Parameter.text("object", "The id of what it was done to"))
            .gives(Schema.page(ENTRY)));
  }

  private Answer list(Call call) {
    long before = call.query("cursor").map(AuditEndpoints::cursor).orElse(Long.MAX_VALUE);
    int limit = call.limit(PAGE, LARGEST_PAGE);
    List<Map<String, @Nullable Object>> rows =
        database
            .reads()
            .withHandle(handle ->
                handle
                    .createQuery(
                        "select * from audit where id < :before and (:action = '' or action ="
                            + " :action) and (:object = '' or object = :object) order by id desc"
                            + " limit :limit")
                    .bind("before", before)
                    .bind("action", call.query("action").orElse(""))
                    .bind("object", call.query("object").orElse(""))
                    .bind("limit", limit)
                    .map((row, context) -> {
                      Map<String, @Nullable Object> json = new LinkedHashMap<>();
                      json.put("id", String.valueOf(row.getLong("id")));
                      json.put("at", row.getTimestamp("at").toInstant().toString());
                      json.put("userId", row.getString("user_id"));
                      json.put("action", row.getString("action"));
                      json.put("object", row.getString("object"));
                      json.put("projectId", row.getString("project_id"));
                      json.put("address", row.getString("address"));
                      json.put("details", Json.parse(row.getString("details")));
                      return json;
                    })
                    .list());
    return Answer.page(rows, rows.size() < limit ? null : String.valueOf(rows.getLast().get("id")));
  }

  private static long cursor(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException none) {
      throw Call.invalidCursor();
    }
  }
}
