package dev.millrace.standalone.conformance;

import static dev.millrace.standalone.conformance.Recorded.object;

import dev.millrace.item.BinaryData;
import dev.millrace.node.BinaryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.poi.hssf.usermodel.HSSFWorkbook;
import org.apache.poi.ss.usermodel.Cell;
import org.apache.poi.ss.usermodel.CellType;
import org.apache.poi.ss.usermodel.Row;
import org.apache.poi.ss.usermodel.Sheet;
import org.jspecify.annotations.Nullable;

/**
 * The files of items in a form in which what is recorded and what came out can be compared: their
 * description and their bytes, wherever they are kept. Two kinds of files say something that is not
 * the node's answer, and are compared by what they hold:
 *
 * <ul>
 *   <li>a calendar says which program wrote it (left out), and has an id and a time of its own,
 *       which are those of the recording's replacement of its library;
 *   <li>an old workbook is laid out by the library that wrote it: its cells count.
 * </ul>
 */
final class RecordedContent {
  private final BinaryStore store;

  RecordedContent(BinaryStore store) {
    this.store = store;
  }

  /**
   * The files of one item.
   *
   * @param forced what the recording's replacement of the calendar library sets
   */
  Map<String, @Nullable Object> comparable(
      Map<String, @Nullable Object> files, Map<String, @Nullable Object> forced) {
    Map<String, @Nullable Object> forms = new TreeMap<>();
    files.forEach(
        (name, file) -> forms.put(name, comparable(BinaryData.fromJson(object(file)), forced)));
    return forms;
  }

  private Map<String, @Nullable Object> comparable(
      BinaryData file, Map<String, @Nullable Object> forced) {
    byte[] content = content(file);
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    form.put("mimeType", file.mimeType());
    form.put("fileName", file.fileName());
    form.put("fileType", file.fileType());
    form.put("fileExtension", file.fileExtension());
    switch (String.valueOf(file.fileExtension())) {
      case "ics" -> form.put("calendar", calendar(content, forced));
      case "xls" -> form.put("cells", cells(content));
      default -> {
        form.put("fileSize", file.fileSize());
        form.put("data", Base64.getEncoder().encodeToString(content));
      }
    }
    return form;
  }

  private byte[] content(BinaryData file) {
    try (InputStream in = store.open(file)) {
      return in.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static List<String> calendar(byte[] content, Map<String, @Nullable Object> forced) {
    List<String> lines = new ArrayList<>();
    for (String line : new String(content, StandardCharsets.UTF_8).split("\r\n", -1)) {
      if (line.startsWith("UID:") && forced.containsKey("uid")) {
        lines.add("UID:" + forced.get("uid"));
      } else if (line.startsWith("DTSTAMP:") && forced.containsKey("timestamp")) {
        lines.add("DTSTAMP:" + forced.get("timestamp"));
      } else if (!line.startsWith("PRODID:")) {
        lines.add(line);
      }
    }
    return lines;
  }

  private static List<String> cells(byte[] content) {
    List<String> cells = new ArrayList<>();
    try (HSSFWorkbook workbook = new HSSFWorkbook(new ByteArrayInputStream(content))) {
      for (Sheet sheet : workbook) {
        cells.add("sheet " + sheet.getSheetName());
        for (Row row : sheet) {
          for (Cell cell : row) {
            cells.add(cell.getAddress() + " " + cell.getCellType() + " " + value(cell));
          }
        }
      }
      return cells;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static String value(Cell cell) {
    return cell.getCellType() == CellType.NUMERIC
        ? Double.toString(cell.getNumericCellValue())
        : cell.toString();
  }
}
