package dev.millrace.cli.api;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Projects as users name them. */
public final class Projects {
  private Projects() {}

  /**
   * The id of a project that is named by its id or its name; empty where none is named.
   *
   * @throws MillraceException {@code NOT_FOUND}, or {@code WRONG_USE} for a name that several have
   */
  public static String id(HttpApi api, @Nullable String named) {
    if (named == null || named.isBlank()) {
      return "";
    }
    List<JsonObject> projects = api.list("/api/projects", Map.of(), OptionalInt.empty());
    if (projects.stream().anyMatch(project -> project.text("id").equals(named))) {
      return named;
    }
    List<JsonObject> called =
        projects.stream().filter(project -> project.text("name").equals(named)).toList();
    if (called.size() > 1) {
      throw new MillraceException(
          ErrorCode.WRONG_USE, "Several projects are called \"" + named + "\"; give the id of one");
    }
    if (called.isEmpty()) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "There is no project \"" + named + "\"");
    }
    return called.getFirst().text("id");
  }

  /** The id of one's own project. */
  public static String own(HttpApi api) {
    String me = api.get("/api/me").json().text("email");
    List<JsonObject> personal =
        api.list("/api/projects", Map.of(), OptionalInt.empty()).stream()
            .filter(project -> project.text("type").equals("personal"))
            .toList();
    if (personal.size() == 1) {
      return personal.getFirst().text("id");
    }
    // Whoever may see everybody's has to look whose they are.
    return personal.stream()
        .map(project -> project.text("id"))
        .filter(id ->
            api.get(HttpApi.path("/api/projects/{}", id)).json().objects("members").stream()
                .anyMatch(member -> member.text("email").equals(me)))
        .findFirst()
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.WRONG_USE, "You have no project of your own; name one with --project"));
  }
}
