package dev.millrace.nodes.files;

import dev.millrace.value.Coercion;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** Tables as OpenDocument spreadsheets, read and written as streams. */
final class OdsSheet {
  static final String MIME_TYPE = "application/vnd.oasis.opendocument.spreadsheet";

  private static final String OASIS = "urn:oasis:names:tc:opendocument:xmlns:";
  private static final String OFFICE = OASIS + "office:1.0";
  private static final String TABLE = OASIS + "table:1.0";
  private static final String TEXT = OASIS + "text:1.0";
  private static final String MANIFEST = OASIS + "manifest:1.0";

  /** No spreadsheet program makes more of either. */
  private static final int MAX_REPEATED = 1 << 20;

  private OdsSheet() {}

  static void write(Grid grid, SheetFormat.Options options, OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(new KeptOpen(out), StandardCharsets.UTF_8);
    zip.setLevel(options.compressed() ? Deflater.DEFAULT_COMPRESSION : Deflater.NO_COMPRESSION);
    // The type comes first and uncompressed, so that programs can recognise the file by it.
    byte[] type = MIME_TYPE.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(type);
    ZipEntry first = entry("mimetype");
    first.setMethod(ZipEntry.STORED);
    first.setSize(type.length);
    first.setCrc(sum.getValue());
    zip.putNextEntry(first);
    zip.write(type);
    try {
      zip.putNextEntry(entry("content.xml"));
      content(grid, options.sheetName(), zip);
      zip.putNextEntry(entry("META-INF/manifest.xml"));
      manifest(zip);
    } catch (XMLStreamException failed) {
      throw new IOException("The sheet cannot be written: " + failed.getMessage(), failed);
    }
    zip.finish();
  }

  /**
   * With a fixed time, so that the same items give the same file; not the first one that the format
   * knows, which Java writes with an extra field, and the type must have none.
   */
  private static ZipEntry entry(String name) {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(LocalDateTime.of(1980, 2, 1, 0, 0));
    return entry;
  }

  private static void manifest(OutputStream out) throws XMLStreamException {
    XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out, "UTF-8");
    xml.writeStartDocument("UTF-8", "1.0");
    xml.writeStartElement("manifest", "manifest", MANIFEST);
    xml.writeNamespace("manifest", MANIFEST);
    xml.writeAttribute("manifest", MANIFEST, "version", "1.2");
    for (String[] file : new String[][] {{"/", MIME_TYPE}, {"content.xml", "text/xml"}}) {
      xml.writeEmptyElement("manifest", "file-entry", MANIFEST);
      xml.writeAttribute("manifest", MANIFEST, "full-path", file[0]);
      xml.writeAttribute("manifest", MANIFEST, "media-type", file[1]);
    }
    xml.writeEndElement();
    xml.writeEndDocument();
    xml.flush();
  }

  private static void content(Grid grid, String name, OutputStream out) throws XMLStreamException {
    XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out, "UTF-8");
    xml.writeStartDocument("UTF-8", "1.0");
    xml.writeStartElement("office", "document-content", OFFICE);
    xml.writeNamespace("office", OFFICE);
    xml.writeNamespace("table", TABLE);
    xml.writeNamespace("text", TEXT);
    xml.writeAttribute("office", OFFICE, "version", "1.2");
    xml.writeStartElement("office", "body", OFFICE);
    xml.writeStartElement("office", "spreadsheet", OFFICE);
    xml.writeStartElement("table", "table", TABLE);
    xml.writeAttribute("table", TABLE, "name", name);
    for (List<@Nullable Object> row : grid.rows()) {
      xml.writeStartElement("table", "table-row", TABLE);
      for (Object value : row) {
        cell(xml, value);
      }
      xml.writeEndElement();
    }
    xml.writeEndDocument();
    xml.flush();
  }

  private static void cell(XMLStreamWriter xml, @Nullable Object value) throws XMLStreamException {
    if (value == null) {
      xml.writeEmptyElement("table", "table-cell", TABLE);
      return;
    }
    xml.writeStartElement("table", "table-cell", TABLE);
    switch (value) {
      case Double number when Double.isFinite(number) -> {
        xml.writeAttribute("office", OFFICE, "value-type", "float");
        xml.writeAttribute("office", OFFICE, "value", Coercion.toText(number));
      }
      case Boolean truth -> {
        xml.writeAttribute("office", OFFICE, "value-type", "boolean");
        xml.writeAttribute("office", OFFICE, "boolean-value", truth.toString());
      }
      default -> xml.writeAttribute("office", OFFICE, "value-type", "string");
    }
    for (String line : Sheet.text(value).split("\n", -1)) {
      xml.writeStartElement("text", "p", TEXT);
      xml.writeCharacters(withoutControls(line));
      xml.writeEndElement();
    }
    xml.writeEndElement();
  }

  /** XML has no place for them. */
  private static String withoutControls(String text) {
    return text.replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uFFFE\\uFFFF]", "");
  }

  /**
   * A sheet of the document.
   *
   * @param name empty for the first
   */
  static Sheet read(byte[] content, String name) throws IOException {
    try (ZipFile zip = ZipFile.builder().setByteArray(content).get();
        InputStream part = ZipContent.part(zip, "content.xml")) {
      if (part == null) {
        throw new IOException("The document has no content");
      }
      XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
      factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
      factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
      factory.setProperty(XMLInputFactory.IS_COALESCING, true);
      XMLStreamReader xml = factory.createXMLStreamReader(part);
      try {
        return read(xml, name);
      } finally {
        xml.close();
      }
    } catch (XMLStreamException broken) {
      throw new IOException("The document is not valid XML: " + broken.getMessage(), broken);
    }
  }

  private static Sheet read(XMLStreamReader xml, String name)
      throws XMLStreamException, IOException {
    while (xml.hasNext()) {
      if (xml.next() == XMLStreamConstants.START_ELEMENT
          && xml.getLocalName().equals("table")
          && TABLE.equals(xml.getNamespaceURI())
          && (name.isEmpty() || name.equals(xml.getAttributeValue(TABLE, "name")))) {
        return table(xml);
      }
    }
    throw new IOException(
        name.isEmpty() ? "The workbook has no sheets" : "The workbook has no sheet '" + name + "'");
  }

  private static Sheet table(XMLStreamReader xml) throws XMLStreamException {
    Sheet sheet = new Sheet();
    int row = 0;
    int depth = 1;
    while (depth > 0) {
      int event = xml.next();
      if (event == XMLStreamConstants.START_ELEMENT) {
        if (xml.getLocalName().equals("table-row")) {
          int times = repeated(xml, "number-rows-repeated");
          row(xml, sheet, row, times);
          row += times;
        } else {
          depth++;
        }
      } else if (event == XMLStreamConstants.END_ELEMENT) {
        depth--;
      }
    }
    return sheet;
  }

  private static void row(XMLStreamReader xml, Sheet sheet, int row, int times)
      throws XMLStreamException {
    int column = 0;
    while (xml.next() != XMLStreamConstants.END_ELEMENT) {
      if (xml.getEventType() != XMLStreamConstants.START_ELEMENT) {
        continue;
      }
      boolean covered = xml.getLocalName().equals("covered-table-cell");
      int wide = repeated(xml, "number-columns-repeated");
      Object value = value(xml);
      if (value != null && !covered) {
        for (int r = 0; r < times; r++) {
          for (int c = 0; c < wide; c++) {
            sheet.put(row + r, column + c, value);
          }
        }
      }
      column += wide;
    }
  }

  private static int repeated(XMLStreamReader xml, String attribute) {
    String value = xml.getAttributeValue(TABLE, attribute);
    return value != null && value.matches("\\d{1,9}")
        ? Math.clamp(Integer.parseInt(value), 1, MAX_REPEATED)
        : 1;
  }

  /** The value of the cell that begins here; reads to its end. */
  private static @Nullable Object value(XMLStreamReader xml) throws XMLStreamException {
    String type = xml.getAttributeValue(OFFICE, "value-type");
    String number = xml.getAttributeValue(OFFICE, "value");
    String truth = xml.getAttributeValue(OFFICE, "boolean-value");
    String date = xml.getAttributeValue(OFFICE, "date-value");
    String given = xml.getAttributeValue(OFFICE, "string-value");
    String shown = text(xml);
    return switch (type == null ? "" : type) {
      case "" -> null;
      case "float", "percentage", "currency" ->
          number == null ? null : (Object) Coercion.toNumber(number);
      case "boolean" -> "true".equals(truth);
      case "date" -> date == null ? shown : serial(date, shown);
      default -> given == null ? shown : given;
    };
  }

  private static Object serial(String date, String shown) {
    try {
      return CellText.serial(
          date.contains("T")
              ? LocalDateTime.parse(date.replaceAll("Z$", ""))
              : LocalDate.parse(date).atStartOfDay());
    } catch (DateTimeException unusual) {
      return shown;
    }
  }

  private static String text(XMLStreamReader xml) throws XMLStreamException {
    StringBuilder text = new StringBuilder();
    int depth = 1;
    int comment = 0;
    while (depth > 0) {
      switch (xml.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          depth++;
          String element = xml.getLocalName();
          if (element.equals("annotation")) {
            comment = depth;
          } else if (element.equals("p") && !text.isEmpty() && comment == 0) {
            text.append('\n');
          } else if (element.equals("s") && comment == 0) {
            String count = xml.getAttributeValue(TEXT, "c");
            text.append(
                " "
                    .repeat(
                        count != null && count.matches("\\d{1,4}") ? Integer.parseInt(count) : 1));
          }
        }
        case XMLStreamConstants.END_ELEMENT -> {
          comment = comment == depth ? 0 : comment;
          depth--;
        }
        case XMLStreamConstants.CHARACTERS -> {
          if (comment == 0 && text.length() < Sheet.MAX_TEXT) {
            text.append(xml.getText());
          }
        }
        default -> {}
      }
    }
    return text.toString();
  }
}
