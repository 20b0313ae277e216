package dev.millrace.control.publicapi;

import static dev.millrace.control.publicapi.PublicEndpoint.CURSOR;
import static dev.millrace.control.publicapi.PublicEndpoint.ID;
import static dev.millrace.control.publicapi.PublicEndpoint.LARGEST_PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.LIMIT;
import static dev.millrace.control.publicapi.PublicEndpoint.PAGE;

import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Schema;
import dev.millrace.control.projects.Projects;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Credentials. No answer has anything of their fields. */
final class PublicCredentials {
  private static final int LONGEST_NAME = 128;

  private static final Schema CREDENTIAL =
      Schema.object()
          .must("id", Schema.text())
          .must("name", Schema.text())
          .must("type", Schema.text())
          .must("projectId", Schema.text())
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time())
          .must(
              "shared",
              Schema.listOf(Schema.object().must("id", Schema.text()).must("role", Schema.text())))
          .named("PublicCredential");

  private final FullApi full;
  private final Projects projects;

  PublicCredentials(FullApi full, Projects projects) {
    this.full = full;
    this.projects = projects;
  }

  List<Endpoint> endpoints() {
    String all = "/credentials";
    String one = all + "/{id}";
    return List.of(
        full.shaped("GET", all, "credentials.list", "credentials.list", this::list)
            .query(LIMIT, CURSOR)
            .gives(Schema.page(CREDENTIAL)),
        full.shaped("POST", all, "credentials.create", "credentials.create", this::create)
            .takes(
                Schema.object()
                    .must("name", Schema.text(LONGEST_NAME))
                    .must("type", Schema.text(LONGEST_NAME))
                    .must("data", Schema.free())
                    .may("projectId", ID))
            .gives(CREDENTIAL),
        full.shaped(
                "GET",
                all + "/schema/{credentialTypeName}",
                "credentials.schema",
                "credentialTypes.schema",
                this::schema)
            .gives(Schema.free()),
        full.shaped(
                "GET",
                one,
                "credentials.get",
                "credentials.get",
                call -> shown(full.call("credentials.get", call)))
            .gives(CREDENTIAL),
        full.shaped("PATCH", one, "credentials.update", "credentials.update", this::update)
            .takes(
                Schema.object()
                    .may("name", Schema.text(LONGEST_NAME))
                    .may("type", Schema.text(LONGEST_NAME))
                    .may("data", Schema.free())
                    .may("isPartialData", Schema.flag()))
            .gives(CREDENTIAL),
        full.shaped("DELETE", one, "credentials.delete", "credentials.delete", this::delete)
            .gives(CREDENTIAL),
        full.shaped("POST", one + "/test", "credentials.test", "credentials.test", this::test)
            .gives(
                Schema.object()
                    .must("status", Schema.oneOf("OK", "Error"))
                    .must("message", Schema.text())),
        full.shaped(
                "PUT", one + "/transfer", "credentials.transfer", "credentials.move", this::move)
            .takes(Schema.object().must("destinationProjectId", ID))
            .gives(CREDENTIAL));
  }

  private Answer list(Call call) {
    Map<String, String> query = new HashMap<>();
    query.put("limit", String.valueOf(call.limit(PAGE, LARGEST_PAGE)));
    call.query("cursor").ifPresent(cursor -> query.put("cursor", cursor));
    Map<String, @Nullable Object> page = full.call("credentials.list", call.withQuery(query));
    return Answer.page(
        FullApi.rows(page.get("data")).stream().map(PublicCredentials::shape).toList(),
        FullApi.text(page, "nextCursor"));
  }

  private Answer create(Call call) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>(call.body());
    if (!body.containsKey("projectId")) {
      body.put("projectId", projects.personal(call.principal().userId()));
    }
    return shown(full.call("credentials.create", call.withBody(body)));
  }

  private Answer update(Call call) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>(call.body());
    boolean partial = Boolean.TRUE.equals(body.remove("isPartialData"));
    if (partial && body.get("data") instanceof Map<?, ?> sent) {
      Map<String, @Nullable Object> data = new LinkedHashMap<>();
      // Each secret is there as the mark that keeps it.
      put(data, full.call("credentials.get", call).get("data"));
      put(data, sent);
      body.put("data", data);
    }
    return shown(full.call("credentials.update", call.withBody(body)));
  }

  private static void put(Map<String, @Nullable Object> into, @Nullable Object fields) {
    if (fields instanceof Map<?, ?> map) {
      map.forEach((name, value) -> into.put(String.valueOf(name), value));
    }
  }

  private Answer delete(Call call) {
    Map<String, @Nullable Object> before = full.call("credentials.get", call);
    full.handler("credentials.delete").handle(call);
    return shown(before);
  }

  private Answer test(Call call) {
    Map<String, @Nullable Object> result = full.call("credentials.test", call);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    // A type that has no test is an error in n8n.
    json.put("status", "OK".equals(result.get("status")) ? "OK" : "Error");
    json.put("message", result.get("message"));
    return Answer.ok(json);
  }

  private Answer move(Call call) {
    return shown(
        full.call(
            "credentials.move",
            call.withBody(Map.of("projectId", call.text("destinationProjectId")))));
  }

  private Answer schema(Call call) {
    String name = call.path("credentialTypeName");
    Map<String, @Nullable Object> type =
        full.call("credentialTypes.schema", call.withParameter("name", name));
    if (!Boolean.TRUE.equals(type.get("known"))) {
      throw new MillraceException(
          ErrorCode.NOT_FOUND, "There is no type of credentials called " + name);
    }
    return Answer.ok(CredentialSchema.of(FullApi.rows(type.get("properties"))));
  }

  private static Answer shown(Map<?, ?> credential) {
    return Answer.ok(shape(credential));
  }

  private static Map<String, @Nullable Object> shape(Map<?, ?> credential) {
    List<Map<String, @Nullable Object>> shared = new ArrayList<>();
    shared.add(share(credential.get("projectId"), "credential:owner"));
    if (credential.get("sharedWith") instanceof List<?> projects) {
      projects.forEach(project -> shared.add(share(project, "credential:user")));
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    for (String same : List.of("id", "name", "type", "projectId", "createdAt", "updatedAt")) {
      json.put(same, credential.get(same));
    }
    json.put("shared", shared);
    return json;
  }

  private static Map<String, @Nullable Object> share(@Nullable Object project, String role) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", project);
    json.put("role", role);
    return json;
  }
}
