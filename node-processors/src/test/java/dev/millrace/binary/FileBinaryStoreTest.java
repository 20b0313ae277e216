package dev.millrace.binary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileBinaryStoreTest {
  private static final FileTypes TYPES = FileTypes.load();

  @TempDir private Path folder;
  private FileBinaryStore store;

  @BeforeEach
  void open() throws IOException {
    store = store(new FileBinaryStore.Limits(1_000_000, 1000, 2500));
  }

  private FileBinaryStore store(FileBinaryStore.Limits limits) throws IOException {
    return new FileBinaryStore(folder.resolve("store"), limits, TYPES);
  }

  @Test
  void smallContentStaysInItsItem() throws IOException {
    BinaryData file = write("one", bytes(1000), null, "note.txt");
    assertThat(file.id()).isNull();
    assertThat(file.data()).hasSize(1336);
    assertThat(file.bytes()).isEqualTo(1000);
    assertThat(file.fileSize()).isEqualTo("1 kB");
    assertThat(content(file)).isEqualTo(bytes(1000));
    assertThat(files()).isEmpty();
  }

  @Test
  void manySmallFilesDoNotMakeAnExecutionsItemsLarge() throws IOException {
    assertThat(write("one", bytes(1000), null, null).id()).isNull();
    assertThat(write("one", bytes(1000), null, null).id()).isNull();
    BinaryData third = write("one", bytes(1000), null, null);
    assertThat(third.id()).isNotNull();
    assertThat(content(third)).isEqualTo(bytes(1000));
    assertThat(write("two", bytes(1000), null, null).id()).isNull();
  }

  @Test
  void largeContentIsAFileAndTheItemHasItsReference() throws IOException {
    byte[] large = bytes(700_001);
    BinaryData file = write("Exec/../1", large, "image/png", "a/b/photo.PNG");
    assertThat(file.data()).isEqualTo("filesystem-v2");
    assertThat(file.id())
        .matches("filesystem-v2:[0-9a-f]{2}/~0045xec~002f~002e~002e~002f1/[0-9a-f]{32}");
    assertThat(file.mimeType()).isEqualTo("image/png");
    assertThat(file.fileName()).isEqualTo("photo.PNG");
    assertThat(file.fileExtension()).isEqualTo("PNG");
    assertThat(file.directory()).isEqualTo("a/b");
    assertThat(file.fileSize()).isEqualTo("700 kB");
    assertThat(content(file)).isEqualTo(large);
    assertThat(content(BinaryData.fromJson(file.toJson()))).isEqualTo(large);
    assertThat(files()).hasSize(1);
  }

  @Test
  void contentThatIsWrittenIsStoredAsItComes() throws IOException {
    BinaryData file =
        store.write(
            "one",
            out -> {
              for (int i = 0; i < 5000; i++) {
                out.write('x');
              }
            },
            null,
            null);
    assertThat(content(file)).hasSize(5000).containsOnly('x');
  }

  @Test
  void overTheLimitNothingIsKept() {
    assertThatThrownBy(() -> write("one", bytes(1_000_001), null, null))
        .isInstanceOfSatisfying(
            MillraceException.class,
            error -> {
              assertThat(error.code()).isEqualTo(ErrorCode.FILE_TOO_LARGE);
              assertThat(error).hasMessageContaining("1 MB");
            });
    assertThat(files()).isEmpty();
  }

  @Test
  void contentThatBreaksOffLeavesNothing() {
    assertThatThrownBy(() ->
            store.write(
                "one",
                out -> {
                  out.write(bytes(10_000));
                  throw new IOException("the other side went away");
                },
                null,
                null))
        .isInstanceOf(IOException.class);
    assertThat(files()).isEmpty();
  }

  @Test
  void referencesCannotBeGuessed() throws IOException {
    Set<@Nullable String> ids = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      ids.add(write("one", bytes(5000), null, null).id());
    }
    assertThat(ids).hasSize(50).doesNotContainNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "filesystem-v2:../../secret",
        "filesystem-v2:aa/../../secret",
        "filesystem-v2:aa/../0123456789abcdef0123456789abcdef",
        "filesystem-v2:aa/./0123456789abcdef0123456789abcdef",
        "filesystem-v2:/etc/passwd",
        "filesystem-v2:aa/one/0123456789abcdef0123456789abcdef/../x",
        "filesystem-v2:aa/one/0123456789abcdef0123456789abcdef\n",
        "filesystem-v2:aa/one/0123456789ABCDEF0123456789ABCDEF",
        "filesystem-v2:aa\\one\\0123456789abcdef0123456789abcdef",
        "filesystem-v2:aa/%2e%2e/0123456789abcdef0123456789abcdef",
        "filesystem-v2:aa/one/0123456789abcdef0123456789abcdef",
        "filesystem:aa/one/0123456789abcdef0123456789abcdef",
        "s3:bucket/key",
        ""
      })
  void otherReferencesLeadNowhere(String id) throws IOException {
    Files.writeString(folder.resolve("secret"), "not yours");
    Files.createDirectories(folder.resolve("store/aa"));
    Files.writeString(folder.resolve("store/aa/0123456789abcdef0123456789abcdef"), "not yours");
    BinaryData file =
        new BinaryData("filesystem-v2", "text/plain", null, null, null, null, null, id, -1);
    assertThatThrownBy(() -> store.open(file))
        .isInstanceOfSatisfying(
            MillraceException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.FILE_GONE));
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

  @Test
  void deletingAnExecutionTakesItsFilesOnly() throws IOException {
    BinaryData one = write("one", bytes(5000), null, null);
    BinaryData two = write("two", bytes(5000), null, null);
    store.delete("one");
    store.delete("never there");
    assertThatThrownBy(() -> content(one))
        .isInstanceOfSatisfying(
            MillraceException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.FILE_GONE));
    assertThat(content(two)).hasSize(5000);
  }

  @Test
  void oldExecutionsLoseTheirFilesUnlessTheyAreNeeded() throws IOException {
    BinaryData old = write("Old 1", bytes(5000), null, null);
    BinaryData waiting = write("waiting", bytes(5000), null, null);
    Instant now = Instant.parse("2026-03-15T12:00:00Z");
    for (Path file : files()) {
      Files.setLastModifiedTime(file.getParent(), FileTime.from(now.minusSeconds(100)));
    }
    BinaryData young = write("young", bytes(5000), null, null);

    assertThat(store.deleteOlderThan(now.minusSeconds(200), id -> false)).isZero();
    Set<String> asked = new HashSet<>();
    assertThat(
            store.deleteOlderThan(
                now.minusSeconds(50),
                id -> {
                  asked.add(id);
                  return id.equals("waiting");
                }))
        .isEqualTo(1);

    assertThat(asked).containsExactlyInAnyOrder("Old 1", "waiting");
    assertThatThrownBy(() -> content(old)).isInstanceOf(MillraceException.class);
    assertThat(content(waiting)).hasSize(5000);
    assertThat(content(young)).hasSize(5000);
  }

  @Test
  void filesOutliveTheProcess() throws IOException {
    BinaryData file = write("one", bytes(5000), null, null);
    assertThat(store(FileBinaryStore.Limits.DEFAULT).open(file).readAllBytes()).hasSize(5000);
  }

  @Test
  void base64OfUsersIsReadAsNodeReadsIt() throws IOException {
    BinaryData file =
        BinaryData.fromJson(java.util.Map.of("data", "_-8\n=", "mimeType", "text/plain"));
    assertThat(content(file)).containsExactly(0xFF, 0xEF);
  }

  @ParameterizedTest
  @CsvSource({
    "a.json, application/json, json, json",
    "a.jpg, image/jpeg, image, jpg",
    "a.jpeg, image/jpeg, image, jpeg",
    "a.txt, text/plain, text, txt",
    "a.csv, text/csv, text, csv",
    "a.html, text/html, html, html",
    "a.xml, application/xml,, xml",
    "a.ics, text/calendar, text, ics",
    "a.rtf, application/rtf,, rtf",
    "a.xls, application/vnd.ms-excel,, xls",
    "a.xlsx, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,, xlsx",
    "a.ods, application/vnd.oasis.opendocument.spreadsheet,, ods",
    "a.zip, application/zip,, zip",
    "a.gz, application/gzip,, gz",
    "a.pdf, application/pdf, pdf, pdf",
    "a.png, image/png, image, png",
    "a.mp3, audio/mpeg, audio, mp3",
    "a.mp4, video/mp4, video, mp4",
    "a.md, text/markdown, text, md",
    "a.docx, application/vnd.openxmlformats-officedocument.wordprocessingml.document,, docx",
    "archive.tar.gz, application/gzip,, gz",
    ".hidden, text/plain, text, txt",
    "none, text/plain, text, txt"
  })
  void aNameTellsTheType(String name, String mimeType, @Nullable String kind, String extension)
      throws IOException {
    BinaryData file = write("one", bytes(10), null, name);
    assertThat(file.mimeType()).isEqualTo(mimeType);
    assertThat(file.fileType()).isEqualTo(kind);
    assertThat(file.fileExtension()).isEqualTo(extension);
  }

  @ParameterizedTest
  @CsvSource({
    "%PDF-1.4, application/pdf, pdf",
    "{\\rtf1, application/rtf, rtf",
    "GIF89a, image/gif, gif",
    "RIFF1234WEBPx, image/webp, webp",
    "plain text, text/plain, txt"
  })
  void contentTellsTheTypeWhereNoNameDoes(String text, String mimeType, String extension)
      throws IOException {
    BinaryData file = write("one", text.getBytes(StandardCharsets.ISO_8859_1), null, null);
    assertThat(file.mimeType()).isEqualTo(mimeType);
    assertThat(file.fileExtension()).isEqualTo(extension);
    assertThat(file.fileName()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "999, 999 B",
    "1000, 1 kB",
    "1045, 1.04 kB",
    "3070, 3.07 kB",
    "17814, 17.8 kB",
    "80953, 81 kB",
    "999999, 1000 kB",
    "1500000, 1.5 MB",
    "5368709120, 5.37 GB"
  })
  void sizesForPeopleHaveThreeDigits(long bytes, String text) {
    assertThat(FileDescription.sizeText(bytes)).isEqualTo(text);
  }

  private BinaryData write(
      String execution, byte[] content, @Nullable String mimeType, @Nullable String name)
      throws IOException {
    return store.write(execution, new ByteArrayInputStream(content), mimeType, name);
  }

  private byte[] content(BinaryData file) throws IOException {
    try (InputStream in = store.open(file)) {
      return in.readAllBytes();
    }
  }

  private List<Path> files() {
    try (Stream<Path> all = Files.walk(folder.resolve("store"))) {
      return all.filter(file -> !Files.isDirectory(file)).toList();
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 'a');
    return bytes;
  }
}
