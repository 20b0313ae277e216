package dev.millrace.control.users;

import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Schema;
import dev.millrace.control.oidc.OidcClient;
import dev.millrace.control.vault.Secret;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Saying who vouches for users. The client's secret is taken and never told. */
final class ProviderSettingsEndpoints {
  private static final int LONGEST = 1000;
  private static final int LONGEST_LABEL = 60;
  private static final int MOST = 100;
  private static final String OPENID = "openid";
  private static final List<String> SCOPES = List.of(OPENID, "email", "profile");

  private static final Schema.Fields COMMON =
      Schema.object().must("issuer", Schema.text(LONGEST)).must("clientId", Schema.text(LONGEST));

  private static final Schema MAPPING =
      Schema.listOf(
          Schema.object().must("value", Schema.text(LONGEST)).must("role", Schema.text(LONGEST)),
          MOST);

  private static final Schema TAKEN =
      COMMON
          .may("clientSecret", Schema.text(LONGEST).orNull())
          .may("enabled", Schema.flag())
          .may("label", Schema.text(LONGEST_LABEL))
          .may("scopes", Schema.listOf(Schema.text(LONGEST), MOST))
          .may("linkByEmail", Schema.flag())
          .may("trustEmail", Schema.flag())
          .may("provision", Schema.flag())
          .may("defaultRole", Schema.text(LONGEST))
          .may("roleClaim", Schema.text(LONGEST).orNull())
          .may("roleMapping", MAPPING);

  private static final Schema GIVEN =
      COMMON
          .must("hasClientSecret", Schema.flag())
          .must("enabled", Schema.flag())
          .must("label", Schema.text())
          .must("scopes", Schema.listOf(Schema.text()))
          .must("linkByEmail", Schema.flag())
          .must("trustEmail", Schema.flag())
          .must("provision", Schema.flag())
          .must("defaultRole", Schema.text())
          .must("roleClaim", Schema.text().orNull())
          .must("roleMapping", MAPPING)
          .must("redirectUri", Schema.text())
          .named("OidcSettings");

  private final Database database;
  private final ProviderStore store;
  private final Providers providers;
  private final Roles roles;

  ProviderSettingsEndpoints(
      Database database, ProviderStore store, Providers providers, Roles roles) {
    this.database = database;
    this.store = store;
    this.providers = providers;
    this.roles = roles;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/settings/oidc",
                "settings.getOidc",
                "The identity provider, without the client's secret",
                new Access.Installation(Scope.SIGN_IN_MANAGE),
                call -> answer(store.find().orElseThrow(ProviderSettingsEndpoints::none)))
            .gives(GIVEN)
            .fails(ErrorCode.NOT_FOUND),
        new Endpoint(
                "PUT",
                "/api/settings/oidc",
                "settings.setOidc",
                "Says which identity provider people sign in by, once that could be reached",
                new Access.Installation(Scope.SIGN_IN_MANAGE),
                this::put)
            .takes(TAKEN)
            .gives(GIVEN)
            .fails(ErrorCode.SIGN_IN_PROVIDER_FAILED),
        new Endpoint(
                "DELETE",
                "/api/settings/oidc",
                "settings.deleteOidc",
                "Forgets the identity provider; accounts and sessions stay",
                new Access.Installation(Scope.SIGN_IN_MANAGE),
                this::delete)
            .fails(ErrorCode.NOT_FOUND));
  }

  private Answer put(Call call) {
    SignInEndpoints.requireSession(call);
    ProviderSettings wanted = settings(call, store.find());
    if (wanted.enabled()) {
      // Before anybody is sent there who finds that it does not work.
      providers.check(wanted);
    }
    database
        .jdbi()
        .useTransaction(handle -> {
          wanted.roles().forEach(slug -> hold(handle, slug));
          store.put(handle, wanted);
          Audit.note(
              handle,
              call,
              "settings.oidc",
              "",
              "",
              Map.of("issuer", wanted.issuer(), "enabled", wanted.enabled()));
        });
    return answer(wanted);
  }

  private void hold(Handle handle, String slug) {
    if (roles.hold(handle, slug, Role.Kind.INSTALLATION).equals(Role.OWNER)) {
      throw Call.invalid("No identity provider makes somebody the owner");
    }
  }

  private ProviderSettings settings(Call call, Optional<ProviderSettings> before) {
    String issuer = call.text("issuer");
    String clientId = call.text("clientId");
    if (!OidcClient.isIssuer(issuer)) {
      throw Call.invalid("issuer must be an https URL");
    }
    return new ProviderSettings(
        Ids.next(),
        flag(call, "enabled", true),
        call.optionalText("label").orElse("Single sign-on"),
        issuer,
        clientId,
        secret(call, issuer, clientId, before),
        scopes(call),
        flag(call, "linkByEmail", false),
        flag(call, "trustEmail", false),
        flag(call, "provision", false),
        call.optionalText("defaultRole").orElse(Role.MEMBER.slug()),
        call.optionalText("roleClaim"),
        mapping(call));
  }

  /** Who does not send it keeps it, unless it would go to somebody else then. */
  private byte @Nullable [] secret(
      Call call, String issuer, String clientId, Optional<ProviderSettings> before) {
    if (call.body().containsKey("clientSecret")) {
      Optional<String> given = call.optionalText("clientSecret");
      if (given.isEmpty()) {
        return null;
      }
      try (Secret secret = Secret.of(given.get())) {
        return store.seal(secret, issuer, clientId);
      }
    }
    ProviderSettings kept =
        before
            .filter(there -> there.issuer().equals(issuer) && there.clientId().equals(clientId))
            .orElse(null);
    return kept == null ? null : kept.sealedSecret();
  }

  private static List<String> scopes(Call call) {
    List<String> given = call.texts("scopes");
    if (given.isEmpty()) {
      return SCOPES;
    }
    if (!given.contains(OPENID) || given.stream().anyMatch(scope -> scope.matches(".*\\s.*"))) {
      throw Call.invalid("scopes must have " + OPENID + ", and each one word");
    }
    return given;
  }

  private static List<ProviderSettings.RoleOf> mapping(Call call) {
    List<ProviderSettings.RoleOf> mapping = new ArrayList<>();
    if (call.body().get("roleMapping") instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof Map<?, ?> one
            && one.get("value") instanceof String value
            && one.get("role") instanceof String role) {
          mapping.add(new ProviderSettings.RoleOf(value, role));
        }
      }
    }
    if (!mapping.isEmpty() && call.optionalText("roleClaim").isEmpty()) {
      throw Call.invalid("roleMapping needs roleClaim, the claim that names groups");
    }
    return mapping;
  }

  private static boolean flag(Call call, String name, boolean preset) {
    return switch (call.body().get(name)) {
      case null -> preset;
      case Boolean flag -> flag;
      default -> throw Call.invalid(name + " must be true or false");
    };
  }

  private Answer delete(Call call) {
    SignInEndpoints.requireSession(call);
    boolean deleted =
        database
            .jdbi()
            .inTransaction(handle -> {
              boolean there = store.delete(handle);
              if (there) {
                Audit.note(handle, call, "settings.oidc", "", "", Map.of("enabled", false));
              }
              return there;
            });
    if (!deleted) {
      throw none();
    }
    return Answer.none();
  }

  private Answer answer(ProviderSettings settings) {
    return Answer.ok(settings.json(providers.redirectUri()));
  }

  private static MillraceException none() {
    return new MillraceException(ErrorCode.NOT_FOUND, "No identity provider is set up here");
  }
}
