package dev.millrace.standalone.conformance;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A file of recorded behaviour.
 *
 * @param shown its path as people see it, relative to what they named
 */
public record CaseFile(Path path, String shown, CaseKind kind) {

  /**
   * The files of recorded behaviour among files and folders, in the order given and by path.
   *
   * @throws MillraceException when a path does not exist, or names a file that is no recorded
   *     behaviour
   */
  public static List<CaseFile> find(List<Path> paths, CaseIndex index) {
    List<CaseFile> found = new ArrayList<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        found.addAll(inFolder(path, index));
      } else if (Files.isRegularFile(path)) {
        CaseKind kind =
            CaseKind.of(path)
                .orElseThrow(() ->
                    new MillraceException(
                        ErrorCode.UNREADABLE_FILE,
                        path + " holds no recorded behaviour of a known form"));
        found.add(new CaseFile(path, String.valueOf(path.getFileName()), kind));
      } else {
        throw new MillraceException(ErrorCode.UNREADABLE_FILE, path + " does not exist");
      }
    }
    return found;
  }

  private static List<CaseFile> inFolder(Path folder, CaseIndex index) {
    List<CaseFile> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file :
          files.filter(Files::isRegularFile).filter(CaseFile::isJson).sorted().toList()) {
        Optional<CaseKind> kind = CaseKind.of(file);
        if (kind.isPresent() && !index.leavesOut(file)) {
          found.add(new CaseFile(file, folder.relativize(file).toString(), kind.get()));
        }
      }
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE,
          folder + " cannot be read: " + unreadable.getMessage(),
          unreadable);
    }
    return found;
  }

  private static boolean isJson(Path file) {
    return String.valueOf(file.getFileName()).endsWith(".json");
  }
}
