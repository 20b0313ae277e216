package dev.millrace.control.users;

import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One's API keys. */
final class ApiKeyEndpoints {
  private static final int LONGEST_LABEL = 100;

  private final Database database;
  private final ApiKeys keys;

  ApiKeyEndpoints(Database database, ApiKeys keys) {
    this.database = database;
    this.keys = keys;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/me/api-keys",
                "apiKeys.list",
                "One's API keys, without their secrets",
                new Access.SignedIn(),
                call ->
                    Answer.ok(
                        keys.of(call.principal().userId()).stream()
                            .map(ApiKeys.ApiKey::json)
                            .toList()))
            .gives(Schema.listOf(ApiKeys.ApiKey.fields().named("ApiKey"))),
        new Endpoint(
                "POST",
                "/api/me/api-keys",
                "apiKeys.create",
                "Makes an API key; its secret is told this once",
                new Access.SignedIn(),
                this::create)
            .takes(
                Schema.object()
                    .must("label", Schema.text(LONGEST_LABEL))
                    .may(
                        "scopes",
                        Schema.listOf(
                                Schema.oneOf(
                                    Arrays.stream(Scope.values()).map(Scope::text).toList()))
                            .orNull())
                    .may("expiresAt", Schema.time().orNull()))
            .creates(ApiKeys.ApiKey.fields().must("key", Schema.text()).named("NewApiKey")),
        new Endpoint(
            "DELETE",
            "/api/me/api-keys/{id}",
            "apiKeys.delete",
            "Makes an API key invalid",
            new Access.SignedIn(),
            this::delete));
  }

  private Answer create(Call call) {
    if (call.principal().sessionId().isEmpty()) {
      throw new MillraceException(ErrorCode.NOT_ALLOWED, "An API key cannot make another");
    }
    String label = call.text("label");
    if (label.length() > LONGEST_LABEL) {
      throw Call.invalid("label must have at most " + LONGEST_LABEL + " characters");
    }
    ApiKeys.Created created =
        keys.create(
            call.principal().userId(),
            label,
            call.body().get("scopes") == null
                ? Optional.empty()
                : Optional.of(scopes(call.texts("scopes"))),
            call.optionalText("expiresAt").map(ApiKeyEndpoints::instant));
    database
        .jdbi()
        .useTransaction(
            handle -> Audit.note(handle, call, "apiKey.create", created.key().id(), "", Map.of()));
    Map<String, @Nullable Object> json = created.key().json();
    json.put("key", created.secret());
    return Answer.created(json);
  }

  private Answer delete(Call call) {
    if (!keys.delete(call.principal().userId(), call.path("id"))) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "You have no such API key");
    }
    database
        .jdbi()
        .useTransaction(
            handle -> Audit.note(handle, call, "apiKey.delete", call.path("id"), "", Map.of()));
    return Answer.none();
  }

  private static Set<Scope> scopes(List<String> texts) {
    EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    texts.forEach(text ->
        scopes.add(Scope.of(text).orElseThrow(() -> Call.invalid("scopes: there is no " + text))));
    return scopes;
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException none) {
      throw Call.invalid("expiresAt must be a time such as 2030-01-31T12:00:00Z");
    }
  }
}
