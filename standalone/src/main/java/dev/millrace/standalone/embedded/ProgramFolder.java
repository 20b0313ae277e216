package dev.millrace.standalone.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that is made once and is either complete or not there: what is made is given its name
 * last, so that neither a killed process nor a lost machine leaves half of it in use.
 */
final class ProgramFolder {
  private ProgramFolder() {}

  /** Fills an empty folder; everything in it is on the disk when it returns. */
  interface Maker {
    void fill(Path folder) throws IOException, InterruptedException;
  }

  /** The folder, which is made where it is not there. */
  static Path make(Path folder, Maker maker) throws IOException, InterruptedException {
    if (Files.isDirectory(folder)) {
      return folder;
    }
    Path unfinished = folder.resolveSibling(folder.getFileName() + ".new");
    delete(unfinished);
    Files.createDirectories(unfinished);
    maker.fill(unfinished);
    Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
    // The name is on the disk, too, before anything relies on what is behind it.
    try (FileChannel parent = FileChannel.open(folder.resolve("..").normalize())) {
      parent.force(true);
    }
    return folder;
  }

  /** Deletes what begins like a folder of a family, but the one that is in use. */
  static void deleteOthers(Path root, String prefix, Path inUse) throws IOException {
    List<Path> others;
    try (Stream<Path> all = Files.list(root)) {
      others =
          all.filter(path -> path.getFileName().toString().startsWith(prefix))
              .filter(path -> !path.equals(inUse))
              .toList();
    }
    for (Path other : others) {
      delete(other);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(folder)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }
}
