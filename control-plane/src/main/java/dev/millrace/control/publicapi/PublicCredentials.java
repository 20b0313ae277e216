package dev.millrace.control.publicapi;

import static dev.millrace.control.publicapi.PublicEndpoint.CURSOR;
import static dev.millrace.control.publicapi.PublicEndpoint.ID;
import static dev.millrace.control.publicapi.PublicEndpoint.LARGEST_PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.LIMIT;
import static dev.millrace.control.publicapi.PublicEndpoint.PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.inProjects;

import dev.millrace.control.access.Scope;
import dev.millrace.control.credentials.Credential;
import dev.millrace.control.credentials.CredentialDraft;
import dev.millrace.control.credentials.CredentialService;
import dev.millrace.control.credentials.CredentialTester;
import dev.millrace.control.credentials.CredentialVault;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.Schema;
import dev.millrace.control.projects.Projects;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
              Schema.listOf(
                  Schema.object().must("id", Schema.text()).must("role", Schema.text())))
          .named("PublicCredential");

  private final CredentialVault vault;
  private final Projects projects;

  PublicCredentials(CredentialVault vault, Projects projects) {
    this.vault = vault;
    this.projects = projects;
  }

  List<Endpoint> endpoints() {
    String one = "/credentials/{id}";
    return List.of(
        inProjects(
                "GET",
                "/credentials",
                "credentials.list",
                "Credentials, the oldest first",
                Scope.CREDENTIAL_READ,
                this::list)
            .query(LIMIT, CURSOR)
            .gives(Schema.page(CREDENTIAL)),
        inProjects(
                "POST",
                "/credentials",
                "credentials.create",
                "Makes a credential, in the project named or one's own",
                Scope.CREDENTIAL_CREATE,
                this::create)
            .takes(
                Schema.object()
                    .must("name", Schema.text(LONGEST_NAME))
                    .must("type", Schema.text(LONGEST_NAME))
                    .must("data", Schema.free())
                    .may("projectId", ID))
            .gives(CREDENTIAL)
            .fails(ErrorCode.NOT_FOUND),
        PublicEndpoint.of(
                "GET",
                "/credentials/schema/{credentialTypeName}",
                "credentials.schema",
                "The fields of a type of credentials, as JSON Schema",
                new Access.SignedIn(),
                this::schema)
            .gives(Schema.free()),
        inProjects(
                "GET",
                one,
                "credentials.get",
                "One credential without its fields",
                Scope.CREDENTIAL_READ,
                call ->
                    shown(call, vault.service().get(call.grant(), call.path("id")).credential()))
            .gives(CREDENTIAL)
            .fails(ErrorCode.CREDENTIAL_UNREADABLE),
        inProjects(
                "PATCH",
                one,
                "credentials.update",
                "Changes a credential; isPartialData keeps the fields that are not sent",
                Scope.CREDENTIAL_UPDATE,
                this::update)
            .takes(
                Schema.object()
                    .may("name", Schema.text(LONGEST_NAME))
                    .may("type", Schema.text(LONGEST_NAME))
                    .may("data", Schema.free())
                    .may("isPartialData", Schema.flag()))
            .gives(CREDENTIAL)
            .fails(ErrorCode.CREDENTIAL_UNREADABLE),
        inProjects(
                "DELETE",
                one,
                "credentials.delete",
                "Removes a credential",
                Scope.CREDENTIAL_DELETE,
                call ->
                    shown(
                        call,
                        vault.service().delete(call, call.path("id"), OptionalLong.empty())))
            .gives(CREDENTIAL),
        inProjects(
                "POST",
                one + "/test",
                "credentials.test",
                "Tries a credential out at its service",
                Scope.CREDENTIAL_TEST,
                this::test)
            .gives(
                Schema.object()
                    .must("status", Schema.oneOf("OK", "Error"))
                    .must("message", Schema.text()))
            .fails(ErrorCode.CREDENTIAL_UNREADABLE, ErrorCode.CREDENTIALS_UNAVAILABLE),
        inProjects(
                "PUT",
                one + "/transfer",
                "credentials.transfer",
                "Gives a credential to another project in which one may do so too",
                Scope.CREDENTIAL_MOVE,
                call ->
                    shown(
                        call,
                        vault
                            .service()
                            .move(call, call.path("id"), call.text("destinationProjectId"))))
            .takes(Schema.object().must("destinationProjectId", ID))
            .gives(CREDENTIAL));
  }

  private Answer list(Call call) {
    CredentialService.Listed page =
        vault
            .service()
            .list(
                call.grant(),
                Optional.empty(),
                Optional.empty(),
                call.query("cursor"),
                call.limit(PAGE, LARGEST_PAGE));
    return Answer.page(
        page.credentials().stream().map(each -> shape(call.grant(), each)).toList(),
        page.nextCursor().orElse(null));
  }

  private Answer create(Call call) {
    CredentialDraft draft = CredentialDraft.read(call.body());
    String project =
        draft.projectId().orElseGet(() -> projects.personal(call.principal().userId()));
    return shown(call, vault.service().create(call, project, draft).credential());
  }

  private Answer update(Call call) {
    String id = call.path("id");
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(call.body());
    boolean partial = Boolean.TRUE.equals(fields.remove("isPartialData"));
    CredentialDraft draft = CredentialDraft.read(fields);
    if (partial && draft.fields().isPresent()) {
      draft = draft.keeping(vault.service().get(call.grant(), id).fields().keySet());
    }
    return shown(
        call, vault.service().update(call, id, OptionalLong.empty(), draft).credential());
  }

  private Answer test(Call call) {
    CredentialTester.Result result =
        vault.tester().test(vault.service(), call, call.path("id"));
    return Answer.ok(
        Map.of(
            "status",
            switch (result.status()) {
              case OK -> "OK";
              case ERROR, NOT_TESTABLE -> "Error";
            },
            "message",
            result.message()));
  }

  private Answer schema(Call call) {
    String name = call.path("credentialTypeName");
    return vault
        .type(name)
        .map(type -> Answer.ok(CredentialSchema.of(type)))
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.NOT_FOUND, "There is no type of credentials called " + name));
  }

  private static Answer shown(Call call, Credential credential) {
    return Answer.ok(shape(call.grant(), credential));
  }

  /** Whom else a credential is shared with is its owner's to know. */
  private static Map<String, @Nullable Object> shape(Grant grant, Credential credential) {
    List<Map<String, @Nullable Object>> shared = new ArrayList<>();
    shared.add(share(credential.projectId(), "credential:owner"));
    credential.sharedWith().stream()
        .filter(project -> grant.covers(credential.projectId()) || grant.covers(project))
        .forEach(project -> shared.add(share(project, "credential:user")));
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", credential.id());
    json.put("name", credential.name());
    json.put("type", credential.type());
    json.put("projectId", credential.projectId());
    json.put("createdAt", credential.createdAt().toString());
    json.put("updatedAt", credential.updatedAt().toString());
    json.put("shared", shared);
    return json;
  }

  private static Map<String, @Nullable Object> share(String project, String role) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", project);
    json.put("role", role);
    return json;
  }
}
