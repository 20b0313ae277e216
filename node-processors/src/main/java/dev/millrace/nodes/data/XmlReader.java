package dev.millrace.nodes.data;

import dev.millrace.node.NodeException;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * XML as JSON. An element is its text, or an object of its attributes, its child elements and its
 * text; elements of one name become a list. Prefixes are part of names. Nothing outside of the text
 * is ever read, and document types declare nothing.
 *
 * @param attributeKey the field for attributes, where they are not merged into the element
 * @param textKey the field for text beside other fields
 * @param explicitArray whether a lone child is a list too
 * @param explicitRoot whether the root element's name is a field of the result
 */
record XmlReader(
    String attributeKey,
    String textKey,
    boolean explicitArray,
    boolean explicitRoot,
    boolean ignoreAttributes,
    boolean mergeAttributes,
    boolean normalize,
    boolean normalizeTags,
    boolean trim) {
  /** As deep as JSON may be, less the lists between elements and the item around them. */
  private static final int MAX_DEPTH = 240;

  private static final int MAX_CHARACTERS = 32 * 1024 * 1024;
  private static final Pattern SPACES = Pattern.compile("\\s{2,}");

  private static final class Element {
    final String name;
    final Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    final StringBuilder text = new StringBuilder();
    boolean literal;

    Element(String name) {
      this.name = name;
    }
  }

  /**
   * @return an object, or the root's text where its name is left out; null for an empty text
   * @throws NodeException when it is no XML, or deeper or longer than what is read
   */
  @Nullable Object read(String xml) {
    if (xml.length() > MAX_CHARACTERS) {
      throw new NodeException("The XML is longer than " + MAX_CHARACTERS + " characters");
    }
    String text = xml.startsWith("\uFEFF") ? xml.substring(1).strip() : xml.strip();
    if (text.isEmpty()) {
      throw new NodeException("The XML is empty");
    }
    try {
      XMLStreamReader events = factory().createXMLStreamReader(new StringReader(text));
      try {
        return read(events);
      } finally {
        events.close();
      }
    } catch (XMLStreamException broken) {
      throw new NodeException("The text is no valid XML: " + readable(broken));
    }
  }

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
    // The parser's own limits are for documents by hand; these are machines' and have ours.
    factory.setProperty("jdk.xml.maxElementDepth", "0");
    factory.setProperty("jdk.xml.elementAttributeLimit", "10000");
    factory.setXMLResolver((publicId, systemId, base, namespace) -> {
      throw new XMLStreamException("references to other documents are not followed");
    });
    return factory;
  }

  private @Nullable Object read(XMLStreamReader events) throws XMLStreamException {
    Deque<Element> open = new ArrayDeque<>();
    while (events.hasNext()) {
      switch (events.next()) {
        case XMLStreamReader.START_ELEMENT -> {
          if (open.size() == MAX_DEPTH) {
            throw new NodeException("The XML is nested deeper than " + MAX_DEPTH + " elements");
          }
          open.push(element(events));
        }
        case XMLStreamReader.CHARACTERS, XMLStreamReader.SPACE -> {
          if (!open.isEmpty()) {
            open.getFirst().text.append(events.getText());
          }
        }
        case XMLStreamReader.CDATA -> {
          if (!open.isEmpty()) {
            open.getFirst().text.append(events.getText());
            open.getFirst().literal = true;
          }
        }
        case XMLStreamReader.END_ELEMENT -> {
          Element closed = open.pop();
          Object value = value(closed);
          if (!open.isEmpty()) {
            add(open.getFirst().fields, closed.name, value);
          } else if (explicitRoot) {
            Map<String, @Nullable Object> result = new LinkedHashMap<>();
            result.put(closed.name, value);
            return rest(events, result);
          } else {
            return rest(events, value);
          }
        }
        default -> {
          // Comments and instructions say nothing.
        }
      }
    }
    throw new NodeException("The XML has no root element");
  }

  /** Reads what may follow the root, so that a second root is an error. */
  private static @Nullable Object rest(XMLStreamReader events, @Nullable Object result)
      throws XMLStreamException {
    while (events.hasNext()) {
      events.next();
    }
    return result;
  }

  private Element element(XMLStreamReader events) {
    String name = events.getLocalName();
    Element element = new Element(normalizeTags ? name.toLowerCase(Locale.ROOT) : name);
    if (ignoreAttributes || events.getAttributeCount() == 0) {
      return element;
    }
    Map<String, @Nullable Object> attributes = new LinkedHashMap<>();
    for (int i = 0; i < events.getAttributeCount(); i++) {
      if (mergeAttributes) {
        add(element.fields, attributeName(events, i), events.getAttributeValue(i));
      } else {
        attributes.put(attributeName(events, i), events.getAttributeValue(i));
      }
    }
    if (!mergeAttributes) {
      element.fields.put(attributeKey, attributes);
    }
    return element;
  }

  private static String attributeName(XMLStreamReader events, int i) {
    String prefix = events.getAttributePrefix(i);
    String name = events.getAttributeLocalName(i);
    return prefix == null || prefix.isEmpty() ? name : prefix + ":" + name;
  }

  private Object value(Element element) {
    String text = element.text.toString();
    if (text.isBlank() && !element.literal) {
      return element.fields.isEmpty() ? text : element.fields;
    }
    if (trim) {
      text = text.strip();
    }
    if (normalize) {
      text = SPACES.matcher(text).replaceAll(" ").strip();
    }
    if (element.fields.isEmpty()) {
      return text;
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put(textKey, text);
    fields.putAll(element.fields);
    return fields;
  }

  @SuppressWarnings("unchecked")
  private void add(Map<String, @Nullable Object> fields, String name, @Nullable Object value) {
    if (!fields.containsKey(name)) {
      fields.put(name, explicitArray ? listOf(value) : value);
    } else if (fields.get(name) instanceof List<?> list) {
      ((List<@Nullable Object>) list).add(value);
    } else {
      List<@Nullable Object> list = listOf(fields.get(name));
      list.add(value);
      fields.put(name, list);
    }
  }

  private static List<@Nullable Object> listOf(@Nullable Object first) {
    List<@Nullable Object> list = new ArrayList<>();
    list.add(first);
    return list;
  }

  /** The parser's words, without the name of the text's place in a file that there is not. */
  private static String readable(XMLStreamException broken) {
    String message = String.valueOf(broken.getMessage());
    int reason = message.indexOf("Message: ");
    String text = reason < 0 ? message : message.substring(reason + "Message: ".length());
    javax.xml.stream.Location place = broken.getLocation();
    return place == null || place.getLineNumber() < 1
        ? text
        : text + " (line " + place.getLineNumber() + ", column " + place.getColumnNumber() + ")";
  }
}
