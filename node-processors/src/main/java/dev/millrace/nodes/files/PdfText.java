package dev.millrace.nodes.files;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.node.BinaryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.contentstream.operator.Operator;
import org.apache.pdfbox.cos.COSBase;
import org.apache.pdfbox.cos.COSDictionary;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.cos.COSString;
import org.apache.pdfbox.io.MemoryUsageSetting;
import org.apache.pdfbox.io.RandomAccessReadBuffer;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentCatalog;
import org.apache.pdfbox.pdmodel.common.PDMetadata;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.pdmodel.interactive.form.PDAcroForm;
import org.apache.pdfbox.text.PDFTextStripper;
import org.jspecify.annotations.Nullable;

/**
 * The text and properties of a PDF: {@code {numpages, numrender, info, metadata?, text, version}}.
 * Work and memory are bounded, whatever the file unpacks to.
 */
final class PdfText {
  /** The release of the reader of n8n whose names and forms of properties these are. */
  private static final String SHAPE = "5.3.31";

  /** What a document unpacks to: the first part in memory, the rest in a temporary file. */
  private static final long MAX_MEMORY = 64L << 20;

  private static final long MAX_UNPACKED = 512L << 20;

  private static final int MAX_OPERATORS = 50_000_000;
  private static final int MAX_TEXT = 32 << 20;
  private static final int MAX_METADATA = 1 << 20;

  private PdfText() {}

  /**
   * @param password empty for none
   * @param maxPages 0 for all
   * @param joined whether {@code text} is one text, else a list with one for each page
   */
  static Map<String, @Nullable Object> read(
      BinaryStore store, BinaryData file, String password, int maxPages, boolean joined)
      throws IOException, InterruptedException {
    byte[] content = ItemFiles.whole(store, file, ItemFiles.MAX_WHOLE);
    try (PDDocument document =
        Loader.loadPDF(
            new RandomAccessReadBuffer(content),
            password,
            MemoryUsageSetting.setupMixed(MAX_MEMORY, MAX_UNPACKED).streamCache)) {
      return read(document, maxPages, joined);
    } catch (InvalidPasswordException locked) {
      throw new MillraceException(
          ErrorCode.NODE_FAILED,
          password.isEmpty()
              ? "The PDF is encrypted: enter its password"
              : "The password does not open the PDF",
          locked);
    } catch (Stopped stopped) {
      throw new InterruptedException();
    } catch (MillraceException known) {
      throw known;
    } catch (IOException | RuntimeException | StackOverflowError broken) {
      throw new MillraceException(
          ErrorCode.NODE_FAILED,
          "The PDF cannot be read: "
              + (broken.getMessage() == null
                  ? broken.getClass().getSimpleName()
                  : broken.getMessage()),
          broken);
    }
  }

  private static Map<String, @Nullable Object> read(
      PDDocument document, int maxPages, boolean joined) throws IOException {
    int pages = document.getNumberOfPages();
    int rendered = maxPages > 0 ? Math.min(maxPages, pages) : pages;
    List<@Nullable Object> texts = new ArrayList<>();
    PageText stripper = new PageText();
    for (int page = 1; page <= rendered; page++) {
      texts.add(stripper.page(document, page));
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("numpages", (double) pages);
    json.put("numrender", (double) rendered);
    json.put("info", info(document));
    Map<String, @Nullable Object> metadata = metadata(document.getDocumentCatalog());
    if (metadata != null) {
      json.put("metadata", metadata);
    }
    json.put(
        "text", joined ? String.join("\n\n", texts.stream().map(String::valueOf).toList()) : texts);
    json.put("version", SHAPE);
    return json;
  }

  private static Map<String, @Nullable Object> info(PDDocument document) {
    PDDocumentCatalog catalog = document.getDocumentCatalog();
    COSDictionary root = catalog.getCOSObject();
    PDAcroForm form = catalog.getAcroForm(null);
    Map<String, @Nullable Object> info = new LinkedHashMap<>();
    info.put("PDFFormatVersion", String.format(Locale.ROOT, "%.1f", document.getVersion()));
    info.put("Language", catalog.getLanguage());
    info.put("EncryptFilterName", encryption(document));
    info.put("IsLinearized", isLinearized(document));
    info.put("IsAcroFormPresent", form != null && (!form.getFields().isEmpty() || form.hasXFA()));
    info.put("IsXFAPresent", form != null && form.hasXFA());
    info.put(
        "IsCollectionPresent", root.getDictionaryObject(COSName.getPDFName("Collection")) != null);
    info.put("IsSignaturesPresent", form != null && form.isSignaturesExist());
    COSDictionary entries = document.getDocumentInformation().getCOSObject();
    Map<String, @Nullable Object> custom = new LinkedHashMap<>();
    for (COSName key : entries.keySet()) {
      String value = text(entries.getDictionaryObject(key));
      if (value != null) {
        boolean known = KNOWN.contains(key.getName());
        (known ? info : custom).put(key.getName(), value);
      }
    }
    if (!custom.isEmpty()) {
      info.put("Custom", custom);
    }
    return info;
  }

  private static final List<String> KNOWN =
      List.of(
          "Title",
          "Author",
          "Subject",
          "Keywords",
          "Creator",
          "Producer",
          "CreationDate",
          "ModDate",
          "Trapped");

  private static @Nullable String text(@Nullable COSBase value) {
    return switch (value) {
      case COSString string -> string.getString();
      case COSName name -> name.getName();
      case null, default -> null;
    };
  }

  private static @Nullable String encryption(PDDocument document) {
    return document.isEncrypted() && document.getEncryption() != null
        ? document.getEncryption().getFilter()
        : null;
  }

  /** Whether the first object of the file says that it is ordered for reading from a network. */
  private static boolean isLinearized(PDDocument document) {
    return document.getDocument().getLinearizedDictionary() != null;
  }

  /** The properties in the document's XMP packet, such as {@code dc:title}; null without one. */
  private static @Nullable Map<String, @Nullable Object> metadata(PDDocumentCatalog catalog) {
    PDMetadata packet = catalog.getMetadata();
    if (packet == null) {
      return null;
    }
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    try (var in = packet.exportXMPMetadata()) {
      XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
      factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
      factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
      factory.setProperty(XMLInputFactory.IS_COALESCING, true);
      XMLStreamReader xml =
          factory.createXMLStreamReader(new ByteArrayInputStream(in.readNBytes(MAX_METADATA)));
      while (xml.hasNext()) {
        if (xml.next() == XMLStreamConstants.START_ELEMENT
            && xml.getLocalName().equals("Description")) {
          description(xml, metadata);
        }
      }
    } catch (IOException | XMLStreamException broken) {
      // What was read of it until there is as good as any.
      return metadata;
    }
    return metadata;
  }

  private static void description(XMLStreamReader xml, Map<String, @Nullable Object> metadata)
      throws XMLStreamException {
    for (int a = 0; a < xml.getAttributeCount(); a++) {
      String prefix = xml.getAttributePrefix(a);
      if (prefix != null && !prefix.isEmpty() && !prefix.equals("rdf")) {
        metadata.put(name(prefix, xml.getAttributeLocalName(a)), xml.getAttributeValue(a).strip());
      }
    }
    int depth = 1;
    while (depth > 0) {
      int event = xml.next();
      if (event == XMLStreamConstants.END_ELEMENT) {
        depth--;
      } else if (event == XMLStreamConstants.START_ELEMENT) {
        String name = name(xml.getPrefix(), xml.getLocalName());
        metadata.put(name, value(xml));
      }
    }
  }

  private static String name(@Nullable String prefix, String local) {
    return ((prefix == null || prefix.isEmpty() ? "" : prefix + ":") + local)
        .toLowerCase(Locale.ROOT);
  }

  /** The text of an element, or the texts of the members of its list. */
  private static Object value(XMLStreamReader xml) throws XMLStreamException {
    StringBuilder text = new StringBuilder();
    List<@Nullable Object> members = new ArrayList<>();
    boolean list = false;
    int depth = 1;
    while (depth > 0) {
      switch (xml.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          depth++;
          list |= xml.getLocalName().equals("Seq") || xml.getLocalName().equals("Bag");
          text.setLength(xml.getLocalName().equals("li") ? 0 : text.length());
        }
        case XMLStreamConstants.END_ELEMENT -> {
          depth--;
          if (xml.getLocalName().equals("li")) {
            members.add(text.toString().strip());
          }
        }
        case XMLStreamConstants.CHARACTERS -> text.append(xml.getText());
        default -> {}
      }
    }
    return list
        ? members
        : members.isEmpty() ? text.toString().strip() : String.valueOf(members.getFirst());
  }

  /** The thread was asked to stop while a page was read. */
  private static final class Stopped extends RuntimeException {}

  /** The text of one page after the other, within limits for the document. */
  private static final class PageText extends PDFTextStripper {
    private int operators;
    private long written;

    PageText() throws IOException {
      setLineSeparator("\n");
      setParagraphEnd("");
      setPageEnd("");
    }

    String page(PDDocument document, int page) throws IOException {
      setStartPage(page);
      setEndPage(page);
      StringWriter text = new StringWriter();
      writeText(document, text);
      String whole = text.toString();
      written += whole.length();
      if (written > MAX_TEXT) {
        throw tooLarge();
      }
      // One line end behind each line, and none at the end.
      return whole.replaceAll("[ \\t]+\\n", "\n").strip();
    }

    @Override
    protected void processOperator(Operator operator, List<COSBase> operands) throws IOException {
      if (++operators > MAX_OPERATORS) {
        throw tooLarge();
      }
      if ((operators & 0xFFF) == 0 && Thread.interrupted()) {
        throw new Stopped();
      }
      super.processOperator(operator, operands);
    }

    private static MillraceException tooLarge() {
      return new MillraceException(
          ErrorCode.BATCH_TOO_LARGE,
          "The PDF has too much on its pages; read fewer with 'Max Pages'");
    }
  }
}
