package dev.millrace.control.credentials;

import dev.millrace.control.access.Scope;
import dev.millrace.control.credentials.CredentialRepository.Page;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The API of credentials. No answer holds a secret in clear. */
final class CredentialRoutes {
  private static final int PAGE = 50;
  private static final int MOST = 250;
  private static final Schema CREDENTIAL = CredentialJson.fields().named("Credential");
  private static final Schema SHOWN =
      CredentialJson.fields().must("data", Schema.free()).named("CredentialWithFields");
  private static final Schema IMPORTED =
      Schema.object()
          .must("from", Schema.text())
          .must("id", Schema.text())
          .must("name", Schema.text())
          .must("type", Schema.text())
          .must("outcome", Schema.oneOf("CREATED", "UPDATED", "UNCHANGED", "RENUMBERED"))
          .named("ImportedCredential");

  private final CredentialService credentials;
  private final CredentialImport imports;
  private final CredentialTester tester;
  private final CredentialTypes types;
  private final CredentialKeyRotation rotation;
  private final RemoteLeases leases;

  CredentialRoutes(
      CredentialService credentials,
      CredentialImport imports,
      CredentialTester tester,
      CredentialTypes types,
      CredentialKeyRotation rotation,
      RemoteLeases leases) {
    this.credentials = credentials;
    this.imports = imports;
    this.tester = tester;
    this.types = types;
    this.rotation = rotation;
    this.leases = leases;
  }

  List<Endpoint> endpoints() {
    String one = "/api/credentials/{id}";
    return List.of(
        new Endpoint(
                "GET",
                "/api/credentials",
                "credentials.list",
                "Credentials of your projects and those shared with them, without their fields",
                new Access.Project(Scope.CREDENTIAL_READ),
                this::list)
            .query(
                Parameter.limit(MOST),
                Parameter.cursor(),
                Parameter.text("type", "The type that they have"),
                Parameter.text("projectId", "The project that they belong to"))
            .gives(Schema.page(CREDENTIAL)),
        new Endpoint(
                "POST",
                "/api/credentials",
                "credentials.create",
                "Make a credential",
                new Access.Project(Scope.CREDENTIAL_CREATE),
                this::create)
            .takes(
                Schema.object()
                    .must("name", Schema.text(128))
                    .must("type", Schema.text(128))
                    .may("projectId", Schema.text().orNull())
                    .may("data", Schema.free().orNull())
                    .may("allowedHosts", Schema.listOf(Schema.text(), 100).orNull())
                    .may("millrace", Schema.free().orNull()))
            .creates(SHOWN)
            .fails(ErrorCode.CONFLICT, ErrorCode.NOT_FOUND, ErrorCode.INVALID_LIMITS),
        new Endpoint(
                "POST",
                "/api/credentials/import",
                "credentials.import",
                "Take over a decrypted export of n8n",
                new Access.Project(Scope.CREDENTIAL_CREATE),
                this::importAll)
            .takes(
                Schema.object()
                    .must("credentials", Schema.listOf(Schema.any()))
                    .may("projectId", Schema.text().orNull()))
            .gives(Schema.object().must("data", Schema.listOf(IMPORTED)))
            .fails(ErrorCode.CONFLICT, ErrorCode.NOT_FOUND, ErrorCode.INVALID_LIMITS),
        new Endpoint(
                "POST",
                "/api/credentials/rotate-keys",
                "credentials.rotateKeys",
                "Wrap all data keys with the newest encryption key",
                new Access.Installation(Scope.CREDENTIAL_UPDATE),
                this::rotate)
            .gives(
                Schema.object()
                    .must("rotated", Schema.count())
                    .must("unreadable", Schema.count())
                    .must("left", Schema.count())),
        new Endpoint(
                "GET",
                one,
                "credentials.get",
                "A credential, with a mark in place of each secret",
                new Access.Project(Scope.CREDENTIAL_READ),
                this::get)
            .gives(SHOWN),
        new Endpoint(
                "PATCH",
                one,
                "credentials.update",
                "Change a credential; marks keep their secrets",
                new Access.Project(Scope.CREDENTIAL_UPDATE),
                this::update)
            .takes(
                Schema.object()
                    .may("name", Schema.text(128).orNull())
                    .may("type", Schema.text(128).orNull())
                    .may("projectId", Schema.text().orNull())
                    .may("data", Schema.free().orNull())
                    .may("allowedHosts", Schema.listOf(Schema.text(), 100).orNull())
                    .may("millrace", Schema.free().orNull()))
            .gives(SHOWN)
            .fails(ErrorCode.CONFLICT, ErrorCode.INVALID_LIMITS),
        new Endpoint(
                "DELETE",
                one,
                "credentials.delete",
                "Delete a credential",
                new Access.Project(Scope.CREDENTIAL_DELETE),
                this::delete)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "POST",
                one + "/test",
                "credentials.test",
                "Try a credential out at its service",
                new Access.Project(Scope.CREDENTIAL_TEST),
                this::test)
            .gives(
                Schema.object()
                    .must("status", Schema.oneOf("OK", "ERROR", "NOT_TESTABLE"))
                    .must("message", Schema.text())),
        new Endpoint(
                "PUT",
                one + "/share",
                "credentials.share",
                "Let workflows of exactly these other projects use a credential",
                new Access.Project(Scope.CREDENTIAL_SHARE),
                this::share)
            .takes(Schema.object().must("projects", Schema.listOf(Schema.text(), 1000)))
            .gives(CREDENTIAL),
        new Endpoint(
                "PUT",
                one + "/transfer",
                "credentials.move",
                "Move a credential to another project",
                new Access.Project(Scope.CREDENTIAL_MOVE),
                this::move)
            .takes(Schema.object().must("projectId", Schema.text()))
            .gives(CREDENTIAL)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "GET",
                "/api/credential-types",
                "credentialTypes.list",
                "The types of credentials that are known here",
                new Access.SignedIn(),
                call ->
                    Answer.ok(Map.of("data", types.all().map(CredentialJson::summary).toList())))
            .gives(
                Schema.object()
                    .must("data", Schema.listOf(CredentialJson.summary().named("CredentialType")))),
        new Endpoint(
                "GET",
                "/api/credential-types/{name}/schema",
                "credentialTypes.schema",
                "The fields of a type, and which are secret",
                new Access.SignedIn(),
                call -> Answer.ok(CredentialJson.schema(types.of(call.path("name")))))
            .gives(
                CredentialJson.summary()
                    .must("properties", Schema.listOf(Schema.free()))
                    .must("unchanged", Schema.text())
                    .named("CredentialTypeSchema")),
        new Endpoint(
                "POST",
                HttpLeases.PATH,
                "leases.create",
                "For workers, who prove themselves by a token: the use of a credential for a minute",
                new Access.Open(),
                call -> Answer.ok(leases.answer(call.body())))
            .takes(Schema.object().must("token", Schema.text()).must("sealed", Schema.text()))
            .gives(Schema.object().must("sealed", Schema.text()))
            .fails(ErrorCode.LEASE_REFUSED, ErrorCode.CREDENTIALS_UNAVAILABLE));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, MOST);
    List<Credential> found =
        credentials.list(
            call.grant(),
            new Page(
                call.query("type"),
                call.query("projectId"),
                call.query("cursor").map(CredentialJson::position),
                limit + 1));
    List<Credential> page = found.size() > limit ? found.subList(0, limit) : found;
    return Answer.page(
        page.stream().map(each -> CredentialJson.of(call.grant(), each)).toList(),
        found.size() > limit ? CredentialJson.cursor(page.getLast()) : null);
  }

  private Answer get(Call call) {
    return shown(Answer::ok, call, credentials.get(call.grant(), call.path("id")));
  }

  private Answer create(Call call) {
    CredentialDraft draft = CredentialDraft.read(call.body());
    return shown(
        Answer::created,
        call,
        credentials.create(call, project(call.grant(), draft.projectId()), draft));
  }

  private Answer update(Call call) {
    return shown(
        Answer::ok,
        call,
        credentials.update(
            call, call.path("id"), version(call), CredentialDraft.read(call.body())));
  }

  private Answer delete(Call call) {
    credentials.delete(call, call.path("id"), version(call));
    return Answer.none();
  }

  private Answer test(Call call) {
    Map.Entry<Credential, Map<String, @Nullable Object>> stored =
        credentials.revealed(call, call.path("id"));
    try {
      CredentialTester.Result result = tester.test(stored.getKey(), stored.getValue());
      return Answer.ok(Map.of("status", result.status().name(), "message", result.message()));
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.CREDENTIALS_UNAVAILABLE, "The test was interrupted", stopping);
    }
  }

  private Answer share(Call call) {
    return Answer.ok(
        CredentialJson.of(
            call.grant(), credentials.share(call, call.path("id"), call.texts("projects"))));
  }

  private Answer move(Call call) {
    return Answer.ok(
        CredentialJson.of(
            call.grant(), credentials.move(call, call.path("id"), call.text("projectId"))));
  }

  private Answer importAll(Call call) {
    Map<String, @Nullable Object> body = call.body();
    if (!(body.get("credentials") instanceof List<?> entries)) {
      throw CredentialDraft.invalid("credentials must be the list of a decrypted export");
    }
    List<Map<String, @Nullable Object>> imported =
        imports.run(call, project(call.grant(), call.optionalText("projectId")), entries).stream()
            .map(CredentialRoutes::imported)
            .toList();
    return Answer.ok(Map.of("data", imported));
  }

  private static Map<String, @Nullable Object> imported(CredentialImport.Imported each) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("from", each.from());
    json.put("id", each.id());
    json.put("name", each.name());
    json.put("type", each.type());
    json.put("outcome", each.outcome().name());
    return json;
  }

  private Answer rotate(Call call) {
    CredentialKeyRotation.Progress progress = rotation.rotate();
    credentials.noteRotation(call, progress);
    return Answer.ok(
        Map.of(
            "rotated",
            (double) progress.rotated(),
            "unreadable",
            (double) progress.unreadable(),
            "left",
            (double) progress.left()));
  }

  /** The project that is meant where a caller has one alone. */
  private static String project(Grant grant, Optional<String> named) {
    if (named.isPresent()) {
      return named.get();
    }
    if (grant.projects().size() == 1) {
      return grant.projects().iterator().next();
    }
    throw CredentialDraft.invalid("projectId is missing");
  }

  private static Answer shown(
      Function<Object, Answer> status, Call call, CredentialService.Shown shown) {
    return status
        .apply(CredentialJson.of(call.grant(), shown))
        .with("etag", "\"" + shown.credential().version() + "\"");
  }

  private static OptionalLong version(Call call) {
    Optional<String> sent = call.header().apply("if-match");
    if (sent.isEmpty() || sent.get().equals("*")) {
      return OptionalLong.empty();
    }
    String text = sent.get().strip().replaceAll("^\"|\"$", "");
    if (!text.matches("\\d{1,18}")) {
      // A tag that no answer had matches nothing.
      return OptionalLong.of(-1);
    }
    return OptionalLong.of(Long.parseLong(text));
  }
}
