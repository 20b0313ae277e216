package dev.millrace.control.publicapi;

import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Schema;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Variables. */
final class PublicVariables {
  private static final String ONE = "/variables/{id}";

  private final FullApi full;

  PublicVariables(FullApi full) {
    this.full = full;
  }

  List<Endpoint> endpoints() {
    UnaryOperator<Call> same = UnaryOperator.identity();
    return List.of(
        full.same("GET", "/variables", "variables.list", "variables.list", same),
        full.same("POST", "/variables", "variables.create", "variables.create", same),
        full.shaped("PUT", ONE, "variables.update", "variables.update", this::update)
            .takes(
                Schema.object()
                    .must("key", Schema.text(50))
                    .must("value", new Schema.Text(0, 1000, "", Optional.empty()))
                    .may("type", Schema.oneOf("string"))
                    .may("projectId", PublicEndpoint.ID.orNull())),
        full.same("DELETE", ONE, "variables.delete", "variables.delete", same));
  }

  private Answer update(Call call) {
    full.handler("variables.update").handle(call);
    return Answer.none();
  }
}
