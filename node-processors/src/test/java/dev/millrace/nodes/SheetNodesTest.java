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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.poi.hssf.usermodel.HSSFSheet;
import org.apache.poi.hssf.usermodel.HSSFWorkbook;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables in files: Convert to File, Extract from File and Spreadsheet File. */
class SheetNodesTest {
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
  @ValueSource(strings = {"html", "ods", "rtf", "xls", "xlsx"})
  void whatIsWrittenIsReadAgain(String format) {
    List<Item> items =
        List.of(
            item("text", "Größe & <b>\"x\"</b> 漢字 🚀 {\\}", "number", 12.5, "yes", true),
            item("text", "two\nlines", "number", -1e-7, "later", "new column"),
            item("nested", Map.of("list", List.of(1.0, Map.of("deep", "x")))));
    List<Item> read = extract(format, Map.of(), convert(format, Map.of(), items));
    assertThat(read).hasSize(3);
    assertThat(read.get(0).json())
        .isEqualTo(Map.of("text", "Größe & <b>\"x\"</b> 漢字 🚀 {\\}", "number", 12.5, "yes", true));
    assertThat(read.get(1).json())
        .isEqualTo(Map.of("text", "two\nlines", "number", -1e-7, "later", "new column"));
    assertThat(read.get(2).json())
        .isEqualTo(Map.of("nested.list.0", 1.0, "nested.list.1.deep", "x"));
    assertThat(read).extracting(Item::pairing).containsOnly(Pairing.to(0));
  }

  @Test
  void csvIsReadAsTextAndKeepsEveryDigit() {
    List<Item> read =
        extract(
            "csv",
            Map.of("enableBOM", true),
            convert(
                "csv",
                Map.of(),
                List.of(item("phone", 4.915112345678E12, "q", "a \"b\", c\nd", "no", false))));
    assertThat(read.getFirst().json())
        .isEqualTo(Map.of("phone", "4915112345678", "q", "a \"b\", c\nd", "no", "FALSE"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "html", "ods", "xls", "xlsx"})
  void withoutHeaderRow(String format) {
    Item file = convert(format, Map.of("headerRow", false), List.of(item("a", 1.0, "b", "x")));
    List<Item> read = extract(format, Map.of("headerRow", false, "enableBOM", true), file);
    assertThat(read).hasSize(1);
    assertThat(read.getFirst().json().get("row"))
        .isEqualTo(format.equals("csv") ? List.of("1", "x") : List.of(1.0, "x"));
  }

  @ParameterizedTest
  @CsvSource({
    "csv, file.csv, text/csv",
    "html, file.html, text/html",
    "ods, file.ods, application/vnd.oasis.opendocument.spreadsheet",
    "rtf, file.rtf, application/rtf",
    "xls, file.xls, application/vnd.ms-excel",
    "xlsx, file.xlsx, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
  })
  void filesAreNamedAfterTheirFormat(String format, String name, String mimeType) {
    BinaryData file = file(convert(format, Map.of(), List.of(item("a", 1.0))));
    assertThat(file.fileName()).isEqualTo(name);
    assertThat(file.mimeType()).isEqualTo(mimeType);
    BinaryData unnamed =
        file(convert(format, Map.of("fileName", "report"), List.of(item("a", 1.0))));
    assertThat(unnamed.fileName()).isEqualTo("report");
  }

  @Test
  void contentTellsTheFormatOfAFileWithoutExtension() {
    assertThat(
            file(convert("xlsx", Map.of("fileName", "report"), List.of(item("a", 1.0)))).mimeType())
        .isEqualTo("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    assertThat(
            file(convert("ods", Map.of("fileName", "report"), List.of(item("a", 1.0)))).mimeType())
        .isEqualTo("application/vnd.oasis.opendocument.spreadsheet");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ods", "xls", "xlsx"})
  void sheetsHaveNames(String format) {
    Item file = convert(format, Map.of("sheetName", "Mine"), List.of(item("a", 1.0)));
    assertThat(extract(format, Map.of("sheetName", "Mine"), file)).hasSize(1);
    assertThatThrownBy(() -> extract(format, Map.of("sheetName", "Other"), file))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("Other");
    assertThatThrownBy(() -> convert(format, Map.of("sheetName", "a/b"), List.of(item("a", 1.0))))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("a/b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ods", "xlsx"})
  void compressionIsAnOption(String format) {
    List<Item> items = Collections.nCopies(2000, item("a", "the same text in every row"));
    long loose = file(convert(format, Map.of(), items)).bytes();
    long dense = file(convert(format, Map.of("compression", true), items)).bytes();
    assertThat(dense).isLessThan(loose / 3);
    assertThat(extract(format, Map.of(), convert(format, Map.of("compression", true), items)))
        .hasSize(2000);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void workbooksOfOthersAreRead(boolean old) throws IOException {
    byte[] content = old ? oldWorkbook() : workbook();
    List<Item> read = extract("xlsx", Map.of(), nodes.item(content, old ? "a.xls" : "a.xlsx"));
    assertThat(read).hasSize(2);
    assertThat(read.get(0).json())
        .isEqualTo(Map.of("name", "x", "name_1", 2.0, "__EMPTY", true, "date", 45366.0));
    assertThat(read.get(1).json()).isEqualTo(Map.of("name", "sum", "name_1", 4.0));
    assertThat(
            extract("xlsx", Map.of("range", "B4:C5"), nodes.item(content, "a.xlsx"))
                .getFirst()
                .json())
        .isEqualTo(Map.of("x", "sum", "2", 4.0));
    assertThat(
            extract(
                    "xlsx",
                    Map.of("includeEmptyCells", true, "range", "2"),
                    nodes.item(content, "a.xlsx"))
                .get(1)
                .json())
        .isEqualTo(Map.of("name", "sum", "name_1", 4.0, "__EMPTY", "", "date", ""));
  }

  /** A table that begins at B3, with two columns of one name and one without. */
  private static byte[] workbook() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Workbook workbook = new Workbook(bytes, "Test", "1.0");
    Worksheet sheet = workbook.newWorksheet("One");
    sheet.value(2, 1, "name");
    sheet.value(2, 2, "name");
    sheet.value(2, 4, "date");
    sheet.value(3, 1, "x");
    sheet.value(3, 2, 2);
    sheet.value(3, 3, true);
    sheet.value(3, 4, LocalDate.of(2024, 3, 15));
    sheet.value(4, 1, "sum");
    sheet.value(4, 2, 4);
    workbook.newWorksheet("Two").value(0, 0, "other");
    workbook.finish();
    return bytes.toByteArray();
  }

  private static byte[] oldWorkbook() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (HSSFWorkbook workbook = new HSSFWorkbook()) {
      HSSFSheet sheet = workbook.createSheet("One");
      var header = sheet.createRow(2);
      header.createCell(1).setCellValue("name");
      header.createCell(2).setCellValue("name");
      header.createCell(4).setCellValue("date");
      var first = sheet.createRow(3);
      first.createCell(1).setCellValue("x");
      first.createCell(2).setCellValue(2);
      first.createCell(3).setCellValue(true);
      first.createCell(4).setCellValue(LocalDate.of(2024, 3, 15));
      var second = sheet.createRow(4);
      second.createCell(1).setCellValue("sum");
      second.createCell(2).setCellFormula("C4*2");
      workbook.getCreationHelper().createFormulaEvaluator().evaluateAll();
      workbook.createSheet("Two").createRow(0).createCell(0).setCellValue("other");
      workbook.write(bytes);
    }
    return bytes.toByteArray();
  }

  @Test
  void contentCountsAndNotTheName() {
    Item file = convert("xlsx", Map.of("fileName", "wrong.xls"), List.of(item("a", 1.0)));
    assertThat(extract("xls", Map.of(), file).getFirst().json()).isEqualTo(Map.of("a", 1.0));
  }

  @Test
  void theFirstVersionOfSpreadsheetFileTypesTheCellsOfText() {
    String csv =
        "n,t,d,b,e,q,p,m\n1,abc,2024-03-15,TRUE,,\"1\",50%,\"1,234\"\n-2.5,x y,3/15/2024,false,,,,";
    List<Item> read = sheet(1, Map.of(), nodes.item(csv.getBytes(UTF_8), "a.csv"));
    assertThat(read.get(0).json())
        .isEqualTo(
            Map.of(
                "n", 1.0, "t", "abc", "d", 45366.0, "b", true, "q", "1", "p", 0.5, "m", "1,234"));
    assertThat(read.get(1).json())
        .isEqualTo(Map.of("n", -2.5, "t", "x y", "d", 45366.0, "b", "false"));
    assertThat(
            sheet(1, Map.of(), nodes.item("a;b\n1;2".getBytes(UTF_8), "a.csv")).getFirst().json())
        .isEqualTo(Map.of("a", 1.0, "b", 2.0));
    assertThat(sheet(2, Map.of(), nodes.item(csv.getBytes(UTF_8), "a.csv")).get(0).json())
        .containsEntry("n", "1")
        .containsEntry("d", "2024-03-15")
        .doesNotContainKey("e");
  }

  @Test
  void csvOptions() {
    String csv = "ignored\na|b\n1|2\n3|\n5|6\n";
    Item item = nodes.item(csv.getBytes(UTF_8), "a.csv");
    assertThat(
            extract(
                "csv",
                Map.of(
                    "delimiter", "|", "fromLine", 2, "maxRowCount", 2, "includeEmptyCells", true),
                item))
        .extracting(Item::json)
        .containsExactly(Map.of("a", "1", "b", "2"), Map.of("a", "3", "b", ""));
    byte[] latin = "name\nGröße\n".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(extract("csv", Map.of("encoding", "latin1"), nodes.item(latin, "a.csv")))
        .extracting(Item::json)
        .containsExactly(Map.of("name", "Größe"));
    assertThat(
            extract(
                "csv",
                Map.of("delimiter", "\\t"),
                nodes.item("a\tb\r\n1\t2\r\n\r\n".getBytes(UTF_8), "a.csv")))
        .extracting(Item::json)
        .containsExactly(Map.of("a", "1", "b", "2"));
  }

  @Test
  void recordsWithErrorsCanBeSkipped() {
    String csv = "id,name\n1,\"Jo\"hn\n2,too,many\n3,John\n4\n";
    Item item = nodes.item(csv.getBytes(UTF_8), "a.csv");
    assertThatThrownBy(() -> extract("csv", Map.of(), item))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("line 2");
    assertThat(extract("csv", skipping(-1), item))
        .extracting(Item::json)
        .containsExactly(Map.of("id", "3", "name", "John"));
    assertThat(extract("csv", skipping(3), item)).hasSize(1);
    assertThatThrownBy(() -> extract("csv", skipping(2), item))
        .isInstanceOf(NodeException.class)
        .hasMessage("Max number of skipped records exceeded");
    assertThat(
            extract(
                "csv",
                Map.of("relaxQuotes", true),
                nodes.item("a\nJo\"hn\n\"x\" y\n".getBytes(UTF_8), "a.csv")))
        .extracting(Item::json)
        .containsExactly(Map.of("a", "Jo\"hn"), Map.of("a", "\"x\" y"));
  }

  private static Map<String, Object> skipping(int most) {
    return Map.of(
        "skipRecordsWithErrors",
        Map.of("value", Map.of("enabled", true, "maxSkippedRecords", most)));
  }

  @Test
  void htmlTablesOfOthersAreRead() {
    String html =
        """
        <!doctype html><p>intro</p><table><thead><tr><th>Name<th>Two<br>lines<th colspan=2>Wide</tr>
        <tbody><tr><td rowspan=2> A &amp; B </td><td>1,000</td><td>x</td><td>y
        <tr><td>2</td><td><table><tr><td>inner</table></td></table><table><tr><td>second</table>
        """;
    List<Item> read = extract("html", Map.of(), nodes.item(html.getBytes(UTF_8), "a.html"));
    assertThat(read).hasSize(2);
    assertThat(read.get(0).json())
        .isEqualTo(Map.of("Name", "A & B", "Two\nlines", 1000.0, "Wide", "x", "__EMPTY", "y"));
    assertThat(read.get(1).json()).isEqualTo(Map.of("Two\nlines", 2.0, "Wide", "inner"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"html", "ods", "xls", "xlsx"})
  void filesThatAreNoTablesAreTheUsersError(String format) {
    Item good = convert(format, Map.of(), List.of(item("a", "some text", "b", 2.0)));
    byte[] content = nodes.content(good, "data");
    Random random = new Random(7);
    for (int i = 0; i < 60; i++) {
      byte[] damaged = i < 20 ? Arrays.copyOf(content, content.length * i / 20) : content.clone();
      for (int n = 0; i >= 20 && n < 1 + i / 10; n++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        extract(format, Map.of(), nodes.item(damaged, "a." + format));
      } catch (NodeException theUsersError) {
        assertThat(theUsersError.itemIndex()).isZero();
      }
    }
    assertThatThrownBy(() ->
            extract(format, Map.of(), nodes.item(new byte[] {'P', 'K', 3, 4, 1, 2, 3}, "a.doc")))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("not in " + format + " format");
  }

  @Test
  void aWorkbookThatUnpacksToTooMuchIsRefused() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] spaces = new byte[1 << 20];
    Arrays.fill(spaces, (byte) ' ');
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("xl/sharedStrings.xml"));
      for (int i = 0; i < 600; i++) {
        zip.write(spaces);
      }
    }
    assertThatThrownBy(() -> extract("xlsx", Map.of(), nodes.item(bytes.toByteArray(), "a.xlsx")))
        .isInstanceOfSatisfying(
            NodeException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.UNSAFE_ARCHIVE));
  }

  @Test
  void entitiesAreNotExpanded() throws IOException {
    String bomb =
        "<!DOCTYPE x [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
            + "<!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    String start =
        "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\""
            + " xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\""
            + " xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><table:table>";
    String row =
        "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>&c;&b;</text:p>"
            + "</table:table-cell></table:table-row></table:table></office:document-content>";
    assertThatThrownBy(() ->
            extract(
                "ods", Map.of(), nodes.item(archive("content.xml", bomb + start + row), "a.ods")))
        .isInstanceOf(NodeException.class);
    String repeated =
        "<table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell"
            + " office:value-type=\"float\" office:value=\"1\""
            + " table:number-columns-repeated=\"1000000\"/></table:table-row></table:table>"
            + "</office:document-content>";
    assertThatThrownBy(() ->
            extract("ods", Map.of(), nodes.item(archive("content.xml", start + repeated), "a.ods")))
        .isInstanceOfSatisfying(
            NodeException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.BATCH_TOO_LARGE));
  }

  @Test
  void hugeTablesAreRefusedAndLargeOnesRead() {
    StringBuilder csv = new StringBuilder("a,b\n");
    for (int i = 0; i < 100_000; i++) {
      csv.append(i).append(",x\n");
    }
    assertThat(extract("csv", Map.of(), nodes.item(csv.toString().getBytes(UTF_8), "a.csv")))
        .hasSize(100_000);
    byte[] many = ",".repeat(2_100_000).getBytes(UTF_8);
    assertThatThrownBy(() -> extract("csv", Map.of("headerRow", false), nodes.item(many, "a.csv")))
        .isInstanceOfSatisfying(
            NodeException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.BATCH_TOO_LARGE));
    byte[] unclosed = ("a\n\"" + "x".repeat(20 << 20)).getBytes(UTF_8);
    assertThatThrownBy(() -> extract("csv", Map.of(), nodes.item(unclosed, "a.csv")))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("too long");
    assertThatThrownBy(() -> convert("xls", Map.of(), Collections.nCopies(65_536, item("a", 1.0))))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("65536 rows");
    assertThatThrownBy(() -> convert("xlsx", Map.of(), List.of(item("a", "x".repeat(40_000)))))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("32767");
    List<Item> apart = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      apart.add(item("a" + i, 1.0, "b" + i, 1.0));
    }
    assertThatThrownBy(() -> convert("csv", Map.of(), apart))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("8000 different fields");
  }

  @Test
  void aWideSheetWithFewCellsIsNoWork() throws IOException {
    byte[] wide =
        archive(
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override"
                + " PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-"
                + "officedocument.spreadsheetml.sheet.main+xml\"/></Types>",
            "_rels/.rels",
            "<Relationships"
                + " xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"/>",
            "xl/_rels/workbook.xml.rels",
            "<Relationships"
                + " xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                + "<Relationship Id=\"r1\" Target=\"worksheets/sheet1.xml\""
                + " Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
                + "worksheet\"/></Relationships>",
            "xl/workbook.xml",
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
                + " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">"
                + "<sheets><sheet name=\"One\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>",
            "xl/worksheets/sheet1.xml",
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
                + "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a</t></is></c>"
                + "<c r=\"XFD1\" t=\"inlineStr\"><is><t>far</t></is></c></row>"
                + "<row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c></row></sheetData>"
                + "</worksheet>");
    assertThat(extract("xlsx", Map.of(), nodes.item(wide, "a.xlsx")))
        .extracting(Item::json)
        .containsExactly(Map.of("a", 1.0));
    assertThatThrownBy(() ->
            extract(
                "xlsx",
                Map.of("headerRow", false, "includeEmptyCells", true),
                nodes.item(wide, "a.xlsx")))
        .isInstanceOfSatisfying(
            NodeException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.BATCH_TOO_LARGE));
  }

  @Test
  void itemsFailOneByOneWhereTheNodeGoesOn() {
    List<Item> answers =
        nodes.runGoingOn(
            "spreadsheetFile",
            2,
            Map.of("fileFormat", "xlsx"),
            List.of(
                nodes.item(new byte[] {'P', 'K', 3, 4, 9}, "a.txt"),
                convert("xlsx", Map.of(), List.of(item("Name", "Jane", "Age", 30.0)))));
    assertThat(answers).hasSize(2);
    assertThat(answers.get(0).json().get("error")).asString().contains("not in xlsx format");
    assertThat(answers.get(1).json()).isEqualTo(Map.of("Name", "Jane", "Age", 30.0));
    assertThat(answers.get(1).pairing()).isEqualTo(Pairing.to(1));
  }

  /** A zip of names and contents in turn. */
  private static byte[] archive(String... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < entries.length; i += 2) {
        zip.putNextEntry(new ZipEntry(entries[i]));
        zip.write(entries[i + 1].getBytes(UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  private static Item convert(String format, Map<String, ?> options, List<Item> items) {
    List<Item> answers =
        nodes.run("convertToFile", 1.1, Map.of("operation", format, "options", options), items);
    assertThat(answers).hasSize(1);
    return answers.getFirst();
  }

  private static List<Item> extract(String format, Map<String, ?> options, Item file) {
    return nodes.run(
        "extractFromFile", 1.1, Map.of("operation", format, "options", options), List.of(file));
  }

  private static List<Item> sheet(double version, Map<String, ?> options, Item file) {
    return nodes.run("spreadsheetFile", version, Map.of("options", options), List.of(file));
  }

  private static BinaryData file(Item item) {
    return Objects.requireNonNull(item.binary().get("data"));
  }

  private static Item item(Object... keysAndValues) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      json.put(keysAndValues[i].toString(), keysAndValues[i + 1]);
    }
    return Item.of(json);
  }
}
