package dev.millrace.binary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.item.BinaryData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBinaryStoreTest extends BinaryStoreContract {
  @TempDir private Path folder;

  @Override
  SpooledBinaryStore open(StoreLimits limits) throws IOException {
    return new FileBinaryStore(folder.resolve("store"), limits, TYPES);
  }

  @Override
  List<String> kept() throws IOException {
    return files().stream().map(Path::toString).toList();
  }

  @Override
  void age(Duration by) throws IOException {
    for (Path file : files()) {
      Path parent = Objects.requireNonNull(file.getParent());
      // Once for each folder, however many files it has.
      if (Files.getLastModifiedTime(parent)
          .toInstant()
          .isAfter(java.time.Instant.now().minus(by))) {
        Files.setLastModifiedTime(
            parent, FileTime.from(Files.getLastModifiedTime(parent).toInstant().minus(by)));
      }
    }
  }

  @Test
  void aReferenceIsAPathOfOneForm() throws IOException {
    assertThat(write("one", bytes(5000), null, null).id())
        .matches("filesystem-v2:[0-9a-f]{2}/one/[0-9a-f]{32}");
  }

  @Test
  void aPathThatLeadsToAFileOfAnotherFormIsNoReference() throws IOException {
    write("one", bytes(5000), null, null);
    Files.writeString(folder.resolve("secret"), "not yours");
    Files.createDirectories(folder.resolve("store/aa"));
    Files.writeString(folder.resolve("store/aa/0123456789abcdef0123456789abcdef"), "not yours");
    for (String path :
        List.of("aa/../../secret", "aa/./0123456789abcdef0123456789abcdef", "aa\\one\\0123")) {
      assertGone(
          new BinaryData(
              "filesystem-v2",
              "text/plain",
              null,
              null,
              null,
              null,
              null,
              "filesystem-v2:" + path,
              -1));
    }
  }

  @Test
  void aLinkInTheStoreIsNotFollowed() throws IOException {
    BinaryData file = write("one", bytes(5000), null, null);
    Path stored = files().getFirst();
    Path secret = Files.writeString(folder.resolve("secret"), "not yours");
    Files.delete(stored);
    Files.createSymbolicLink(stored, secret);
    assertThatThrownBy(() -> content(file)).isInstanceOf(IOException.class);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("store"))) {
      return all.filter(file -> !Files.isDirectory(file)).toList();
    }
  }
}
