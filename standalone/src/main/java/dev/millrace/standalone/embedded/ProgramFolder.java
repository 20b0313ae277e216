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

  /** Fills an empty folder. */
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
    List<Path> files;
    try (Stream<Path> all = Files.walk(unfinished)) {
      files = all.filter(path -> !Files.isSymbolicLink(path)).toList();
    }
    // After all was written, when most of it is on its way: each one by itself took twice as long.
    for (Path file : files) {
      force(file);
    }
    Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
    // The name is on the disk, too, before anything relies on what is behind it.
    force(folder.resolve("..").normalize());
    return folder;
  }

  /** Brings a file, or the names in a folder, to the disk. */
  private static void force(Path path) throws IOException {
    try (FileChannel open = FileChannel.open(path)) {
      open.force(true);
    }
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
