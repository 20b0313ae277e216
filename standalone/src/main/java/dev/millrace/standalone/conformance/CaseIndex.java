package dev.millrace.standalone.conformance;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the tables named {@code INDEX.tsv} beside recorded data say of its files: which are cases,
 * and what they need. A table speaks for its folder and those below. Not thread-safe.
 */
public final class CaseIndex {
  private static final String TABLE = "INDEX.tsv";
  private static final String SKIPPED = "skipped in n8n CI";
  private static final String COMMAND_LINE = "cli-workflow";
  private static final String THROWS = "throw on mismatch";

  /** Recorded exchanges are there, files where they were kept; other services are not. */
  private static final Set<String> RUNNABLE = Set.of("self-contained", "http-mock", "files");

  /** What is not recorded of their calls is refused, so without a recording they make none. */
  private static final Set<String> ONLY_BY_HTTP = Set.of("manualTrigger", "httpRequest", "graphql");

  private final Map<Path, Map<Path, Map<String, String>>> tables = new HashMap<>();

  /** Whether a table names files of the file's folder as cases, and the file is none of them. */
  public boolean leavesOut(Path file) {
    Path folder = normal(file).getParent();
    boolean siblingsListed = false;
    for (Map<Path, Map<String, String>> table : speaking(file)) {
      if (table.containsKey(normal(file))) {
        return false;
      }
      siblingsListed |=
          table.keySet().stream().anyMatch(listed -> Objects.equals(listed.getParent(), folder));
    }
    return siblingsListed;
  }

  /** What a workflow needs from outside, where a table says so; empty when it needs nothing. */
  public Optional<String> needsOutside(Path file) {
    for (Map<Path, Map<String, String>> table : speaking(file)) {
      Map<String, String> row = table.getOrDefault(normal(file), Map.of());
      String kind = row.get("class");
      if (kind != null && !RUNNABLE.contains(kind) && !runsOffline(row)) {
        return Optional.of("not self-contained: " + kind);
      }
    }
    return Optional.empty();
  }

  /** Whether its makers run it, with nothing recorded and with nodes that call by HTTP alone. */
  private static boolean runsOffline(Map<String, String> row) {
    // Those of the command line are run against the services themselves.
    return !COMMAND_LINE.equals(row.get("format"))
        && !row.getOrDefault("harness_test_file", "").isEmpty()
        && Stream.of(row.getOrDefault("node_types", "").split(";"))
            .allMatch(type -> ONLY_BY_HTTP.contains(type.replaceFirst("@.*", "")));
  }

  /**
   * Why a workflow that checks itself says nothing, where a table says that its makers skip it and
   * that it throws on what it finds; empty when it can be run.
   */
  public Optional<String> skippedByItsMakers(Path file) {
    for (Map<Path, Map<String, String>> table : speaking(file)) {
      String notes = table.getOrDefault(normal(file), Map.of()).getOrDefault("notes", "");
      if (notes.startsWith(SKIPPED) && notes.contains(THROWS)) {
        return Optional.of("its makers skip it, since it fails there too");
      }
    }
    return Optional.empty();
  }

  private List<Map<Path, Map<String, String>>> speaking(Path file) {
    List<Map<Path, Map<String, String>>> speaking = new ArrayList<>();
    for (Path folder = normal(file).getParent(); folder != null; folder = folder.getParent()) {
      Map<Path, Map<String, String>> table = tables.computeIfAbsent(folder, CaseIndex::read);
      if (!table.isEmpty()) {
        speaking.add(table);
      }
    }
    return speaking;
  }

  private static Path normal(Path file) {
    return file.toAbsolutePath().normalize();
  }

  private static Map<Path, Map<String, String>> read(Path folder) {
    Path table = folder.resolve(TABLE);
    if (!Files.isRegularFile(table)) {
      return Map.of();
    }
    try {
      List<String> lines = Files.readAllLines(table);
      String[] columns = lines.isEmpty() ? new String[0] : lines.get(0).split("\t", -1);
      Map<Path, Map<String, String>> rows = new HashMap<>();
      for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
        String[] cells = line.split("\t", -1);
        Map<String, String> row = new HashMap<>();
        for (int i = 0; i < Math.min(columns.length, cells.length); i++) {
          row.put(columns[i], cells[i]);
        }
        @Nullable String path = row.getOrDefault("path", row.get("file"));
        if (path != null) {
          rows.put(folder.resolve(path).normalize(), row);
        }
      }
      return rows;
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE,
          table + " cannot be read: " + unreadable.getMessage(),
          unreadable);
    }
  }
}
