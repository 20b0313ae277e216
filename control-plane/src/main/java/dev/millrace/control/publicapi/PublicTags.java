package dev.millrace.control.publicapi;

import static dev.millrace.control.publicapi.PublicEndpoint.CURSOR;
import static dev.millrace.control.publicapi.PublicEndpoint.ID;
import static dev.millrace.control.publicapi.PublicEndpoint.LIMIT;

import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Tags, and what has them. */
final class PublicTags {
  private static final Schema TAGS = Schema.listOf(TagRows.TAG);

  /** n8n's own way to name some. */
  private static final Schema CHOSEN = Schema.listOf(Schema.object().must("id", ID), 100);

  private final FullApi full;

  PublicTags(FullApi full) {
    this.full = full;
  }

  List<Endpoint> endpoints() {
    UnaryOperator<Call> same = UnaryOperator.identity();
    return List.of(
        full.same("GET", "/tags", "tags.list", "tags.list", same).query(LIMIT, CURSOR),
        full.same("POST", "/tags", "tags.create", "tags.create", same),
        full.same("GET", "/tags/{id}", "tags.get", "tags.get", same),
        full.same("PUT", "/tags/{id}", "tags.update", "tags.update", same),
        full.shaped("DELETE", "/tags/{id}", "tags.delete", "tags.delete", this::deleted)
            .gives(TagRows.TAG),
        of("/workflows/{id}/tags", "workflows.tags", "workflows.tags"),
        set("/workflows/{id}/tags", "workflows.setTags", "workflows.setTags"),
        of("/executions/{id}/tags", "executions.tags", "executions.tags"),
        set("/executions/{id}/tags", "executions.setTags", "executions.setTags"));
  }

  /** The tag as it was. */
  private Answer deleted(Call call) {
    Answer before = full.handler("tags.get").handle(call);
    full.handler("tags.delete").handle(call);
    return before;
  }

  private Endpoint of(String path, String id, String source) {
    return full.shaped("GET", path, id, source, call -> list(full.call(source, call))).gives(TAGS);
  }

  private Endpoint set(String path, String id, String source) {
    return full.shaped(
            "PUT", path, id, source, call -> list(full.call(source, call.withBody(chosen(call)))))
        .takes(CHOSEN)
        .gives(TAGS);
  }

  private static Map<String, List<String>> chosen(Call call) {
    List<String> ids = new ArrayList<>();
    for (Object each : call.list()) {
      if (each instanceof Map<?, ?> tag) {
        ids.add(String.valueOf(tag.get("id")));
      }
    }
    return Map.of("tagIds", ids);
  }

  private static Answer list(Map<?, ?> page) {
    return Answer.ok(page.get("data"));
  }
}
