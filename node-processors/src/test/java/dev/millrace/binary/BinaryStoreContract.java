package dev.millrace.binary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.binary.StoredFiles.Fate;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every store promises; each has a class that runs this on it. */
abstract class BinaryStoreContract {
  static final FileTypes TYPES = FileTypes.load();
  static final StoreLimits LIMITS = new StoreLimits(1_000_000, 1000, 2500);

  @SuppressWarnings("NullAway.Init")
  private SpooledBinaryStore store;

  /** A store as another process would open it: on the same files each time within a test. */
  abstract SpooledBinaryStore open(StoreLimits limits) throws IOException;

  /** Everything that is kept, finished or not, here or elsewhere. */
  abstract List<String> kept() throws IOException;

  /** Makes everything that is kept look that much older. */
  abstract void age(Duration by) throws IOException;

  @BeforeEach
  void openStore() throws IOException {
    store = open(LIMITS);
  }

  @Test
  void smallContentStaysInItsItem() throws IOException {
    BinaryData file = write("one", bytes(1000), null, "note.txt");
    assertThat(file.id()).isNull();
    assertThat(file.data()).hasSize(1336);
    assertThat(file.bytes()).isEqualTo(1000);
    assertThat(file.fileSize()).isEqualTo("1 kB");
    assertThat(content(file)).isEqualTo(bytes(1000));
    assertThat(kept()).isEmpty();
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
  void largeContentIsKeptAndTheItemHasItsReference() throws IOException {
    byte[] large = random(700_001);
    BinaryData file = write("Exec/../1", large, "image/png", "a/b/photo.PNG");
    assertThat(file.id()).startsWith(file.data() + ":").contains("~0045xec~002f~002e~002e~002f1/");
    assertThat(file.mimeType()).isEqualTo("image/png");
    assertThat(file.fileName()).isEqualTo("photo.PNG");
    assertThat(file.fileExtension()).isEqualTo("PNG");
    assertThat(file.directory()).isEqualTo("a/b");
    assertThat(file.fileSize()).isEqualTo("700 kB");
    assertThat(content(file)).isEqualTo(large);
    assertThat(content(BinaryData.fromJson(file.toJson()))).isEqualTo(large);
    assertThat(kept()).hasSize(1);
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
  void overTheLimitNothingIsKept() throws IOException {
    assertThatThrownBy(() -> write("one", bytes(1_000_001), null, null))
        .isInstanceOfSatisfying(
            MillraceException.class,
            error -> {
              assertThat(error.code()).isEqualTo(ErrorCode.FILE_TOO_LARGE);
              assertThat(error).hasMessageContaining("1 MB");
            });
    assertThat(kept()).isEmpty();
  }

  @Test
  void contentThatBreaksOffLeavesNothing() throws IOException {
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
    assertThat(kept()).isEmpty();
  }

  @Test
  void referencesCannotBeGuessed() throws IOException {
    Set<@Nullable String> ids = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      ids.add(write("one", random(5000 + i), null, null).id());
      ids.add(write("two", random(5000 + i), null, null).id());
    }
    assertThat(ids).hasSize(40).doesNotContainNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MODE:../../secret",
        "MODE:aa/../../secret",
        "MODE:aa/../0123456789abcdef0123456789abcdef",
        "MODE:/etc/passwd",
        "MODE:aa/one/0123456789abcdef0123456789abcdef/../x",
        "MODE:aa/one/0123456789abcdef0123456789abcdef\n",
        "MODE:aa/one/0123456789ABCDEF0123456789ABCDEF",
        "MODE:aa/one/0123456789abcdef0123456789abcdef",
        "MODE:one/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "MODE:one/renewed",
        "MODE:%2e%2e/0123456789abcdef0123456789abcdef",
        "filesystem:aa/one/0123456789abcdef0123456789abcdef",
        "s3:bucket/key",
        ""
      })
  void otherReferencesLeadNowhere(String id) throws IOException {
    String mode = write("one", bytes(5000), null, null).data();
    assertGone(
        new BinaryData(
            mode, "text/plain", null, null, null, null, null, id.replace("MODE", mode), -1));
  }

  @Test
  void deletingAnExecutionTakesItsFilesOnly() throws IOException {
    BinaryData one = write("one", bytes(5000), null, null);
    BinaryData two = write("two", bytes(5000), null, null);
    BinaryData oneMore = write("one1", bytes(5000), null, null);
    store.delete("one");
    store.delete("never there");
    assertGone(one);
    assertThat(content(two)).hasSize(5000);
    assertThat(content(oneMore)).hasSize(5000);
  }

  @Test
  void aReviewDecidesAboutExecutionsThatGaveNoSign() throws IOException {
    BinaryData over = write("Old 1", bytes(5000), null, null);
    write("Old 1", bytes(6000), null, null);
    BinaryData waiting = write("waiting", bytes(5000), null, null);
    BinaryData kept = write("kept", bytes(5000), null, null);
    Instant written = Instant.now();
    age(Duration.ofHours(10));
    BinaryData young = write("young", bytes(5000), null, null);

    assertThat(store.review(written.minus(Duration.ofHours(20)), (id, at) -> Fate.DELETE)).isZero();
    Map<String, Instant> asked = new LinkedHashMap<>();
    int deleted =
        store.review(
            written.minus(Duration.ofHours(5)),
            (id, lastSign) -> {
              asked.put(id, lastSign);
              return switch (id) {
                case "waiting" -> Fate.RENEW;
                case "kept" -> Fate.KEEP;
                default -> Fate.DELETE;
              };
            });

    assertThat(deleted).isEqualTo(1);
    assertThat(asked).containsOnlyKeys("Old 1", "waiting", "kept");
    assertThat(asked.values())
        .allSatisfy(at ->
            assertThat(at)
                .isBetween(
                    written.minus(Duration.ofMinutes(610)),
                    written.minus(Duration.ofMinutes(590))));
    assertGone(over);
    for (BinaryData still : List.of(waiting, kept, young)) {
      assertThat(content(still)).hasSize(5000);
    }
    Set<String> askedAgain = new HashSet<>();
    store.review(
        written.minus(Duration.ofHours(5)),
        (id, lastSign) -> {
          askedAgain.add(id);
          return Fate.KEEP;
        });
    // The other one was renewed.
    assertThat(askedAgain).containsExactly("kept");
  }

  @Test
  void filesOutliveTheProcess() throws IOException {
    BinaryData file = write("one", bytes(5000), null, null);
    try (InputStream in = open(StoreLimits.DEFAULT).open(file)) {
      assertThat(in.readAllBytes()).hasSize(5000);
    }
  }

  @Test
  void base64OfUsersIsReadAsNodeReadsIt() throws IOException {
    BinaryData file = BinaryData.fromJson(Map.of("data", "_-8\n=", "mimeType", "text/plain"));
    assertThat(content(file)).containsExactly(0xFF, 0xEF);
  }

  void assertGone(BinaryData file) {
    assertThatThrownBy(() -> content(file))
        .isInstanceOfSatisfying(
            MillraceException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.FILE_GONE));
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

  BinaryData write(
      String execution, byte[] content, @Nullable String mimeType, @Nullable String name)
      throws IOException {
    return store.write(execution, new ByteArrayInputStream(content), mimeType, name);
  }

  byte[] content(BinaryData file) throws IOException {
    try (InputStream in = store.open(file)) {
      return in.readAllBytes();
    }
  }

  SpooledBinaryStore store() {
    return store;
  }

  static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 'a');
    return bytes;
  }

  static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
