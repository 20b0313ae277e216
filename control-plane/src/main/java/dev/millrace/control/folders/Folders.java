package dev.millrace.control.folders;

import dev.millrace.control.db.Ids;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The folders of projects, in the transaction of the caller. What changes where folders lie locks
 * the project, so that two changes that are harmless alone make no cycle together. Thread-safe.
 */
final class Folders {
  /** Folders that lie in each other. */
  static final int DEEPEST = 20;

  private static final String SELECT =
      "select f.*, (select count(*) from folder c where c.parent_id = f.id) as folders, (select"
          + " count(*) from workflow w where w.folder_id = f.id) as workflows from folder f";

  /** Of a folder and all that it lies in: each with its distance. */
  private static final String ANCESTORS =
      "with recursive up (id, parent_id, distance) as (select id, parent_id, 0 from folder where id"
          + " = :id union all select f.id, f.parent_id, up.distance + 1 from folder f join up on"
          + " f.id = up.parent_id) ";

  /** Of a folder and all that lie in it: each with its distance. */
  private static final String DESCENDANTS =
      "with recursive down (id, distance) as (select id, 0 from folder where id = :id union all"
          + " select f.id, down.distance + 1 from folder f join down on f.parent_id = down.id) ";

  /** Holds up every other change of where the folders of a project lie until the commit. */
  void lock(Handle handle, String project) {
    boolean there =
        handle
            .createQuery("select id from project where id = :id for no key update")
            .bind("id", project)
            .mapTo(String.class)
            .findOne()
            .isPresent();
    if (!there) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "There is no project " + project);
    }
  }

  /**
   * Those of a project by name.
   *
   * @param parent in which they lie; empty for wherever
   * @param root whether only those in no other are meant
   * @param name part of it, in any case; empty for all
   * @param after the last of the page before
   */
  List<Folder> list(
      Handle handle,
      String project,
      Optional<String> parent,
      boolean root,
      String name,
      Optional<Folder> after,
      int limit) {
    StringBuilder sql = new StringBuilder(SELECT + " where f.project_id = :project");
    if (root) {
      sql.append(" and f.parent_id is null");
    } else if (parent.isPresent()) {
      sql.append(" and f.parent_id = :parent");
    }
    if (!name.isEmpty()) {
      sql.append(" and position(lower(:name) in lower(f.name)) > 0");
    }
    if (after.isPresent()) {
      sql.append(" and (f.name, f.id) > (:afterName, :afterId)");
    }
    sql.append(" order by f.name, f.id limit :limit");
    return handle
        .createQuery(sql)
        .bind("project", project)
        .bind("parent", parent.orElse(""))
        .bind("name", name)
        .bind("afterName", after.map(Folder::name).orElse(""))
        .bind("afterId", after.map(Folder::id).orElse(""))
        .bind("limit", limit)
        .map((row, context) -> folder(row))
        .list();
  }

  Optional<Folder> find(Handle handle, String project, String id) {
    return handle
        .createQuery(SELECT + " where f.id = :id and f.project_id = :project")
        .bind("id", id)
        .bind("project", project)
        .map((row, context) -> folder(row))
        .findOne();
  }

  /**
   * @throws MillraceException {@code NOT_FOUND}
   */
  Folder require(Handle handle, String project, String id) {
    return find(handle, project, id)
        .orElseThrow(() -> new MillraceException(ErrorCode.NOT_FOUND, "There is no folder " + id));
  }

  /** Those that a folder lies in, the outermost first, and itself. */
  List<Folder> path(Handle handle, Folder folder) {
    return handle
        .createQuery(ANCESTORS + SELECT + " join up on up.id = f.id order by up.distance desc")
        .bind("id", folder.id())
        .map((row, context) -> folder(row))
        .list();
  }

  /**
   * Makes a folder in a project that is locked.
   *
   * @throws MillraceException {@code INVALID_INPUT} when it would lie too deep
   */
  Folder create(Handle handle, String project, Optional<Folder> parent, String name) {
    requireDepth(parent.map(there -> depth(handle, there.id())).orElse(0) + 1);
    String id = Ids.next();
    handle
        .createUpdate(
            "insert into folder (id, project_id, parent_id, name) values (:id, :project, :parent,"
                + " :name)")
        .bind("id", id)
        .bind("project", project)
        .bind("parent", parent.map(Folder::id).orElse(null))
        .bind("name", name)
        .execute();
    return require(handle, project, id);
  }

  void rename(Handle handle, Folder folder, String name) {
    handle.execute(
        "update folder set name = ?, updated_at = now() where id = ?", name, folder.id());
  }

  /**
   * Puts a folder of a project that is locked into another one.
   *
   * @param parent null for none
   * @throws MillraceException {@code INVALID_INPUT} when that lies in it, or it would lie too deep
   */
  void move(Handle handle, Folder folder, @Nullable Folder parent) {
    if (parent != null) {
      requireOutside(handle, folder, parent);
    }
    int height = height(handle, folder.id());
    requireDepth((parent == null ? 0 : depth(handle, parent.id())) + height);
    handle
        .createUpdate("update folder set parent_id = :parent, updated_at = now() where id = :id")
        .bind("parent", parent == null ? null : parent.id())
        .bind("id", folder.id())
        .execute();
  }

  /**
   * Puts what lies in a folder of a project that is locked into another one.
   *
   * @param target null for none
   * @throws MillraceException {@code INVALID_INPUT} when that lies in it, or something would lie
   *     too deep
   */
  void empty(Handle handle, Folder folder, @Nullable Folder target) {
    if (target != null) {
      requireOutside(handle, folder, target);
    }
    requireDepth(
        (target == null ? 0 : depth(handle, target.id())) + height(handle, folder.id()) - 1);
    for (String sql :
        List.of(
            "update workflow set folder_id = :target where folder_id = :id",
            "update folder set parent_id = :target where parent_id = :id")) {
      handle
          .createUpdate(sql)
          .bind("target", target == null ? null : target.id())
          .bind("id", folder.id())
          .execute();
    }
  }

  /**
   * Removes a folder of a project that is locked.
   *
   * @throws MillraceException {@code CONFLICT} when something lies in it
   */
  void delete(Handle handle, Folder folder) {
    int deleted =
        handle.execute(
            "delete from folder f where f.id = ? and not exists (select 1 from folder c where"
                + " c.parent_id = f.id) and not exists (select 1 from workflow w where w.folder_id"
                + " = f.id)",
            folder.id());
    if (deleted == 0) {
      throw new MillraceException(
          ErrorCode.CONFLICT,
          "The folder is not empty; name where what lies in it is to go with transferToFolderId");
    }
  }

  /** How many folders it lies in, itself counted. */
  private static int depth(Handle handle, String id) {
    return handle
        .createQuery(ANCESTORS + "select max(distance) + 1 from up")
        .bind("id", id)
        .mapTo(Integer.class)
        .one();
  }

  /** How deep the folders in it lie, itself counted. */
  private static int height(Handle handle, String id) {
    return handle
        .createQuery(DESCENDANTS + "select max(distance) + 1 from down")
        .bind("id", id)
        .mapTo(Integer.class)
        .one();
  }

  private static void requireOutside(Handle handle, Folder folder, Folder target) {
    boolean within =
        handle
            .createQuery(ANCESTORS + "select exists (select 1 from up where id = :folder)")
            .bind("id", target.id())
            .bind("folder", folder.id())
            .mapTo(Boolean.class)
            .one();
    if (within) {
      throw new MillraceException(
          ErrorCode.INVALID_INPUT, "A folder cannot be put into itself or what lies in it");
    }
  }

  private static void requireDepth(int depth) {
    if (depth > DEEPEST) {
      throw new MillraceException(
          ErrorCode.INVALID_INPUT, "At most " + DEEPEST + " folders lie in each other");
    }
  }

  private static Folder folder(ResultSet row) throws SQLException {
    return new Folder(
        row.getString("id"),
        row.getString("project_id"),
        Optional.ofNullable(row.getString("parent_id")),
        row.getString("name"),
        row.getLong("folders"),
        row.getLong("workflows"),
        row.getTimestamp("created_at").toInstant(),
        row.getTimestamp("updated_at").toInstant());
  }
}
