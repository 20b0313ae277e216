package dev.millrace.nodes.data;

import dev.millrace.node.NodeException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * JSON as indented XML. A field is an element, a list several of one name.
 *
 * @param attributeKey the field that holds an element's attributes
 * @param textKey the field that holds an element's text
 * @param rootName the root element; an item of one field is its own root unless a name is given
 * @param cdata whether text with markup becomes a CDATA section instead of being escaped
 * @param headless whether the XML declaration is left out
 */
record XmlWriter(
    String attributeKey, String textKey, String rootName, boolean cdata, boolean headless) {
  static final String DEFAULT_ROOT = "root";

  private static final String START =
      ":A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D"
          + "\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD"
          + "\\x{10000}-\\x{EFFFF}";
  private static final Pattern NAME =
      Pattern.compile("[" + START + "][-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040" + START + "]*");

  private record Element(String name, Map<String, String> attributes, List<Object> content) {
    Element(String name) {
      this(name, new LinkedHashMap<>(), new ArrayList<>());
    }

    Element child(String childName) {
      if (!NAME.matcher(childName).matches()) {
        throw new NodeException("'" + childName + "' cannot be the name of an XML element");
      }
      Element child = new Element(childName);
      content.add(child);
      return child;
    }
  }

  /**
   * Text as it stands in the XML.
   *
   * @param value escaped
   */
  private record Text(String value) {}

  /**
   * @throws NodeException when a name or a character cannot stand in XML
   */
  String write(Map<String, @Nullable Object> json) {
    boolean ownRoot = json.size() == 1 && rootName.equals(DEFAULT_ROOT);
    Map.Entry<String, @Nullable Object> only = ownRoot ? json.entrySet().iterator().next() : null;
    Element document = new Element("");
    Element root = document.child(only == null ? rootName : only.getKey());
    fill(root, only == null ? json : only.getValue(), 0);
    StringBuilder out = new StringBuilder();
    if (!headless) {
      out.append("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n");
    }
    print(root, "", out);
    return out.substring(0, out.length() - 1);
  }

  private void fill(Element element, @Nullable Object value, int depth) {
    if (depth > Json.MAX_DEPTH) {
      throw new NodeException("The JSON is nested deeper than " + Json.MAX_DEPTH + " levels");
    }
    switch (value) {
      case Map<?, ?> object ->
          object.forEach((key, inner) -> field(element, String.valueOf(key), inner, depth));
      case List<?> list -> {
        for (Object entry : list) {
          if (entry instanceof Map<?, ?> object) {
            object.forEach(
                (key, inner) -> fill(element.child(String.valueOf(key)), inner, depth + 1));
          } else if (entry instanceof List<?> inner) {
            for (int i = 0; i < inner.size(); i++) {
              fill(element.child(String.valueOf(i)), inner.get(i), depth + 1);
            }
          } else if (!Undefined.orNull(entry)) {
            throw new NodeException(
                "A list of plain values needs a field name to become XML elements");
          }
        }
      }
      case null -> {}
      default -> text(element, value);
    }
  }

  private void field(Element element, String key, @Nullable Object value, int depth) {
    if (key.equals(attributeKey)) {
      if (value instanceof Map<?, ?> attributes) {
        attributes.forEach(
            (name, attribute) -> attribute(element, String.valueOf(name), attribute));
      }
    } else if (key.equals(textKey)) {
      text(element, value);
    } else if (value instanceof List<?> list) {
      for (Object entry : list) {
        fill(element.child(key), entry, depth + 1);
      }
    } else {
      fill(element.child(key), value, depth + 1);
    }
  }

  private static void attribute(Element element, String name, @Nullable Object value) {
    if (!NAME.matcher(name).matches()) {
      throw new NodeException("'" + name + "' cannot be the name of an XML attribute");
    }
    if (!Undefined.orNull(value)) {
      element
          .attributes()
          .put(
              name,
              escaped(legal(Coercion.toText(value)))
                  .replace("&gt;", ">")
                  .replace("\"", "&quot;")
                  .replace("\t", "&#x9;")
                  .replace("\n", "&#xA;"));
    }
  }

  private void text(Element element, @Nullable Object value) {
    if (Undefined.orNull(value)) {
      return;
    }
    String text = legal(Coercion.toText(value));
    boolean markup = text.indexOf('&') >= 0 || text.indexOf('<') >= 0 || text.indexOf('>') >= 0;
    element
        .content()
        .add(
            new Text(
                cdata && value instanceof String && markup
                    ? "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
                    : escaped(text)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\r", "&#xD;");
  }

  private static String legal(String text) {
    text.codePoints()
        .filter(c ->
            (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
                || (c >= 0xD800 && c <= 0xDFFF)
                || c == 0xFFFE
                || c == 0xFFFF)
        .findFirst()
        .ifPresent(c -> {
          throw new NodeException("The character U+%04X cannot stand in XML".formatted(c));
        });
    return text;
  }

  private static void print(Element element, String indent, StringBuilder out) {
    out.append(indent).append('<').append(element.name());
    element
        .attributes()
        .forEach(
            (name, value) -> out.append(' ').append(name).append("=\"").append(value).append('"'));
    List<Object> content = element.content();
    if (content.stream().allMatch(part -> part instanceof Text text && text.value().isEmpty())) {
      out.append("/>\n");
      return;
    }
    out.append('>');
    if (content.size() == 1 && content.getFirst() instanceof Text text) {
      out.append(text.value());
    } else {
      out.append('\n');
      for (Object part : content) {
        if (part instanceof Element child) {
          print(child, indent + "  ", out);
        } else if (part instanceof Text text) {
          out.append(indent).append("  ").append(text.value()).append('\n');
        }
      }
      out.append(indent);
    }
    out.append("</").append(element.name()).append(">\n");
  }
}
