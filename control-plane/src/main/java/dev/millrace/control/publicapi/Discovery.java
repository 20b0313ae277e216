package dev.millrace.control.publicapi;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.OpenApi;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Tells callers what they may do here, and how it is done. */
final class Discovery {
  private static final String DESCRIPTION = "/openapi.yml";

  private final List<Endpoint> endpoints;
  private final Reach reach;

  /**
   * @param endpoints those that are told of
   */
  Discovery(List<Endpoint> endpoints, Reach reach) {
    this.endpoints = List.copyOf(endpoints);
    this.reach = reach;
  }

  List<Endpoint> endpoints() {
    return List.of(
        PublicEndpoint.of(
                "GET",
                "/discover",
                "discover.get",
                "What the key or session that is used may do here",
                new Access.SignedIn(),
                this::discover)
            .query(
                Parameter.text("resource", "Only of this, such as workflows"),
                Parameter.text("operation", "Only this, such as list"))
            .gives(
                Schema.object()
                    .must(
                        "data",
                        Schema.object()
                            .must("scopes", Schema.listOf(Schema.text()))
                            .must(
                                "resources",
                                Schema.mapOf(
                                    Schema.object()
                                        .must("operations", Schema.listOf(Schema.text()))
                                        .must("endpoints", Schema.listOf(Schema.free()))))
                            .must("specUrl", Schema.text()))),
        PublicEndpoint.of(
                "GET",
                DESCRIPTION,
                "discover.describe",
                "This API by OpenAPI 3.1, in the part of YAML that is JSON",
                new Access.Open(),
                OpenApi.describing(() -> endpoints))
            .gives(Schema.free()));
  }

  private Answer discover(Call call) {
    Principal caller = call.principal();
    Map<Scope, Boolean> scopes = new HashMap<>();
    Arrays.stream(Scope.values()).forEach(scope -> scopes.put(scope, reach.has(caller, scope)));
    Map<String, List<Endpoint>> resources = new TreeMap<>();
    for (Endpoint endpoint : endpoints) {
      if (reach.has(caller, endpoint.access(), scopes)
          && asked(call.query("resource"), resource(endpoint))
          && asked(call.query("operation"), operation(endpoint))) {
        resources.computeIfAbsent(resource(endpoint), name -> new ArrayList<>()).add(endpoint);
      }
    }
    Map<String, @Nullable Object> shown = new LinkedHashMap<>();
    resources.forEach((name, of) -> shown.put(name, json(of)));
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put(
        "scopes",
        scopes.entrySet().stream()
            .filter(Map.Entry::getValue)
            .map(scope -> scope.getKey().text())
            .sorted()
            .toList());
    data.put("resources", shown);
    data.put("specUrl", "/api/v1" + DESCRIPTION);
    return Answer.ok(Map.of("data", data));
  }

  private static boolean asked(Optional<String> only, String name) {
    return only.map(name::equals).orElse(true);
  }

  private static Map<String, @Nullable Object> json(List<Endpoint> endpoints) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("operations", endpoints.stream().map(Discovery::operation).toList());
    json.put(
        "endpoints",
        endpoints.stream()
            .map(endpoint ->
                Map.of(
                    "method",
                    endpoint.method(),
                    "path",
                    endpoint.path(),
                    "operationId",
                    endpoint.id()))
            .toList());
    return json;
  }

  /** Ids are such as {@code v1.workflows.list}. */
  private static String resource(Endpoint endpoint) {
    return endpoint.id().split("\\.", -1)[1];
  }

  private static String operation(Endpoint endpoint) {
    return endpoint.id().split("\\.", -1)[2];
  }
}
