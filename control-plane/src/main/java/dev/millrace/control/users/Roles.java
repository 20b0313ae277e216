package dev.millrace.control.users;

import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The roles that there are: those that are built in, and an installation's own. Thread-safe. */
public final class Roles {
  private final Database database;

  public Roles(Database database) {
    this.database = database;
  }

  public Optional<Role> find(String slug) {
    return Role.BUILT_IN.stream()
        .filter(role -> role.slug().equals(slug))
        .findFirst()
        .or(() ->
            database
                .jdbi()
                .withHandle(handle ->
                    handle
                        .createQuery("select * from role where slug = :slug")
                        .bind("slug", slug)
                        .map((row, context) -> role(row))
                        .findOne()));
  }

  public List<Role> all() {
    return Stream.concat(
            Role.BUILT_IN.stream(),
            database
                .jdbi()
                .withHandle(handle ->
                    handle
                        .createQuery("select * from role order by slug")
                        .map((row, context) -> role(row))
                        .list())
                .stream())
        .toList();
  }

  private static Role role(ResultSet row) throws SQLException {
    return new Role(
        row.getString("slug"),
        row.getString("name"),
        Role.Kind.valueOf(row.getString("kind")),
        Scope.known((String[]) row.getArray("scopes").getArray()),
        false);
  }
}
