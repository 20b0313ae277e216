package dev.millrace.control.history.mongo;

import static com.mongodb.client.model.Filters.and;
import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Filters.exists;
import static com.mongodb.client.model.Filters.gte;
import static com.mongodb.client.model.Filters.in;
import static com.mongodb.client.model.Filters.lt;
import static com.mongodb.client.model.Filters.nin;
import static com.mongodb.client.model.Filters.or;
import static com.mongodb.client.model.Filters.regex;

import dev.millrace.control.history.ExecutionFilter;
import dev.millrace.control.history.ExecutionPage;
import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.control.http.Grant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import org.bson.conversions.Bson;

/** Which executions are meant, as conditions of MongoDB. Pure functions. */
final class ExecutionConditions {
  private ExecutionConditions() {}

  static Bson over() {
    return nin("status", ExecutionStatus.allOpen().stream().map(ExecutionStatus::json).toList());
  }

  static Bson covered(Grant grant) {
    return grant.everything()
        ? exists("removedAt", false)
        : and(in("projectId", grant.projects()), exists("removedAt", false));
  }

  static Bson condition(Grant grant, ExecutionFilter filter) {
    List<Bson> all = new ArrayList<>();
    all.add(covered(grant));
    filter.workflowId().ifPresent(id -> all.add(eq("workflowId", id)));
    if (!filter.statuses().isEmpty()) {
      all.add(in("status", filter.statuses().stream().map(ExecutionStatus::json).toList()));
    }
    filter.from().ifPresent(from -> all.add(gte("startedAt", Date.from(from))));
    filter.to().ifPresent(to -> all.add(lt("startedAt", Date.from(to))));
    filter.marks().forEach(mark -> all.add(eq("marks", mark)));
    filter
        .error()
        .ifPresent(part ->
            all.add(
                regex(
                    "error.message",
                    Pattern.compile(Pattern.quote(part), Pattern.CASE_INSENSITIVE))));
    return and(all);
  }

  static Bson behind(ExecutionPage.Cursor cursor) {
    Date at = Date.from(cursor.startedAt());
    return or(lt("startedAt", at), and(eq("startedAt", at), lt("_id", cursor.id())));
  }
}
