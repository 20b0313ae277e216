package dev.millrace.binary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.LocalFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedFoldersTest {
  @TempDir private Path base;
  private Path open;
  private AllowedFolders files;

  @BeforeEach
  void prepare() throws IOException {
    open = Files.createDirectories(base.resolve("open"));
    for (String name : List.of("a.txt", "b(1).txt", ".dot", "sub/c.txt", "sub/deep/d.csv")) {
      Path file = open.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, name);
    }
    Files.createDirectories(open.resolve("data"));
    Files.writeString(open.resolve("data/key"), "secret");
    Files.writeString(base.resolve("secret"), "secret");
    Files.createDirectories(base.resolve("open-too"));
    Files.writeString(base.resolve("open-too/secret"), "secret");
    files = new AllowedFolders(List.of(open), List.of(open.resolve("data")));
  }

  @Test
  void readsByAbsoluteAndByRelativePath() throws IOException {
    assertThat(read(open + "/sub/c.txt")).isEqualTo("sub/c.txt");
    assertThat(read("sub/c.txt")).isEqualTo("sub/c.txt");
    assertThat(read("sub/../a.txt")).isEqualTo("a.txt");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret",
        "sub/../../secret",
        "/etc/passwd",
        "/etc/no such file",
        "../open-too/secret",
        "./../secret",
        "data/key",
        "sub/../data/key",
        "/proc/self/environ",
        "/",
        ".."
      })
  void nothingElseIsReadOrWrittenOrFound(String path) throws IOException {
    Files.writeString(base.resolve("mark"), "mark");
    refused(() -> files.open(path));
    refused(() -> files.write(path, out -> out.write('x'), false));
    refused(() -> files.find(path + "/*"));
    refused(() -> files.find(path));
    assertThat(base.resolve("secret")).hasContent("secret");
  }

  @Test
  void linksThatLeaveTheFolderLeadNowhere() throws IOException {
    Files.createSymbolicLink(open.resolve("out"), base);
    Files.createSymbolicLink(open.resolve("file"), base.resolve("secret"));
    Files.createSymbolicLink(open.resolve("inside"), open.resolve("data"));
    refused(() -> files.open("out/secret"));
    refused(() -> files.open("file"));
    refused(() -> files.open("inside/key"));
    refused(() -> files.write("out/new", out -> out.write('x'), false));
    assertThat(files.find("**")).noneMatch(path -> path.contains("secret"));
    assertThat(files.find("*/secret")).isEmpty();
    refused(() -> files.find("out/*"));
    assertThat(base.resolve("new")).doesNotExist();
  }

  @Test
  void writingReplacesALinkInsteadOfFollowingIt() throws IOException {
    Files.createSymbolicLink(open.resolve("file"), base.resolve("secret"));
    files.write("file", out -> out.write('x'), false);
    assertThat(base.resolve("secret")).hasContent("secret");
    assertThat(open.resolve("file")).hasContent("x").isRegularFile();
  }

  @Test
  void appendingToALinkFails() throws IOException {
    Files.createSymbolicLink(open.resolve("file"), base.resolve("secret"));
    assertThatThrownBy(() -> files.write("file", out -> out.write('x'), true))
        .isInstanceOf(IOException.class);
    assertThat(base.resolve("secret")).hasContent("secret");
  }

  @Test
  void aLinkThatStaysInsideIsFollowed() throws IOException {
    Files.createSymbolicLink(open.resolve("short"), open.resolve("sub/deep"));
    assertThat(read("short/d.csv")).isEqualTo("sub/deep/d.csv");
  }

  @Test
  void aFolderThatIsItselfALinkIsOpenByBothNames() throws IOException {
    Path link = Files.createSymbolicLink(base.resolve("link"), open);
    LocalFiles linked = new AllowedFolders(List.of(link), List.of());
    try (InputStream byLink = linked.open(link + "/a.txt");
        InputStream byName = linked.open(open.toRealPath() + "/a.txt")) {
      assertThat(byLink.readAllBytes()).isEqualTo(byName.readAllBytes());
    }
  }

  @Test
  void foldersAndDevicesAreNoFiles() {
    assertThatThrownBy(() -> files.open("sub"))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("not a file");
    assertThatThrownBy(() -> files.write("sub", out -> out.write('x'), false))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("not a file");
  }

  @Test
  void whatIsMissingInAnAllowedFolderIsSaid() {
    assertThatThrownBy(() -> files.open("missing"))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("no file");
    assertThatThrownBy(() -> files.write("missing/x", out -> out.write('x'), false))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("folder does not exist");
  }

  @Test
  void writesAsAWholeAndAppends() throws IOException {
    files.write("new.txt", out -> out.write("one".getBytes(StandardCharsets.UTF_8)), false);
    files.write("new.txt", out -> out.write("two".getBytes(StandardCharsets.UTF_8)), true);
    assertThat(read("new.txt")).isEqualTo("onetwo");
    assertThatThrownBy(() ->
            files.write(
                "new.txt",
                out -> {
                  out.write('x');
                  throw new IOException("the other side went away");
                },
                false))
        .isInstanceOf(IOException.class);
    assertThat(read("new.txt")).isEqualTo("onetwo");
    try (Stream<Path> left = Files.list(open)) {
      assertThat(left.map(Path::toString)).noneMatch(name -> name.endsWith(".part"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "*.txt; a.txt,b(1).txt",
        "**/*.txt; a.txt,b(1).txt,sub/c.txt",
        "**; a.txt,b(1).txt,sub/c.txt,sub/deep/d.csv",
        "?.txt; a.txt",
        "[a-c].txt; a.txt",
        "[!a].txt;",
        "b\\(1\\).txt; b(1).txt",
        "b(1).txt; b(1).txt",
        "{a,b*}.txt; a.txt,b(1).txt",
        "@(a|x).txt; a.txt",
        "?(a).txt; a.txt",
        "sub/*; sub/c.txt",
        "sub/**/*.csv; sub/deep/d.csv",
        ".*; .dot",
        "*; a.txt,b(1).txt",
        "data/*;",
        "missing/*;",
        "missing.txt;",
        "a.txt; a.txt"
      })
  void patternsNameFiles(String pattern, @org.jspecify.annotations.Nullable String found)
      throws IOException {
    List<String> expected =
        found == null
            ? List.of()
            : Stream.of(found.split(",")).map(name -> open.resolve(name).toString()).toList();
    if (pattern.startsWith("data")) {
      refused(() -> files.find(pattern));
    } else {
      assertThat(files.find(pattern)).containsExactlyElementsOf(expected);
      assertThat(files.find(open + "/" + pattern)).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void patternsThatWouldTakeForeverAreQuickOrRefused() throws IOException {
    Files.writeString(open.resolve("a".repeat(200)), "");
    assertThat(files.find("*a".repeat(60) + "b")).isEmpty();
    assertThatThrownBy(() -> files.find("{a,b}".repeat(20)))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("alternatives");
    assertThatThrownBy(() -> files.find("+(a|aa)")).isInstanceOf(MillraceException.class);
  }

  @Test
  void withoutAFolderNothingIsAllowed() throws IOException {
    LocalFiles none = new AllowedFolders(List.of(), List.of());
    refused(() -> none.open(open + "/a.txt"));
    refused(() -> none.find("*"));
    refused(() -> LocalFiles.none().write("x", out -> out.write('x'), false));
  }

  private static void refused(ThrowingCallable access) {
    assertThatThrownBy(access)
        .isInstanceOfSatisfying(
            MillraceException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.FILE_FORBIDDEN));
  }

  private String read(String path) throws IOException {
    try (InputStream in = files.open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
