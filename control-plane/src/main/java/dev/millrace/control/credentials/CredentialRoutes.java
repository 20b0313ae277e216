package dev.millrace.control.credentials;

import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
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
            this::list),
        new Endpoint(
            "POST",
            "/api/credentials",
            "credentials.create",
            "Make a credential",
            new Access.Project(Scope.CREDENTIAL_CREATE),
            this::create),
        new Endpoint(
            "POST",
            "/api/credentials/import",
            "credentials.import",
            "Take over a decrypted export of n8n",
            new Access.Project(Scope.CREDENTIAL_CREATE),
            this::importAll),
        new Endpoint(
            "POST",
            "/api/credentials/rotate-keys",
            "credentials.rotateKeys",
            "Wrap all data keys with the newest encryption key",
            new Access.Installation(Scope.CREDENTIAL_UPDATE),
            this::rotate),
        new Endpoint(
            "GET",
            one,
            "credentials.get",
            "A credential, with a mark in place of each secret",
            new Access.Project(Scope.CREDENTIAL_READ),
            this::get),
        new Endpoint(
            "PATCH",
            one,
            "credentials.update",
            "Change a credential; marks keep their secrets",
            new Access.Project(Scope.CREDENTIAL_UPDATE),
            this::update),
        new Endpoint(
            "DELETE",
            one,
            "credentials.delete",
            "Delete a credential",
            new Access.Project(Scope.CREDENTIAL_DELETE),
            this::delete),
        new Endpoint(
            "POST",
            one + "/test",
            "credentials.test",
            "Try a credential out at its service",
            new Access.Project(Scope.CREDENTIAL_TEST),
            this::test),
        new Endpoint(
            "PUT",
            one + "/share",
            "credentials.share",
            "Let workflows of exactly these other projects use a credential",
            new Access.Project(Scope.CREDENTIAL_SHARE),
            this::share),
        new Endpoint(
            "PUT",
            one + "/transfer",
            "credentials.move",
            "Move a credential to another project",
            new Access.Project(Scope.CREDENTIAL_MOVE),
            this::move),
        new Endpoint(
            "GET",
            "/api/credential-types",
            "credentialTypes.list",
            "The types of credentials that are known here",
            new Access.SignedIn(),
            call -> Answer.ok(Map.of("data", types.all().map(CredentialJson::summary).toList()))),
        new Endpoint(
            "GET",
            "/api/credential-types/{name}/schema",
            "credentialTypes.schema",
            "The fields of a type, and which are secret",
            new Access.SignedIn(),
            call -> Answer.ok(CredentialJson.schema(types.of(call.path("name"))))),
        new Endpoint(
            "POST",
            HttpLeases.PATH,
            "leases.create",
            "For workers, who prove themselves by a token: the use of a credential for a minute",
            new Access.Open(),
            call -> Answer.ok(leases.answer(body(call)))));
  }

  private Answer list(Call call) {
    CredentialService.Listed page =
        credentials.list(
            call.grant(),
            call.query("type"),
            call.query("projectId"),
            call.query("cursor"),
            call.limit(PAGE, MOST));
    return Answer.page(
        page.credentials().stream().map(each -> CredentialJson.of(call.grant(), each)).toList(),
        page.nextCursor().orElse(null));
  }

  private Answer get(Call call) {
    return shown(Answer::ok, call, credentials.get(call.grant(), call.path("id")));
  }

  private Answer create(Call call) {
    CredentialDraft draft = CredentialDraft.read(body(call));
    return shown(
        Answer::created,
        call,
        credentials.create(call, project(call.grant(), draft.projectId()), draft));
  }

  private Answer update(Call call) {
    return shown(
        Answer::ok,
        call,
        credentials.update(call, call.path("id"), version(call), CredentialDraft.read(body(call))));
  }

  private Answer delete(Call call) {
    credentials.delete(call, call.path("id"), version(call));
    return Answer.none();
  }

  private Answer test(Call call) {
    CredentialTester.Result result = tester.test(credentials, call, call.path("id"));
    return Answer.ok(Map.of("status", result.status().name(), "message", result.message()));
  }

  private Answer share(Call call) {
    body(call);
    call.only("projects");
    return Answer.ok(
        CredentialJson.of(
            call.grant(), credentials.share(call, call.path("id"), call.texts("projects"))));
  }

  private Answer move(Call call) {
    body(call);
    call.only("projectId");
    return Answer.ok(
        CredentialJson.of(
            call.grant(), credentials.move(call, call.path("id"), call.text("projectId"))));
  }

  private Answer importAll(Call call) {
    Map<String, @Nullable Object> body = body(call);
    call.only("projectId", "credentials");
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

  /** What a parser says of a broken body may quote a secret in it. */
  private static Map<String, @Nullable Object> body(Call call) {
    try {
      return call.body();
    } catch (MillraceException broken) {
      throw new MillraceException(broken.code(), "The body is not a JSON object");
    }
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
