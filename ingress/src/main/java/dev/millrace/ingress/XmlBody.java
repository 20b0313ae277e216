package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import java.io.ByteArrayInputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * XML as an object: names in lower case, attributes under {@code $}, text under {@code _} where it
 * is not alone, a list where an element is repeated. No DTD, no entities but the five of XML.
 */
final class XmlBody {
  private static final XMLInputFactory FACTORY = factory();

  private XmlBody() {}

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, true);
    factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    factory.setXMLResolver((publicId, systemId, base, namespace) -> {
      throw new XMLStreamException("external entities are not read");
    });
    return factory;
  }

  /** An element that is open. */
  private static final class Open {
    private final String name;
    private final Map<String, @Nullable Object> content = new LinkedHashMap<>();
    private final StringBuilder text = new StringBuilder();

    private Open(String name) {
      this.name = name;
    }

    private Object value() {
      String normal = text.toString().strip().replaceAll("\\s+", " ");
      if (content.isEmpty()) {
        return normal;
      }
      if (!normal.isEmpty()) {
        content.put("_", normal);
      }
      return content;
    }
  }

  /**
   * @throws RequestRefused 422 when it is not well-formed, too deep or too large
   */
  static Map<String, @Nullable Object> parse(byte[] body, IngressSettings.Limits limits) {
    Map<String, @Nullable Object> root = new LinkedHashMap<>();
    Deque<Open> open = new ArrayDeque<>();
    int elements = 0;
    try {
      XMLStreamReader reader = FACTORY.createXMLStreamReader(new ByteArrayInputStream(body));
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.START_ELEMENT -> {
            if (open.size() >= limits.maxJsonDepth()) {
              throw new RequestRefused(
                  422,
                  ErrorCode.JSON_LIMIT,
                  "The XML of the body is nested deeper than " + limits.maxJsonDepth() + " levels");
            }
            if (++elements > limits.maxParts() * 100) {
              throw broken("it has more than " + limits.maxParts() * 100 + " elements");
            }
            open.push(started(reader));
          }
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
            Open element = open.peek();
            if (element != null) {
              element.text.append(reader.getText());
            }
          }
          case XMLStreamConstants.END_ELEMENT -> {
            Open ended = open.pop();
            Open parent = open.peek();
            add(parent == null ? root : parent.content, ended.name, ended.value());
          }
          case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
              throw broken("it has a document type or an entity");
          default -> {}
        }
      }
      return root;
    } catch (XMLStreamException notXml) {
      var at = notXml.getLocation();
      throw broken(
          at == null
              ? "it is not well-formed"
              : "it is not well-formed at line "
                  + at.getLineNumber()
                  + ", column "
                  + at.getColumnNumber());
    }
  }

  private static Open started(XMLStreamReader reader) {
    Open element = new Open(reader.getLocalName().toLowerCase(Locale.ROOT));
    if (reader.getAttributeCount() > 0) {
      Map<String, @Nullable Object> attributes = new LinkedHashMap<>();
      for (int i = 0; i < reader.getAttributeCount(); i++) {
        attributes.put(reader.getAttributeLocalName(i), reader.getAttributeValue(i));
      }
      element.content.put("$", attributes);
    }
    return element;
  }

  private static void add(Map<String, @Nullable Object> parent, String name, Object value) {
    Object before = parent.get(name);
    if (before == null) {
      parent.put(name, value);
    } else if (before instanceof Repeated list) {
      list.add(value);
    } else {
      Repeated list = new Repeated();
      list.add(before);
      list.add(value);
      parent.put(name, list);
    }
  }

  /** The values of an element that occurs more than once. */
  private static final class Repeated extends ArrayList<@Nullable Object>
      implements List<@Nullable Object> {}

  private static RequestRefused broken(String why) {
    return new RequestRefused(
        422, ErrorCode.UNSUPPORTED_BODY, "The XML of the body cannot be read: " + why);
  }
}
