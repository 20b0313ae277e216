package dev.millrace.control.users;

import dev.millrace.control.access.Role;
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
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The roles of an installation: what there is, and making its own. */
final class RoleEndpoints {
  private static final int LONGEST_NAME = 60;
  private static final String PROJECT = "project";
  private static final String INSTALLATION = "installation";

  private static final Schema SCOPES =
      Schema.listOf(
          Schema.oneOf(Arrays.stream(Scope.values()).map(Scope::text).toList()),
          Scope.values().length);

  private static final Schema ROLE =
      Schema.object()
          .must("slug", Schema.text())
          .must("name", Schema.text())
          .must("kind", Schema.oneOf(INSTALLATION, PROJECT))
          .must("builtIn", Schema.flag())
          .must("scopes", Schema.listOf(Schema.text()))
          .named("Role");

  private final Database database;
  private final Roles roles;

  RoleEndpoints(Database database, Roles roles) {
    this.database = database;
    this.roles = roles;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/roles",
                "roles.list",
                "The roles that there are, with their scopes",
                new Access.Installation(Scope.ROLE_READ),
                call -> Answer.ok(roles.all().stream().map(RoleEndpoints::json).toList()))
            .gives(Schema.listOf(ROLE)),
        new Endpoint(
                "POST",
                "/api/roles",
                "roles.create",
                "Makes a role of scopes that one has oneself",
                new Access.Installation(Scope.ROLE_MANAGE),
                this::create)
            .takes(
                Schema.object()
                    .must("name", Schema.text(LONGEST_NAME))
                    .must("kind", Schema.oneOf(INSTALLATION, PROJECT))
                    .must("scopes", SCOPES))
            .creates(ROLE)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "GET",
                "/api/roles/{slug}",
                "roles.get",
                "One role",
                new Access.Installation(Scope.ROLE_READ),
                call ->
                    Answer.ok(
                        json(
                            roles
                                .find(call.path("slug"))
                                .orElseThrow(() -> missing(call.path("slug"))))))
            .gives(ROLE),
        new Endpoint(
                "PUT",
                "/api/roles/{slug}",
                "roles.update",
                "Gives a role another name and other scopes, for all who have it",
                new Access.Installation(Scope.ROLE_MANAGE),
                this::update)
            .takes(Schema.object().must("name", Schema.text(LONGEST_NAME)).must("scopes", SCOPES))
            .gives(ROLE)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "DELETE",
                "/api/roles/{slug}",
                "roles.delete",
                "Removes a role that nobody has",
                new Access.Installation(Scope.ROLE_MANAGE),
                this::delete)
            .fails(ErrorCode.CONFLICT));
  }

  private Answer create(Call call) {
    String name = name(call);
    Role.Kind kind =
        switch (call.text("kind")) {
          case PROJECT -> Role.Kind.PROJECT;
          case INSTALLATION -> Role.Kind.INSTALLATION;
          default -> throw Call.invalid("kind must be " + INSTALLATION + " or " + PROJECT);
        };
    Role role = new Role(slug(kind, name), name, kind, scopes(call, kind), false);
    Rights.require(call.principal().scopes(), role);
    database
        .jdbi()
        .useTransaction(handle -> {
          roles.create(handle, role);
          note(handle, call, "role.create", role);
        });
    roles.changed();
    return Answer.created(json(role));
  }

  private Answer update(Call call) {
    String slug = call.path("slug");
    String name = name(call);
    Role role =
        database
            .jdbi()
            .inTransaction(handle -> {
              Role before = own(handle, slug);
              Role after = new Role(slug, name, before.kind(), scopes(call, before.kind()), false);
              // Whoever has less takes nothing from a role that has more.
              Rights.require(call.principal().scopes(), before);
              Rights.require(call.principal().scopes(), after);
              roles.update(handle, after);
              note(handle, call, "role.update", after);
              return after;
            });
    roles.changed();
    return Answer.ok(json(role));
  }

  private Answer delete(Call call) {
    String slug = call.path("slug");
    database
        .jdbi()
        .useTransaction(handle -> {
          Role role = own(handle, slug);
          Rights.require(call.principal().scopes(), role);
          roles.delete(handle, slug);
          note(handle, call, "role.delete", role);
        });
    roles.changed();
    return Answer.none();
  }

  /** A role that can be changed, and stays until the transaction ends. */
  private Role own(Handle handle, String slug) {
    if (Roles.builtIn(slug).isPresent()) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "The role " + slug + " comes with Millrace and stays as it is");
    }
    return roles.lock(handle, slug).orElseThrow(() -> missing(slug));
  }

  private static MillraceException missing(String slug) {
    return new MillraceException(ErrorCode.NOT_FOUND, "There is no role " + slug);
  }

  private static void note(Handle handle, Call call, String action, Role role) {
    Audit.note(
        handle,
        call,
        action,
        role.slug(),
        "",
        Map.of("scopes", role.scopes().stream().map(Scope::text).sorted().toList()));
  }

  private static String name(Call call) {
    String name = call.text("name").strip();
    if (name.length() > LONGEST_NAME) {
      throw Call.invalid("name must have at most " + LONGEST_NAME + " characters");
    }
    return name;
  }

  /** Says for what it is given and, in letters that a URL has, how it was named. */
  private static String slug(Role.Kind kind, String name) {
    String letters =
        name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    if (letters.isEmpty()) {
      throw Call.invalid("name must have a letter from a to z, or a digit");
    }
    return switch (kind) {
      case INSTALLATION -> "global:" + letters;
      case PROJECT -> "project:" + letters;
    };
  }

  private static Set<Scope> scopes(Call call, Role.Kind kind) {
    EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (String text : call.texts("scopes")) {
      Scope scope = Scope.of(text).orElseThrow(() -> Call.invalid("scopes: there is no " + text));
      if (kind == Role.Kind.PROJECT && !scope.inProjects()) {
        throw Call.invalid("scopes: " + text + " is nothing that a role in projects can have");
      }
      scopes.add(scope);
    }
    return scopes;
  }

  private static Map<String, @Nullable Object> json(Role role) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("slug", role.slug());
    json.put("name", role.name());
    json.put("kind", role.kind() == Role.Kind.PROJECT ? PROJECT : INSTALLATION);
    json.put("builtIn", role.builtIn());
    json.put("scopes", role.scopes().stream().map(Scope::text).sorted().toList());
    return json;
  }
}
