package dev.millrace.control.projects;

import dev.millrace.control.access.Role;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.http.Call;
import dev.millrace.control.users.Roles;
import dev.millrace.control.users.Users;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/**
 * Making projects, and letting people into them; all noted. What the call's grant does not cover is
 * {@code NOT_FOUND}. Thread-safe.
 */
public final class ProjectAdministration {
  private static final int LONGEST_NAME = 255;

  private final Database database;
  private final Projects projects;
  private final Users users;
  private final Roles roles;

  public ProjectAdministration(Database database, Projects projects, Users users, Roles roles) {
    this.database = database;
    this.projects = projects;
    this.users = users;
    this.roles = roles;
  }

  /** A project that the call may see. */
  public Projects.Project get(Call call, String id) {
    return found(call.grant().require(id));
  }

  /** Makes a project, whose admin the caller is. */
  public Projects.Project create(Call call, String name) {
    String given = name(name);
    String id = Ids.next();
    database
        .jdbi()
        .useTransaction(handle -> {
          handle.execute("insert into project (id, name, type) values (?, ?, 'team')", id, given);
          handle.execute(
              "insert into project_member (project_id, user_id, role) values (?, ?, ?)",
              id,
              call.principal().userId(),
              Role.PROJECT_ADMIN.slug());
          Audit.note(handle, call, "project.create", id, id, Map.of());
        });
    return found(id);
  }

  /** Gives a project another name. */
  public Projects.Project rename(Call call, String id, String name) {
    String known = get(call, id).id();
    String given = name(name);
    database
        .jdbi()
        .useTransaction(handle -> {
          handle.execute(
              "update project set name = ?, updated_at = now() where id = ?", given, known);
          Audit.note(handle, call, "project.update", known, known, Map.of());
        });
    return found(known);
  }

  /**
   * Removes a project that is empty.
   *
   * @throws MillraceException {@code CONFLICT} for one that is personal or has workflows
   */
  public void delete(Call call, String id) {
    Projects.Project project = get(call, id);
    if (project.type().equals("personal")) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "A personal project goes with its owner's account");
    }
    database
        .jdbi()
        .useTransaction(handle -> {
          // Whoever adds a workflow meanwhile waits for this, and then finds no project.
          handle
              .createQuery("select id from project where id = :id for update")
              .bind("id", project.id())
              .mapTo(String.class)
              .one();
          boolean used =
              handle
                  .createQuery(
                      "select exists (select 1 from workflow where project_id = :id) or exists"
                          + " (select 1 from credential where project_id = :id)")
                  .bind("id", project.id())
                  .mapTo(Boolean.class)
                  .one();
          if (used) {
            throw new MillraceException(
                ErrorCode.CONFLICT,
                "The project has workflows or credentials; move or delete them first");
          }
          handle.execute("delete from project where id = ?", project.id());
          Audit.note(handle, call, "project.delete", project.id(), project.id(), Map.of());
        });
  }

  /**
   * Lets people into a project, or gives them other roles in it: all of them or none.
   *
   * @param members the slugs of their roles, by the ids of users
   * @throws MillraceException {@code CONFLICT} for a personal project, {@code NOT_FOUND} for a user
   *     who is none, {@code INVALID_INPUT} for a role that is none in projects
   */
  public void setMembers(Call call, String id, Map<String, String> members) {
    Projects.Project project = get(call, id);
    requireTeam(project);
    Map<String, Role> given = new LinkedHashMap<>();
    members.forEach((user, slug) -> {
      Role role = role(slug);
      if (users.find(user).isEmpty()) {
        throw new MillraceException(ErrorCode.NOT_FOUND, "There is no user " + user);
      }
      given.put(user, role);
    });
    database
        .jdbi()
        .useTransaction(
            handle -> given.forEach((user, role) -> set(handle, call, project, user, role)));
  }

  /**
   * Gives somebody who belongs to a project another role in it.
   *
   * @throws MillraceException as {@link #setMembers}; {@code NOT_FOUND} when he does not belong
   *     there
   */
  public void changeMember(Call call, String id, String user, String slug) {
    Projects.Project project = get(call, id);
    requireTeam(project);
    Role role = role(slug);
    database
        .jdbi()
        .useTransaction(handle -> {
          if (!member(handle, project, user)) {
            throw noMember(user);
          }
          set(handle, call, project, user, role);
        });
  }

  /** Takes somebody out of a project. */
  public void removeMember(Call call, String id, String user) {
    Projects.Project project = get(call, id);
    requireTeam(project);
    database
        .jdbi()
        .useTransaction(handle -> {
          int removed =
              handle.execute(
                  "delete from project_member where project_id = ? and user_id = ?",
                  project.id(),
                  user);
          if (removed == 0) {
            throw noMember(user);
          }
          Audit.note(handle, call, "project.removeMember", user, project.id(), Map.of());
        });
  }

  private static void set(
      Handle handle, Call call, Projects.Project project, String user, Role role) {
    handle.execute(
        "insert into project_member (project_id, user_id, role) values (?, ?, ?) on conflict"
            + " (project_id, user_id) do update set role = excluded.role",
        project.id(),
        user,
        role.slug());
    Audit.note(handle, call, "project.setMember", user, project.id(), Map.of("role", role.slug()));
  }

  private static boolean member(Handle handle, Projects.Project project, String user) {
    return handle
        .createQuery(
            "select exists (select 1 from project_member where project_id = :project and user_id ="
                + " :user)")
        .bind("project", project.id())
        .bind("user", user)
        .mapTo(Boolean.class)
        .one();
  }

  private Role role(String slug) {
    return roles
        .find(slug)
        .filter(found -> found.kind() == Role.Kind.PROJECT)
        .orElseThrow(() -> Call.invalid("role must be a role in projects"));
  }

  private Projects.Project found(String id) {
    return projects
        .find(id)
        .orElseThrow(() -> new MillraceException(ErrorCode.NOT_FOUND, "There is no project " + id));
  }

  private static void requireTeam(Projects.Project project) {
    if (project.type().equals("personal")) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "A personal project has no other members; share what is in it");
    }
  }

  private static MillraceException noMember(String user) {
    return new MillraceException(ErrorCode.NOT_FOUND, "There is no member " + user);
  }

  private static String name(String text) {
    String name = text.strip();
    if (name.length() > LONGEST_NAME) {
      throw Call.invalid("name must have at most " + LONGEST_NAME + " characters");
    }
    return name;
  }
}
