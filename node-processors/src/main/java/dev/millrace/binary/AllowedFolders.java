package dev.millrace.binary;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.LocalFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The files below some folders. A path is followed to where it really leads before it is judged;
 * then it is walked folder by folder without following a link, so that a link put there in between
 * leads nowhere. Relative paths begin in the first folder.
 */
public final class AllowedFolders implements LocalFiles {
  /** A walk that sees more is the wrong pattern, and would take minutes. */
  private static final int MAX_VISITED = 200_000;

  private static final int MAX_FOUND = 10_000;

  /** A folder as it was named, and where it really is. */
  private record Root(Path named, Path real) {}

  private record Place(Root root, Path real, String path) {}

  @FunctionalInterface
  private interface InFolder<T> {
    T apply(SecureDirectoryStream<Path> folder, Path name) throws IOException;
  }

  private final List<Root> roots;
  private final List<Path> closed;

  /**
   * @param allowed folders that exist
   * @param closed folders that stay out of reach within them, such as Millrace's own data; they
   *     need not exist
   */
  public AllowedFolders(List<Path> allowed, List<Path> closed) throws IOException {
    List<Root> found = new ArrayList<>();
    for (Path folder : allowed) {
      Path real = folder.toRealPath();
      if (!Files.isDirectory(real)) {
        throw new NotDirectoryException(folder.toString());
      }
      found.add(new Root(folder.toAbsolutePath().normalize(), real));
    }
    this.roots = List.copyOf(found);
    List<Path> barred = new ArrayList<>();
    for (Path folder : closed) {
      barred.add(Files.exists(folder) ? folder.toRealPath() : folder.toAbsolutePath().normalize());
    }
    this.closed = List.copyOf(barred);
  }

  @Override
  public List<String> find(String pattern) throws IOException {
    Glob glob;
    try {
      glob = Glob.of(pattern);
    } catch (IllegalArgumentException unusable) {
      throw new MillraceException(ErrorCode.NODE_FAILED, unusable.getMessage(), unusable);
    }
    SortedSet<String> found = new TreeSet<>();
    for (Glob.Place place : glob.places()) {
      find(place, pattern, found);
    }
    return List.copyOf(found);
  }

  private void find(Glob.Place place, String pattern, Set<String> found) throws IOException {
    Place start;
    try {
      start = locate(place.fixed());
    } catch (NoSuchFileException nothingThere) {
      return;
    }
    if (place.segments().isEmpty()) {
      if (Files.isRegularFile(start.real())) {
        found.add(start.path());
      }
      return;
    }
    int[] visited = {0};
    Files.walkFileTree(
        start.real(),
        EnumSet.noneOf(java.nio.file.FileVisitOption.class),
        Glob.depth(place.segments()),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes facts) {
            return isClosed(folder) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes facts) {
            if (++visited[0] > MAX_VISITED || found.size() >= MAX_FOUND) {
              throw new MillraceException(
                  ErrorCode.NODE_FAILED,
                  "The pattern names more than "
                      + MAX_FOUND
                      + " files, or looks through more than "
                      + MAX_VISITED
                      + ": "
                      + pattern);
            }
            Path below = start.real().relativize(file);
            List<String> names = new ArrayList<>();
            below.forEach(name -> names.add(name.toString()));
            if (facts.isRegularFile() && Glob.matches(place.segments(), names)) {
              found.add(start.path().replaceAll("/$", "") + "/" + String.join("/", names));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException unreadable) {
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public InputStream open(String path) throws IOException {
    Place place;
    try {
      place = locate(path);
    } catch (NoSuchFileException missing) {
      throw new MillraceException(ErrorCode.UNREADABLE_FILE, "There is no file: " + path, missing);
    }
    return inFolderOf(
        place,
        (folder, name) -> {
          BasicFileAttributes facts =
              Objects.requireNonNull(
                      folder.getFileAttributeView(
                          name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS))
                  .readAttributes();
          if (!facts.isRegularFile()) {
            throw new MillraceException(ErrorCode.UNREADABLE_FILE, "This is not a file: " + path);
          }
          return Channels.newInputStream(
              folder.newByteChannel(
                  name, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
        });
  }

  @Override
  public void write(String path, BinaryStore.Body content, boolean append) throws IOException {
    Path lexical = lexical(path);
    Path folder = lexical.getParent();
    Path last = lexical.getFileName();
    if (folder == null || last == null) {
      throw forbidden(path);
    }
    Place parent;
    try {
      parent = locate(folder.toString());
    } catch (NoSuchFileException noFolder) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, "The folder does not exist: " + folder, noFolder);
    }
    Path real = parent.real().resolve(last);
    if (isClosed(real) || roots.stream().anyMatch(root -> root.real().equals(real))) {
      throw forbidden(path);
    }
    inFolderOf(
        new Place(parent.root(), real, path),
        (stream, name) -> {
          requireNoFolder(stream, name, path);
          if (append) {
            append(stream, name, content);
          } else {
            replace(stream, name, content);
          }
          return path;
        });
  }

  private static void requireNoFolder(SecureDirectoryStream<Path> folder, Path name, String path)
      throws IOException {
    try {
      BasicFileAttributes facts =
          Objects.requireNonNull(
                  folder.getFileAttributeView(
                      name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS))
              .readAttributes();
      if (facts.isDirectory() || facts.isOther()) {
        throw new MillraceException(ErrorCode.UNREADABLE_FILE, "This is not a file: " + path);
      }
    } catch (NoSuchFileException free) {
      // The usual case: a new file.
    }
  }

  private static void append(
      SecureDirectoryStream<Path> folder, Path name, BinaryStore.Body content) throws IOException {
    Set<OpenOption> options =
        Set.of(
            StandardOpenOption.WRITE,
            StandardOpenOption.APPEND,
            StandardOpenOption.CREATE,
            LinkOption.NOFOLLOW_LINKS);
    try (SeekableByteChannel channel = folder.newByteChannel(name, options)) {
      fill(channel, content);
    }
  }

  private static void replace(
      SecureDirectoryStream<Path> folder, Path name, BinaryStore.Body content) throws IOException {
    Path unnamed = Path.of(".millrace-" + UUID.randomUUID() + ".part");
    boolean done = false;
    try {
      Set<OpenOption> options = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
      try (SeekableByteChannel channel = folder.newByteChannel(unnamed, options)) {
        fill(channel, content);
      }
      folder.move(unnamed, folder, name);
      done = true;
    } finally {
      if (!done) {
        try {
          folder.deleteFile(unnamed);
        } catch (NoSuchFileException neverMade) {
          // It was not made: what kept it from that is on its way up.
        }
      }
    }
  }

  private static void fill(SeekableByteChannel channel, BinaryStore.Body content)
      throws IOException {
    OutputStream out = Channels.newOutputStream(channel);
    content.writeTo(out);
    if (channel instanceof FileChannel file) {
      file.force(true);
    }
  }

  private Path lexical(String path) {
    if (roots.isEmpty()) {
      throw forbidden(path);
    }
    try {
      return roots.getFirst().named().resolve(path).normalize();
    } catch (InvalidPathException unusable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, "This is not a path: " + path, unusable);
    }
  }

  /**
   * Where a path that exists really is.
   *
   * @throws NoSuchFileException only for paths that would be allowed: what exists elsewhere is
   *     nobody's business
   */
  private Place locate(String path) throws IOException {
    Path lexical = lexical(path);
    if (roots.stream()
        .noneMatch(root -> lexical.startsWith(root.named()) || lexical.startsWith(root.real()))) {
      throw forbidden(path);
    }
    Path real = lexical.toRealPath();
    Root within =
        roots.stream().filter(root -> real.startsWith(root.real())).findFirst().orElse(null);
    if (within == null || isClosed(real)) {
      throw forbidden(path);
    }
    return new Place(within, real, lexical.toString().replace('\\', '/'));
  }

  private boolean isClosed(Path real) {
    return closed.stream().anyMatch(real::startsWith);
  }

  private static MillraceException forbidden(String path) {
    return new MillraceException(
        ErrorCode.FILE_FORBIDDEN, "Workflows may not use this path: " + path);
  }

  /** Walks from the root to the file's folder, holding on to each folder on the way. */
  private static <T> T inFolderOf(Place place, InFolder<T> action) throws IOException {
    Path below = place.root().real().relativize(place.real());
    try (DirectoryStream<Path> root = Files.newDirectoryStream(place.root().real())) {
      if (root instanceof SecureDirectoryStream<Path> folder) {
        return descend(folder, below, 0, action);
      }
      throw new MillraceException(
          ErrorCode.FILE_FORBIDDEN,
          "On this operating system workflows cannot use files of the machine safely");
    }
  }

  private static <T> T descend(
      SecureDirectoryStream<Path> folder, Path below, int depth, InFolder<T> action)
      throws IOException {
    Path name = below.getName(depth);
    if (depth == below.getNameCount() - 1) {
      return action.apply(folder, name);
    }
    try (SecureDirectoryStream<Path> next =
        folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      return descend(next, below, depth + 1, action);
    }
  }
}
