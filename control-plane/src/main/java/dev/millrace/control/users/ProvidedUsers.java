package dev.millrace.control.users;

import dev.millrace.control.access.Role;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.http.Call;
import dev.millrace.control.oidc.OidcUser;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Finds or makes the account of whom an identity provider vouches for. Thread-safe. */
final class ProvidedUsers {
  private final Users users;
  private final Roles roles;
  private final ProviderStore providers;
  private final Invitations invitations;

  ProvidedUsers(Users users, Roles roles, ProviderStore providers, Invitations invitations) {
    this.users = users;
    this.roles = roles;
    this.providers = providers;
    this.invitations = invitations;
  }

  /**
   * Whose account it is. In one transaction with what is noted of it.
   *
   * @throws MillraceException {@code SIGN_IN_REFUSED} when there is none, and none may be made or
   *     taken over
   */
  User of(Handle handle, Call call, ProviderSettings settings, OidcUser provided) {
    Optional<String> known = providers.userOf(handle, provided.issuer(), provided.subject());
    User user =
        known.isPresent()
            ? users.find(handle, known.get()).orElseThrow(ProvidedUsers::refused)
            : unknown(handle, call, settings, provided);
    if (user.disabled()) {
      throw refused();
    }
    return withRole(handle, call, settings, provided, user);
  }

  private User unknown(Handle handle, Call call, ProviderSettings settings, OidcUser provided) {
    String email =
        provided
            .email()
            .filter(there -> provided.emailVerified() || settings.trustEmail())
            .orElseThrow(() ->
                new MillraceException(
                    ErrorCode.SIGN_IN_REFUSED,
                    "The identity provider tells no verified address of yours"));
    Optional<User> same = users.byEmail(handle, email).map(Users.WithPassword::user);
    return same.isPresent()
        ? linked(handle, call, settings, provided, same.get())
        : provisioned(handle, call, settings, provided, email);
  }

  private User linked(
      Handle handle, Call call, ProviderSettings settings, OidcUser provided, User user) {
    if (!settings.linkByEmail() || user.disabled()) {
      throw refused();
    }
    if (!providers.link(handle, provided.issuer(), provided.subject(), user.id())) {
      // The provider gave the address to somebody else since.
      throw refused();
    }
    if (user.pending()) {
      invitations.forget(handle, user.id());
      users.setNames(handle, user.id(), name(provided.firstName()), name(provided.lastName()));
    }
    Audit.note(
        handle, call, "user.linkProvider", user.id(), "", Map.of("issuer", provided.issuer()));
    return users.find(handle, user.id()).orElseThrow(ProvidedUsers::refused);
  }

  private User provisioned(
      Handle handle, Call call, ProviderSettings settings, OidcUser provided, String email) {
    if (!settings.provision()) {
      throw refused();
    }
    Role role =
        role(handle, settings.roleOf(provided).orElseGet(settings::defaultRole))
            .orElseThrow(ProvidedUsers::refused);
    User user =
        users.create(
            handle, email, name(provided.firstName()), name(provided.lastName()), role, null);
    if (!providers.link(handle, provided.issuer(), provided.subject(), user.id())) {
      throw refused();
    }
    Audit.note(
        handle,
        call,
        "user.provision",
        user.id(),
        "",
        Map.of("issuer", provided.issuer(), "role", role.slug()));
    return users.find(handle, user.id()).orElseThrow(ProvidedUsers::refused);
  }

  /** The owner stays the owner, whatever group he is in; and nobody becomes one. */
  private User withRole(
      Handle handle, Call call, ProviderSettings settings, OidcUser provided, User user) {
    String wanted = settings.roleOf(provided).orElseGet(user::role);
    if (wanted.equals(user.role()) || user.role().equals(Role.OWNER.slug())) {
      return user;
    }
    Optional<Role> role = role(handle, wanted);
    if (role.isEmpty()) {
      throw refused();
    }
    users.changeRole(handle, user.id(), role.get());
    Audit.note(
        handle,
        call,
        "user.changeRole",
        user.id(),
        "",
        Map.of("from", user.role(), "to", wanted, "by", "provider"));
    return users.find(handle, user.id()).orElseThrow(ProvidedUsers::refused);
  }

  /** What others see of him is one short line, whatever the provider has. */
  private static String name(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() > UserEndpoints.LONGEST_NAME
        ? line.substring(0, UserEndpoints.LONGEST_NAME)
        : line;
  }

  private Optional<Role> role(Handle handle, String slug) {
    return Optional.of(roles.hold(handle, slug, Role.Kind.INSTALLATION))
        .filter(role -> !role.equals(Role.OWNER));
  }

  /** Why is told to admins by the audit log, and to nobody else. */
  private static MillraceException refused() {
    return new MillraceException(
        ErrorCode.SIGN_IN_REFUSED, "There is no account here for you, or none that is open");
  }
}
