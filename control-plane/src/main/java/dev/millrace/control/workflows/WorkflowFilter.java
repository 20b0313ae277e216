package dev.millrace.control.workflows;

import dev.millrace.control.http.Call;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a list of workflows shows.
 *
 * @param name part of it, in any case; empty for all
 * @param tags the names of those that each has; none for all
 * @param archived whether those in the archive alone, or the others; empty for both
 * @param folder where they lie; {@link #ROOT} for those in none, empty for wherever they are
 */
public record WorkflowFilter(
    String name,
    List<String> tags,
    Optional<String> project,
    Optional<String> folder,
    Optional<Boolean> active,
    Optional<Boolean> archived) {
  /** What stands for no folder. */
  static final String ROOT = "0";

  public WorkflowFilter {
    tags = List.copyOf(tags);
  }

  static WorkflowFilter of(Call call) {
    return new WorkflowFilter(
        call.query("name").orElse(""),
        Stream.concat(
                call.query("tag").stream(),
                call.query("tags").stream().flatMap(names -> Arrays.stream(names.split(","))))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .distinct()
            .toList(),
        call.query("projectId"),
        call.query("folderId"),
        call.query("active").map(any -> call.flag("active")),
        Optional.of(call.flag("archived")));
  }
}
