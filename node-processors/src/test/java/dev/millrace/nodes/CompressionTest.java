package dev.millrace.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionTest {
  @TempDir private static Path folder;
  private static FileNodes nodes;

  @BeforeAll
  static void start() {
    nodes = new FileNodes(folder);
  }

  @AfterAll
  static void stop() {
    nodes.close();
  }

  @ParameterizedTest
  @CsvSource({
    "zip, all.zip, application/zip",
    "tar, all.tar, application/x-tar",
    "targz, all.tar.gz, application/gzip"
  })
  void whatIsPackedComesOutAgain(String format, String name, String mimeType) {
    byte[] large = "some text, again and again. ".repeat(40_000).getBytes(UTF_8);
    Map<String, BinaryData> files = new LinkedHashMap<>();
    files.put("one", nodes.stored("hello".getBytes(UTF_8), "größe.txt"));
    files.put("two", nodes.stored(large, "large.txt"));
    files.put("three", nodes.stored(new byte[0], "großer name ".repeat(12) + ".bin"));
    Item packed =
        nodes
            .run(
                "compression",
                1.1,
                Map.of(
                    "operation", "compress",
                    "outputFormat", format,
                    "fileName", name,
                    "binaryPropertyName", "one, two ,three",
                    "binaryPropertyOutput", "all"),
                List.of(Item.of(Map.of("kept", true)).withBinary(files)))
            .getFirst();
    assertThat(packed.json()).isEqualTo(Map.of("kept", true));
    assertThat(packed.binary()).containsOnlyKeys("all");
    assertThat(packed.binary().get("all"))
        .satisfies(file -> {
          assertThat(file.fileName()).isEqualTo(name);
          assertThat(file.mimeType()).isEqualTo(mimeType);
        });

    Item unpacked =
        nodes
            .run("compression", 1.1, Map.of("binaryPropertyName", "all"), List.of(packed))
            .getFirst();
    assertThat(unpacked.binary()).containsOnlyKeys("file_0", "file_1", "file_2");
    assertThat(file(unpacked, "file_0").fileName()).isEqualTo("größe.txt");
    assertThat(nodes.content(unpacked, "file_0")).isEqualTo("hello".getBytes(UTF_8));
    assertThat(nodes.content(unpacked, "file_1")).isEqualTo(large);
    assertThat(nodes.content(unpacked, "file_2")).isEmpty();
    assertThat(unpacked.pairing()).isEqualTo(Pairing.to(0));
  }

  @Test
  void filesOfOneNameStayApartInAnArchive() throws IOException {
    Map<String, BinaryData> files = new LinkedHashMap<>();
    files.put("one", nodes.stored("1".getBytes(UTF_8), "a.txt"));
    files.put("two", nodes.stored("2".getBytes(UTF_8), "a.txt"));
    Item packed =
        nodes
            .run(
                "compression",
                1.1,
                Map.of(
                    "operation", "compress", "fileName", "x.zip", "binaryPropertyName", "one,two"),
                List.of(Item.empty().withBinary(files)))
            .getFirst();
    assertThat(unpack(packed).binary().values())
        .extracting(BinaryData::fileName)
        .containsExactly("a.txt", "a (1).txt");
  }

  @ParameterizedTest
  @CsvSource({"1, data0, data1", "1.1, out, out_1"})
  void gzipPacksEachFileByItself(double version, String first, String second) throws IOException {
    Map<String, BinaryData> files = new LinkedHashMap<>();
    files.put("one", nodes.stored("1".getBytes(UTF_8), "a.txt"));
    files.put("two", nodes.stored("2".getBytes(UTF_8), "b.json"));
    Item packed =
        nodes
            .run(
                "compression",
                version,
                Map.of(
                    "operation",
                    "compress",
                    "outputFormat",
                    "gzip",
                    "binaryPropertyOutput",
                    "out",
                    "binaryPropertyName",
                    "one,two"),
                List.of(Item.empty().withBinary(files)))
            .getFirst();
    assertThat(packed.binary()).containsOnlyKeys(first, second);
    Item unpacked =
        nodes
            .run(
                "compression",
                version,
                Map.of("binaryPropertyName", first + "," + second, "outputPrefix", "x_"),
                List.of(packed))
            .getFirst();
    assertThat(file(unpacked, "x_0").fileName()).isEqualTo("a.txt");
    assertThat(file(unpacked, "x_0").mimeType()).isEqualTo("text/plain");
    assertThat(file(unpacked, "x_1").fileName()).isEqualTo("b.json");
    assertThat(file(unpacked, "x_1").mimeType()).isEqualTo("application/json");
    assertThat(file(unpacked, "x_1").fileExtension()).isEqualTo("json");
  }

  @Test
  void foldersAndTracesOfMacOsAreLeftOut() throws IOException {
    byte[] zip = zip("folder/", "", "folder/a.txt", "a", "__MACOSX/folder/._a.txt", "x");
    Item unpacked = unpack(nodes.item(zip, "a.zip"));
    assertThat(unpacked.binary()).containsOnlyKeys("file_0");
    assertThat(file(unpacked, "file_0").fileName()).isEqualTo("a.txt");
    assertThat(file(unpacked, "file_0").directory()).isEqualTo("folder");
  }

  @Test
  void anEmptyArchiveGivesNoFiles() throws IOException {
    assertThat(unpack(nodes.item(zip(), "a.zip")).binary()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../etc/passwd",
        "a/../../b",
        "..\\..\\windows\\system.ini",
        "C:\\..\\x",
        "a/..",
        "/../x"
      })
  void pathsThatLeadOutAreRefused(String name) throws IOException {
    refused(nodes.item(zip("good.txt", "x", name, "evil"), "a.zip"), "leads out");
    refused(nodes.item(tar(name, "evil"), "a.tar"), "leads out");
  }

  @Test
  void absolutePathsBecomeRelative() throws IOException {
    Item unpacked = unpack(nodes.item(zip("/etc/passwd", "x", "C:\\a\\b.txt", "y"), "a.zip"));
    assertThat(file(unpacked, "file_0").directory()).isEqualTo("etc");
    assertThat(file(unpacked, "file_1").directory()).isEqualTo("a");
    assertThat(file(unpacked, "file_1").fileName()).isEqualTo("b.txt");
  }

  @Test
  void linksAndDevicesInATarAreNoFiles() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      TarArchiveEntry link = new TarArchiveEntry("link", TarConstants.LF_SYMLINK);
      link.setLinkName("/etc/passwd");
      tar.putArchiveEntry(link);
      tar.closeArchiveEntry();
      tar.putArchiveEntry(new TarArchiveEntry("pipe", TarConstants.LF_FIFO));
      tar.closeArchiveEntry();
      TarArchiveEntry file = new TarArchiveEntry("file.txt");
      file.setSize(1);
      tar.putArchiveEntry(file);
      tar.write('x');
      tar.closeArchiveEntry();
    }
    Item unpacked = unpack(nodes.item(bytes.toByteArray(), "a.tar"));
    assertThat(unpacked.binary().values())
        .extracting(BinaryData::fileName)
        .containsExactly("file.txt");
  }

  @Test
  void aBombIsStoppedByItsRatio() throws IOException {
    byte[] zeros = new byte[1 << 20];
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      for (int file = 0; file < 4; file++) {
        out.putNextEntry(new ZipEntry("zeros" + file));
        for (int i = 0; i < 25; i++) {
          out.write(zeros);
        }
      }
    }
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
      for (int i = 0; i < 100; i++) {
        out.write(zeros);
      }
    }
    assertThat(zip.size()).isLessThan(200_000);
    refused(nodes.item(zip.toByteArray(), "a.zip"), "times its size");
    refused(nodes.item(gzip.toByteArray(), "a.gz"), "times its size");
    refused(nodes.item(gzip.toByteArray(), "a.txt.gzip"), "times its size");
  }

  @Test
  void tenThousandEntriesAreTooMany() throws IOException {
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      for (int file = 0; file < 10_000; file++) {
        out.putNextEntry(new ZipEntry("file" + file));
      }
    }
    refused(nodes.item(zip.toByteArray(), "a.zip"), "1000 files");
  }

  /** Names and attributes of a tar are held in memory, so they must not have the size of files. */
  @ParameterizedTest
  @ValueSource(bytes = {TarConstants.LF_GNUTYPE_LONGNAME, TarConstants.LF_PAX_EXTENDED_HEADER_LC})
  void aDescriptionOfAnySizeIsRefused(byte kind) throws IOException {
    byte[] tar = special("long", kind, 40);
    refused(nodes.item(tar, "a.tar"), "describes");
    refused(nodes.item(gzip(tar), "a.tar.gz"), "describes");
  }

  /** What is left out has to be unpacked as well. */
  @Test
  void whatIsLeftOutCountsToo() throws IOException {
    byte[] zeros = new byte[1 << 20];
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      out.putNextEntry(new ZipEntry("__MACOSX/zeros"));
      for (int i = 0; i < 100; i++) {
        out.write(zeros);
      }
    }
    refused(nodes.item(zip.toByteArray(), "a.zip"), "times its size");
    refused(
        nodes.item(gzip(special("device", TarConstants.LF_CHR, 100)), "a.tgz"), "times its size");
  }

  @Test
  void aPathLongerThanFileSystemsHaveIsRefused() throws IOException {
    refused(nodes.item(zip("a/".repeat(3000), "x", "a".repeat(5000), "x"), "a.zip"), "longer");
  }

  /** A tar with one entry that is no file, of so many MiB. */
  private static byte[] special(String name, byte kind, int mebibytes) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, kind);
    entry.setSize((long) mebibytes << 20);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] header = new byte[512];
    entry.writeEntryHeader(header);
    bytes.write(header);
    byte[] text = new byte[1 << 20];
    Arrays.fill(text, (byte) 'a');
    // Attributes begin with their length; of other entries it is content like any other.
    byte[] attribute = ((mebibytes << 20) + " comment=").getBytes(UTF_8);
    bytes.write(attribute);
    bytes.write(text, 0, text.length - attribute.length);
    for (int i = 1; i < mebibytes; i++) {
      bytes.write(text);
    }
    bytes.write(new byte[1024]);
    return bytes.toByteArray();
  }

  @Test
  void archivesInArchivesStayClosed() throws IOException {
    byte[] inner = zip("inner.txt", "x");
    ByteArrayOutputStream outer = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(outer)) {
      out.putNextEntry(new ZipEntry("inner.zip"));
      out.write(inner);
    }
    Item unpacked = unpack(nodes.item(outer.toByteArray(), "a.zip"));
    assertThat(unpacked.binary()).containsOnlyKeys("file_0");
    assertThat(nodes.content(unpacked, "file_0")).isEqualTo(inner);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.zip", "a.gz", "a.tar", "a.tgz", "a.tar.gz"})
  void brokenArchivesAreTheUsersError(String name) throws IOException {
    byte[] good =
        name.endsWith("zip")
            ? zip("a.txt", "some text ".repeat(1000))
            : name.equals("a.tar")
                ? tar("a.txt", "some text ".repeat(1000))
                : gzip(
                    name.equals("a.gz")
                        ? "some text ".repeat(1000).getBytes(UTF_8)
                        : tar("a.txt", "some text ".repeat(1000)));
    assertThat(unpack(nodes.item(good, name)).binary()).hasSize(1);
    for (byte[] broken :
        List.of(
            Arrays.copyOf(good, good.length / 2),
            Arrays.copyOf(good, 11),
            new byte[0],
            "plain text".getBytes(UTF_8))) {
      assertThatThrownBy(() -> unpack(nodes.item(broken, name))).isInstanceOf(NodeException.class);
    }
  }

  @Test
  void damageOfEveryByteIsNoDefect() throws IOException {
    byte[] good = zip("a.txt", "some text", "b/c.txt", "more");
    for (int i = 0; i < good.length; i++) {
      byte[] damaged = good.clone();
      damaged[i] ^= (byte) 0xA5;
      try {
        unpack(nodes.item(damaged, "a.zip"));
      } catch (NodeException theUsersError) {
        assertThat(theUsersError.itemIndex()).isZero();
      }
    }
  }

  @Test
  void whatIsNoArchiveIsSaid() {
    assertThatThrownBy(() -> unpack(nodes.item("x".getBytes(UTF_8), "a.doc")))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining(".doc");
    Item nameless =
        Item.empty()
            .withBinary(Map.of("data", BinaryData.fromJson(Map.of("data", "", "mimeType", "a/b"))));
    assertThatThrownBy(() -> unpack(nameless))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("extension");
    assertThatThrownBy(() -> unpack(Item.empty()))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("'data'");
  }

  @Test
  void oneItemFailsAloneWhereTheNodeGoesOn() throws IOException {
    List<Item> answers =
        nodes.runGoingOn(
            "compression",
            1.1,
            Map.of(),
            List.of(
                nodes.item(zip("a.txt", "x"), "a.zip"),
                nodes.item("broken".getBytes(UTF_8), "b.zip"),
                nodes.item(zip("c.txt", "x"), "c.zip")));
    assertThat(answers).hasSize(3);
    assertThat(answers.get(0).json()).isEqualTo(Map.of("source", "a.zip"));
    assertThat(answers.get(1).json()).containsOnlyKeys("error");
    assertThat(answers.get(1).pairing()).isEqualTo(Pairing.to(1));
    assertThat(file(answers.get(2), "file_0").fileName()).isEqualTo("c.txt");
    assertThat(answers.get(2).pairing()).isEqualTo(Pairing.to(2));
  }

  private static BinaryData file(Item item, String field) {
    return Objects.requireNonNull(item.binary().get(field));
  }

  private Item unpack(Item archive) {
    return nodes.run("compression", 1.1, Map.of(), List.of(archive)).getFirst();
  }

  private void refused(Item archive, String why) {
    assertThatThrownBy(() -> unpack(archive))
        .isInstanceOfSatisfying(
            NodeException.class,
            error -> {
              assertThat(error.code()).isEqualTo(ErrorCode.UNSAFE_ARCHIVE);
              assertThat(error).hasMessageContaining(why);
            });
  }

  /** A zip of names and contents in turn. */
  private static byte[] zip(String... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (int i = 0; i < entries.length; i += 2) {
        out.putNextEntry(new ZipEntry(entries[i]));
        out.write(entries[i + 1].getBytes(UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] tar(String name, String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes)) {
      TarArchiveEntry entry = new TarArchiveEntry(name, true);
      entry.setSize(content.length());
      out.putArchiveEntry(entry);
      out.write(content.getBytes(UTF_8));
      out.closeArchiveEntry();
    }
    return bytes.toByteArray();
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }
}
