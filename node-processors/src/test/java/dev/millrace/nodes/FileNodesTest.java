package dev.millrace.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.binary.FileTypes;
import dev.millrace.error.ErrorCode;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.node.CatalogueForTests;
import dev.millrace.node.NodeException;
import dev.millrace.value.Json;
import dev.millrace.value.PropertyPath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of the machine, text, JSON, calendars and PDFs. */
class FileNodesTest {
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

  @Test
  void writesAndReadsFilesOfTheMachine() {
    Item item = nodes.item("{}".getBytes(UTF_8), "a.json");
    Item written =
        one("readWriteFile", 1, Map.of("operation", "write", "fileName", "one(1).json"), item);
    assertThat(written.json()).isEqualTo(Map.of("source", "a.json", "fileName", "one(1).json"));
    one(
        "writeBinaryFile",
        1,
        Map.of("fileName", "one(1).json", "options", Map.of("append", true)),
        item);
    assertThat(folder.resolve("open/one(1).json")).hasContent("{}{}");

    Item read =
        one(
            "readWriteFile",
            1,
            Map.of(
                "fileSelector",
                "one(1).json",
                "options",
                Map.of("fileName", "new.txt", "mimeType", "text/plain", "dataPropertyName", "x")),
            Item.empty());
    assertThat(read.json())
        .isEqualTo(
            Map.of(
                "fileName", "new.txt",
                "mimeType", "text/plain",
                "fileExtension", "json",
                "fileType", "json",
                "fileSize", "4 B"));
    assertThat(nodes.content(read, "x")).isEqualTo("{}{}".getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource({"1, true, 0", "1.1, true, 1", "1.1, false, 0"})
  void bracketsMayBeLiteral(double version, boolean literal, int found) throws IOException {
    Files.writeString(folder.resolve("open/x[1].txt"), "x");
    assertThat(
            nodes.run(
                "readWriteFile",
                version,
                Map.of("fileSelector", "x[1].txt", "options", Map.of("literalBrackets", literal)),
                List.of(Item.empty())))
        .hasSize(found);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/passwd", "../secret", "/etc/*", "sub/../../secret"})
  void otherPathsAreForbidden(String path) throws IOException {
    Files.writeString(folder.resolve("secret"), "not yours");
    Item item = nodes.item("x".getBytes(UTF_8), "a");
    Map.of(
            "readBinaryFile", Map.of("filePath", path),
            "readBinaryFiles", Map.of("fileSelector", path),
            "readWriteFile", Map.of("fileSelector", path),
            "writeBinaryFile", Map.of("fileName", path))
        .forEach((node, parameters) ->
            assertThatThrownBy(() -> nodes.run(node, 1, parameters, List.of(item)))
                .isInstanceOfSatisfying(
                    NodeException.class,
                    error -> assertThat(error.code()).isEqualTo(ErrorCode.FILE_FORBIDDEN)));
    assertThat(folder.resolve("secret")).hasContent("not yours");
  }

  @ParameterizedTest
  @CsvSource({
    "utf8, äé漢🚀",
    "utf16, äé漢🚀",
    "utf16be, äé漢🚀",
    "utf32, äé漢🚀",
    "utf32be, äé漢🚀",
    "ucs2, äé漢",
    "cesu8, äé漢🚀",
    "windows1250, Příliš žluťoučký kůň",
    "windows1256, مرحبا",
    "iso88592, Příliš",
    "koi8r, Привет",
    "shiftjis, こんにちは",
    "gb18030, 你好世界",
    "cp437, äöü",
    "macintosh, äöü",
    "binary, äöü"
  })
  void textKeepsItsCharactersInEveryEncoding(String encoding, String text) {
    Item file =
        one(
            "convertToFile",
            1.1,
            Map.of(
                "operation", "toText",
                "sourceProperty", "a.b",
                "options", Map.of("encoding", encoding)),
            Item.of(Map.of("a", Map.of("b", text))));
    assertThat(extracted("text", Map.of("encoding", encoding, "keepSource", "both"), file, "data"))
        .isEqualTo(text);
  }

  @Test
  void everyOfferedEncodingWorksOrSaysThatItDoesNot() {
    List<String> missing = new ArrayList<>();
    List<String> encodings =
        CatalogueForTests.discover()
            .find("n8n-nodes-base.moveBinaryData")
            .orElseThrow()
            .spec()
            .properties()
            .stream()
            .flatMap(property -> property.children().stream())
            .filter(property -> property.name().equals("encoding"))
            .flatMap(property -> property.options().stream())
            .map(option -> String.valueOf(option.value()))
            .toList();
    assertThat(encodings).hasSize(102);
    for (String encoding : encodings) {
      try {
        one(
            "convertToFile",
            1.1,
            Map.of(
                "operation", "toText",
                "sourceProperty", "a",
                "options", Map.of("encoding", encoding)),
            Item.of(Map.of("a", "abcd")));
      } catch (NodeException unsupported) {
        assertThat(unsupported).hasMessageContaining(encoding).hasMessageContaining("supported");
        missing.add(encoding);
      }
    }
    assertThat(missing)
        .containsExactlyInAnyOrder(
            "armscii8",
            "cp1125",
            "cp1133",
            "cp1161",
            "cp1162",
            "cp1163",
            "cp720",
            "cp808",
            "georgianacademy",
            "georgianps",
            "hproman8",
            "iso646cn",
            "iso646jp",
            "iso885910",
            "iso885914",
            "koi8ru",
            "koi8t",
            "mik",
            "pt154",
            "rk1048",
            "tcvn",
            "utf7",
            "utf7imap",
            "viscii");
  }

  @Test
  void textWithoutAnEncodingIsGuessed() {
    byte[] latin = "Größe".getBytes(StandardCharsets.ISO_8859_1);
    byte[] marked = "\uFEFFGröße".getBytes(StandardCharsets.UTF_16LE);
    assertThat(extracted("text", Map.of(), nodes.item(latin, "a.txt"), "data")).isEqualTo("Größe");
    assertThat(extracted("text", Map.of(), nodes.item(marked, "a.txt"), "data")).isEqualTo("Größe");
    assertThat(
            extracted(
                "text",
                Map.of("stripBOM", false, "encoding", "utf8"),
                nodes.item("\uFEFFx".getBytes(UTF_8), "a.txt"),
                "data"))
        .isEqualTo("\uFEFFx");
  }

  @Test
  void jsonAndXmlAndBase64ComeOutOfFiles() {
    assertThat(extracted("fromJson", Map.of(), nodes.item("[1,2]".getBytes(UTF_8), "a"), "data"))
        .isEqualTo(List.of(1.0, 2.0));
    assertThat(extracted("fromJson", Map.of(), nodes.item(" \n".getBytes(UTF_8), "a"), "data"))
        .isEqualTo(Map.of());
    assertThat(extracted("xml", Map.of(), nodes.item("<a/>".getBytes(UTF_8), "a"), "data"))
        .isEqualTo("<a/>");
    assertThat(
            extracted(
                "binaryToPropery",
                Map.of(),
                nodes.item(new byte[] {1, 2, (byte) 255}, "a"),
                "data"))
        .isEqualTo("AQL/");
    assertThatThrownBy(
            () -> extracted("fromJson", Map.of(), nodes.item("{".getBytes(UTF_8), "a"), "data"))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("not valid JSON");
  }

  @ParameterizedTest
  @CsvSource({"'', false, false", "json, true, false", "binary, false, true", "both, true, true"})
  void theSourceIsKeptAsAsked(String keep, boolean json, boolean file) {
    Item answer =
        one(
            "extractFromFile",
            1.1,
            Map.of(
                "operation",
                "text",
                "destinationKey",
                "a.b",
                "options",
                keep.isEmpty() ? Map.of() : Map.of("keepSource", keep)),
            nodes.item("x".getBytes(UTF_8), "name"));
    assertThat(PropertyPath.get(answer.json(), "a.b")).isEqualTo("x");
    assertThat(answer.json().containsKey("source")).isEqualTo(json);
    assertThat(answer.binary().containsKey("data")).isEqualTo(file);
  }

  @Test
  void everyItemOrAllTogetherBecomeJson() {
    List<Item> items = List.of(Item.of(Map.of("a", 1.0)), Item.of(Map.of("a", 2.0)));
    List<Item> each =
        nodes.run("convertToFile", 1.1, Map.of("operation", "toJson", "mode", "each"), items);
    assertThat(each).hasSize(2);
    assertThat(nodes.content(each.get(1), "data")).isEqualTo("{\"a\":2}".getBytes(UTF_8));
    Item all =
        nodes
            .run(
                "convertToFile",
                1.1,
                Map.of(
                    "operation",
                    "toJson",
                    "options",
                    Map.of("addBOM", true, "encoding", "utf8", "fileName", "x.json")),
                items)
            .getFirst();
    assertThat(nodes.content(all, "data")).isEqualTo("\uFEFF[{\"a\":1},{\"a\":2}]".getBytes(UTF_8));
    assertThat(Objects.requireNonNull(all.binary().get("data")).fileName()).isEqualTo("x.json");
    assertThat(Objects.requireNonNull(all.pairing()).all()).hasSize(2);
  }

  @Test
  void base64BecomesAFileOfItsOwnType() {
    byte[] pdf = "%PDF-1.4 and so on".getBytes(UTF_8);
    Item file =
        one(
            "convertToFile",
            1.1,
            Map.of("operation", "toBinary", "sourceProperty", "a"),
            Item.of(Map.of("a", Base64.getEncoder().encodeToString(pdf))));
    BinaryData data = Objects.requireNonNull(file.binary().get("data"));
    assertThat(data.mimeType()).isEqualTo("application/pdf");
    assertThat(data.fileName()).isEqualTo("file.pdf");
    assertThat(nodes.content(file, "data")).isEqualTo(pdf);
    assertThatThrownBy(() ->
            one(
                "convertToFile",
                1.1,
                Map.of("operation", "toBinary", "sourceProperty", "missing"),
                Item.empty()))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("missing");
  }

  @Test
  void moveBinaryDataKeepsOrTakesTheSource() {
    Item item = nodes.item("{\"a\":1}".getBytes(UTF_8), "x.json");
    Item kept =
        one(
            "moveBinaryData",
            1,
            Map.of(
                "setAllData",
                false,
                "destinationKey",
                "to.here",
                "options",
                Map.of("jsonParse", true, "keepSource", true)),
            item);
    assertThat(kept.json())
        .isEqualTo(Map.of("source", "x.json", "to", Map.of("here", Map.of("a", 1.0))));
    assertThat(kept.binary()).containsKey("data");
    Item back =
        one(
            "moveBinaryData",
            1,
            Map.of(
                "mode", "jsonToBinary",
                "convertAllData", false,
                "sourceKey", "to.here.a",
                "destinationKey", "new",
                "options", Map.of("useRawData", true, "mimeType", "text/plain")),
            kept);
    assertThat(nodes.content(back, "new")).isEqualTo("1".getBytes(UTF_8));
    assertThat(back.binary()).containsOnlyKeys("data", "new");
    assertThat(PropertyPath.has(back.json(), "to.here.a")).isFalse();
    assertThat(kept.json()).containsKey("to");
    assertThat(nodes.run("moveBinaryData", 1, Map.of("sourceKey", "none"), List.of(item)))
        .isEmpty();
  }

  @Test
  void anEventIsReadAgainAndNothingCanBeSlippedIntoIt() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("description", "one; two, three\\ and\na new line ".repeat(5));
    fields.put("location", "Zürich 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字");
    fields.put("url", "https://example.com\r\nATTENDEE:mailto:evil@example.com");
    fields.put("uid", "the-uid");
    fields.put("recurrenceRule", "FREQ=WEEKLY;BYDAY=MO,-1FR;COUNT=3");
    fields.put("status", "TENTATIVE");
    fields.put("sequence", 2);
    fields.put("geolocationUi", Map.of("geolocationValues", Map.of("lat", "47.3", "lon", "8.5")));
    fields.put(
        "organizerUi",
        Map.of("organizerValues", Map.of("name", "Doe, \"J\"", "email", "doe@example.com")));
    fields.put(
        "attendeesUi",
        Map.of(
            "attendeeValues",
            List.of(
                Map.of("name", "A:B", "email", "a@example.com\r\nX:Y", "rsvp", true),
                Map.of("name", "C", "email", "c@example.com"))));
    Item file =
        one(
            "iCal",
            1,
            Map.of(
                "title", "Title",
                "start", "2024-01-03T10:00:00+01:00",
                "end", "2024-01-03 10:30",
                "additionalFields", fields),
            Item.empty());
    String text = new String(nodes.content(file, "data"), UTF_8);
    assertThat(text.split("\r\n"))
        .allSatisfy(line -> assertThat(line.getBytes(UTF_8).length).isLessThanOrEqualTo(75))
        .noneMatch(line -> line.startsWith("ATTENDEE:") || line.startsWith("X:"));

    Object calendar = extracted("fromIcs", Map.of(), file, "data");
    Map<?, ?> event =
        (Map<?, ?>) Objects.requireNonNull(PropertyPath.get(Map.of("c", calendar), "c.events[0]"));
    assertThat(event.get("summary")).isEqualTo("Title");
    assertThat(event.get("uid")).isEqualTo("the-uid");
    assertThat(event.get("description")).isEqualTo(fields.get("description"));
    assertThat(event.get("location")).isEqualTo(fields.get("location"));
    assertThat(event.get("start"))
        .isEqualTo(Map.of("date", "2024-01-03T09:00:00.000Z", "type", "DATE-TIME"));
    assertThat(event.get("end"))
        .isEqualTo(Map.of("date", "2024-01-03T10:30:00.000Z", "type", "DATE-TIME"));
    assertThat(event.get("sequence")).isEqualTo(2.0);
    assertThat(event.get("geo")).isEqualTo("47.3;8.5");
    assertThat(event.get("organizer"))
        .isEqualTo(Map.of("email", "doe@example.com", "name", "Doe, J"));
    assertThat(event.get("attendees"))
        .isEqualTo(
            List.of(
                Map.of("email", "a@example.comX:Y", "name", "A:B", "rsvp", true),
                Map.of("email", "c@example.com", "name", "C", "rsvp", false)));
    assertThat(event.get("recurrenceRule"))
        .isEqualTo(
            Map.of(
                "frequency",
                "WEEKLY",
                "byDay",
                List.of(Map.of("day", "MO"), Map.of("day", "FR", "occurrence", -1.0)),
                "count",
                3.0));
  }

  @Test
  void calendarsOfOthersAreRead() {
    String ics =
        """
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//X//Y
        X-WR-CALNAME:Mine
        BEGIN:VTIMEZONE
        TZID:Europe/Berlin
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:1
        DTSTART;TZID=Europe/Berlin:20240703T100000
        DTEND;VALUE=DATE:20240704
        SUMMARY:folded
          text\\, with comma
        CATEGORIES:a,b\\,c
        X-CUSTOM-FIELD:z
        EXDATE:20240710T080000Z,20240717T080000Z
        BEGIN:VALARM
        ACTION:DISPLAY
        TRIGGER:-PT15M
        END:VALARM
        END:VEVENT
        END:VCALENDAR
        """;
    Object read = extracted("fromIcs", Map.of(), nodes.item(ics.getBytes(UTF_8), "a.ics"), "data");
    Map<String, @Nullable Object> root = Map.of("c", read);
    assertThat(PropertyPath.get(root, "c.name")).isEqualTo("Mine");
    assertThat(PropertyPath.get(root, "c.timezones[0].id")).isEqualTo("Europe/Berlin");
    assertThat(PropertyPath.get(root, "c.events[0].start"))
        .isEqualTo(
            Map.of(
                "date",
                "2024-07-03T08:00:00.000Z",
                "type",
                "DATE-TIME",
                "local",
                Map.of(
                    "date", "2024-07-03T10:00:00.000Z",
                    "timezone", "Europe/Berlin",
                    "tzoffset", "+0200")));
    assertThat(PropertyPath.get(root, "c.events[0].end"))
        .isEqualTo(Map.of("date", "2024-07-04T00:00:00.000Z", "type", "DATE"));
    assertThat(PropertyPath.get(root, "c.events[0].summary")).isEqualTo("folded text, with comma");
    assertThat(PropertyPath.get(root, "c.events[0].categories")).isEqualTo(List.of("a", "b,c"));
    assertThat(PropertyPath.get(root, "c.events[0].nonStandard.customField")).isEqualTo("z");
    assertThat(PropertyPath.get(root, "c.events[0].exceptionDates[1].date"))
        .isEqualTo("2024-07-17T08:00:00.000Z");
    assertThat(PropertyPath.get(root, "c.events[0].alarms[0].trigger"))
        .isEqualTo(Map.of("type", "relative", "value", Map.of("before", true, "minutes", 15.0)));
    assertThatThrownBy(
            () -> extracted("fromIcs", Map.of(), nodes.item("x".getBytes(UTF_8), "a.ics"), "data"))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("no calendar");
  }

  @Test
  void pagesOfAPdf() throws IOException {
    Item item = nodes.item(pdf(null, "first page", "second page", "third"), "a.pdf");
    Map<String, @Nullable Object> all =
        one("extractFromFile", 1.1, Map.of("operation", "pdf"), item).json();
    assertThat(all.get("text")).isEqualTo("first page\n\nsecond page\n\nthird");
    assertThat(all.get("numpages")).isEqualTo(3.0);
    Map<String, @Nullable Object> some =
        one(
                "extractFromFile",
                1.1,
                Map.of("operation", "pdf", "options", Map.of("joinPages", false, "maxPages", 2)),
                item)
            .json();
    assertThat(some.get("text")).isEqualTo(List.of("first page", "second page"));
    assertThat(some.get("numrender")).isEqualTo(2.0);
  }

  @Test
  void aPdfNeedsItsPassword() throws IOException {
    Item item = nodes.item(pdf("secret", "hidden"), "a.pdf");
    assertThat(
            one("readPDF", 1, Map.of("encrypted", true, "password", "secret"), item)
                .json()
                .get("text"))
        .isEqualTo("hidden");
    assertThatThrownBy(() -> one("readPDF", 1, Map.of(), item))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("encrypted");
    assertThatThrownBy(
            () -> one("readPDF", 1, Map.of("encrypted", true, "password", "wrong"), item))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("password")
        .hasMessageNotContaining("wrong");
  }

  @Test
  void brokenPdfsAreTheUsersError() throws IOException {
    byte[] good = pdf(null, "some text", "more text");
    Random random = new Random(11);
    for (int i = 0; i < 120; i++) {
      byte[] broken = i < 40 ? Arrays.copyOf(good, good.length * i / 40) : good.clone();
      for (int n = 0; i >= 40 && n < 1 + i / 10; n++) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt();
      }
      try {
        one("readPDF", 1, Map.of(), nodes.item(broken, "a.pdf"));
      } catch (NodeException theUsersError) {
        assertThat(theUsersError.itemIndex()).isZero();
      }
    }
    assertThatThrownBy(
            () -> one("readPDF", 1, Map.of(), nodes.item("no pdf".getBytes(UTF_8), "a.pdf")))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("PDF cannot be read");
  }

  private static byte[] pdf(@Nullable String password, String... pages) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PDDocument document = new PDDocument()) {
      for (String text : pages) {
        PDPage page = new PDPage();
        document.addPage(page);
        try (PDPageContentStream content = new PDPageContentStream(document, page)) {
          content.beginText();
          content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
          content.newLineAtOffset(50, 700);
          content.showText(text);
          content.endText();
        }
      }
      if (password != null) {
        StandardProtectionPolicy policy =
            new StandardProtectionPolicy("owner", password, new AccessPermission());
        policy.setEncryptionKeyLength(128);
        document.protect(policy);
      }
      document.save(bytes);
    }
    return bytes.toByteArray();
  }

  @Test
  void recordedKindsOfFiles() throws IOException {
    Path file =
        Path.of(System.getProperty("millrace.shared", ""), "n8n/conformance/functions/utils.json");
    assumeTrue(Files.exists(file), "skipped: the behaviour data is not at " + file);
    int checked = 0;
    for (Object one : list(Json.parseObject(Files.readAllBytes(file)).get("cases"))) {
      Map<?, ?> recorded = (Map<?, ?>) Objects.requireNonNull(one);
      if ("fileTypeFromMimeType".equals(recorded.get("function"))) {
        String type = String.valueOf(list(recorded.get("args")).getFirst());
        boolean equal = "toEqual".equals(recorded.get("matcher"));
        assertThat(Objects.equals(FileTypes.kind(type), recorded.get("expected")))
            .as(type)
            .isEqualTo(equal);
        checked++;
      }
    }
    assertThat(checked).isEqualTo(19);
  }

  private static List<?> list(@Nullable Object value) {
    return (List<?>) Objects.requireNonNull(value);
  }

  private static @Nullable Object extracted(
      String operation, Map<String, ?> options, Item file, String key) {
    return one("extractFromFile", 1.1, Map.of("operation", operation, "options", options), file)
        .json()
        .get(key);
  }

  private static Item one(String type, double version, Map<String, ?> parameters, Item item) {
    List<Item> answers = nodes.run(type, version, parameters, List.of(item));
    assertThat(answers).hasSize(1);
    return answers.getFirst();
  }
}
