package dev.millrace.nodes.files;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.value.Undefined;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PushbackReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a table in a file of an item into items, as the nodes for tables do. */
final class SheetReading {
  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final byte[] COMPOUND = {(byte) 0xD0, (byte) 0xCF, 0x11, (byte) 0xE0};

  private final BinaryStore store;

  SheetReading(BinaryStore store) {
    this.store = store;
  }

  /**
   * Reads delimited text as a stream; all values are text.
   *
   * @param answers gets an item per record
   */
  void csv(NodeCall call, int i, BinaryData file, List<Item> answers) throws IOException {
    String delimiter = call.string("options.delimiter", i, ",").replace("\\t", "\t");
    boolean named = call.bool("options.headerRow", i, true);
    boolean withEmpty = call.bool("options.includeEmptyCells", i, false);
    double most = call.number("options.maxRowCount", i, -1);
    boolean skipping = call.bool("options.skipRecordsWithErrors.value.enabled", i, false);
    double mostSkipped =
        call.number("options.skipRecordsWithErrors.value.maxSkippedRecords", i, -1);
    if (delimiter.isEmpty()) {
      throw new NodeException("The delimiter is empty", i);
    }
    List<String> names = null;
    int skipped = 0;
    Bound bound = new Bound();
    try (CsvReader reader =
        new CsvReader(
            text(file, call.string("options.encoding", i, "utf-8"), call, i),
            delimiter,
            call.bool("options.relaxQuotes", i, false))) {
      reader.skipTo((int) call.number("options.fromLine", i, 0));
      while (most < 0 || bound.rows < most) {
        CsvReader.Row row;
        try {
          row = reader.next();
          if (row == null) {
            return;
          }
          if (row.isBlank()) {
            continue;
          }
          if (named && names == null) {
            names = row.fields();
            continue;
          }
          if (names != null && names.size() != row.fields().size()) {
            throw new CsvReader.MalformedRow(
                "Line "
                    + row.line()
                    + " has "
                    + row.fields().size()
                    + " fields where the first has "
                    + names.size());
          }
        } catch (CsvReader.MalformedRow malformed) {
          if (!skipping) {
            throw malformed;
          }
          if (mostSkipped >= 0 && ++skipped > mostSkipped) {
            throw new NodeException("Max number of skipped records exceeded", i);
          }
          continue;
        }
        bound.count(row.fields());
        answers.add(item(names == null ? list(row) : object(names, row, withEmpty), i));
      }
    }
  }

  private Reader text(BinaryData file, String encoding, NodeCall call, int i) throws IOException {
    PushbackReader reader =
        new PushbackReader(new InputStreamReader(store.open(file), TextEncoding.charset(encoding)));
    if (call.bool("options.enableBOM", i, false)) {
      int first = reader.read();
      if (first >= 0 && first != '\uFEFF') {
        reader.unread(first);
      }
    }
    return reader;
  }

  private static Map<String, @Nullable Object> list(CsvReader.Row row) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("row", row.fields());
    return json;
  }

  private static Map<String, @Nullable Object> object(
      List<String> names, CsvReader.Row row, boolean withEmpty) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    for (int c = 0; c < names.size(); c++) {
      String value = row.fields().get(c);
      if (withEmpty || !value.isEmpty()) {
        json.put(names.get(c), value);
      }
    }
    return json;
  }

  /** Keeps what is read within what a run may answer. */
  private static final class Bound {
    private int rows;
    private long text;
    private long cells;

    void count(List<String> fields) {
      rows++;
      cells += fields.size();
      for (String field : fields) {
        text += field.length();
      }
      if (cells > Sheet.MAX_CELLS || text > Sheet.MAX_TEXT) {
        throw new MillraceException(
            ErrorCode.BATCH_TOO_LARGE,
            "The table has more than "
                + Sheet.MAX_CELLS
                + " fields or "
                + (Sheet.MAX_TEXT >> 20)
                + " MiB of text; read it in parts with the starting line and the number of rows");
      }
    }
  }

  /**
   * Reads a sheet of any format, by its content, with numbers, truth values and text.
   *
   * @param format what the user says that it is, for the error
   * @param answers gets an item per row
   */
  void sheet(NodeCall call, int i, BinaryData file, String format, List<Item> answers)
      throws IOException {
    byte[] content = ItemFiles.whole(store, file, ItemFiles.MAX_WHOLE);
    Object sheetName = call.parameter("options.sheetName", i);
    Sheet sheet;
    try {
      sheet =
          parse(
              content,
              Undefined.orNull(sheetName) ? "" : String.valueOf(sheetName),
              call.bool("options.rawData", i, false));
    } catch (MillraceException known) {
      throw known;
    } catch (IOException | RuntimeException | StackOverflowError broken) {
      String extension = file.fileExtension();
      throw new NodeException(
          ErrorCode.NODE_FAILED,
          extension != null && !extension.equals(format) && !format.equals("autodetect")
              ? "The file has the extension ." + extension + " and is not in " + format + " format"
              : "The file cannot be read as a table: " + reason(broken),
          i,
          reason(broken),
          Map.of(),
          broken);
    }
    String range = call.string("options.range", i, "");
    boolean withEmpty = call.bool("options.includeEmptyCells", i, false);
    if (call.bool("options.headerRow", i, true)) {
      for (Map<String, @Nullable Object> row : sheet.objects(range, withEmpty)) {
        answers.add(item(row, i));
      }
    } else {
      for (List<@Nullable Object> row : sheet.lists(range, withEmpty)) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("row", row);
        answers.add(item(json, i));
      }
    }
  }

  private static String reason(Throwable broken) {
    String message = broken.getMessage();
    return message == null ? broken.getClass().getSimpleName() : message;
  }

  private static Item item(Map<String, @Nullable Object> json, int i) {
    return Item.of(json).withPairing(Pairing.to(i));
  }

  /** What the file is shows in its first bytes; its name may lie. */
  private static Sheet parse(byte[] content, String sheetName, boolean raw) throws IOException {
    if (startsWith(content, ZIP)) {
      return isOpenDocument(content)
          ? OdsSheet.read(content, sheetName)
          : XlsxSheet.read(content, sheetName);
    }
    if (startsWith(content, COMPOUND)) {
      return XlsSheet.read(content, sheetName);
    }
    if (startsWith(content, "{\\rt".getBytes(StandardCharsets.US_ASCII))) {
      return RtfTable.read(content, raw);
    }
    String text = TextEncoding.decode(content, TextEncoding.guess(content), true);
    return text.stripLeading().startsWith("<")
        ? HtmlTable.read(text, raw)
        : CsvTable.read(text, raw);
  }

  private static boolean startsWith(byte[] content, byte[] start) {
    return content.length >= start.length
        && java.util.Arrays.equals(content, 0, start.length, start, 0, start.length);
  }

  private static boolean isOpenDocument(byte[] content) throws IOException {
    try (var zip =
        org.apache.commons.compress.archivers.zip.ZipFile.builder().setByteArray(content).get()) {
      return zip.getEntry("content.xml") != null;
    }
  }
}
