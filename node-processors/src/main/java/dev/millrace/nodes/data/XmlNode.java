package dev.millrace.nodes.data;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.value.Undefined;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns a field of XML into an item's JSON, and an item's JSON into a field of XML. */
public final class XmlNode implements TransformNode {
  private static final String TO_XML = "jsonToxml";
  private static final String TO_JSON = "xmlToJson";

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.xml")
          .named("XML", "Converts between XML and JSON.")
          .properties(
              Property.options(
                  "mode",
                  "Mode",
                  TO_JSON,
                  Property.option("JSON to XML", TO_XML),
                  Property.option("XML to JSON", TO_JSON)),
              Property.string("dataPropertyName", "Property Name", "data")
                  .asRequired()
                  .showWhen("mode", TO_XML),
              Property.collection(
                      "options",
                      "Options",
                      Property.bool("allowSurrogateChars", "Allow Surrogate Chars", false),
                      Property.string("attrkey", "Attribute Key", "$"),
                      Property.bool("cdata", "Cdata", false),
                      Property.string("charkey", "Character Key", "_"),
                      Property.bool("headless", "Headless", false),
                      Property.string("rootName", "Root Name", "root"))
                  .showWhen("mode", TO_XML),
              Property.string("dataPropertyName", "Property Name", "data")
                  .asRequired()
                  .showWhen("mode", TO_JSON),
              Property.collection(
                      "options",
                      "Options",
                      Property.string("attrkey", "Attribute Key", "$"),
                      Property.string("charkey", "Character Key", "_"),
                      Property.bool("explicitArray", "Explicit Array", false),
                      Property.bool("explicitRoot", "Explicit Root", true),
                      Property.bool("ignoreAttrs", "Ignore Attributes", false),
                      Property.bool("mergeAttrs", "Merge Attributes", true),
                      Property.bool("normalize", "Normalize", false),
                      Property.bool("normalizeTags", "Normalize Tags", false),
                      Property.bool("trim", "Trim", false))
                  .showWhen("mode", TO_JSON))
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return EachItem.run(
        call,
        (item, i) -> {
          String field = call.string("dataPropertyName", i, "data");
          String mode = call.string("mode", i, TO_JSON);
          return List.of(
              switch (mode) {
                case TO_JSON -> Item.of(read(call, i, item, field));
                case TO_XML -> Item.of(Map.of(field, writer(call, i).write(item.json())));
                default -> throw new NodeException("There is no mode '" + mode + "'");
              });
        });
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> read(NodeCall call, int i, Item item, String field) {
    Object xml = item.json().containsKey(field) ? item.json().get(field) : Undefined.UNDEFINED;
    if (xml == Undefined.UNDEFINED) {
      throw new NodeException("The item has no field '" + field + "'");
    }
    if (!(xml instanceof String text)) {
      throw new NodeException("The field '" + field + "' holds no text, so no XML");
    }
    XmlReader reader =
        new XmlReader(
            call.string("options.attrkey", i, "$"),
            call.string("options.charkey", i, "_"),
            call.bool("options.explicitArray", i, false),
            call.bool("options.explicitRoot", i, true),
            call.bool("options.ignoreAttrs", i, false),
            call.bool("options.mergeAttrs", i, true),
            call.bool("options.normalize", i, false),
            call.bool("options.normalizeTags", i, false),
            call.bool("options.trim", i, false));
    if (reader.read(text) instanceof Map<?, ?> object) {
      return (Map<String, @Nullable Object>) object;
    }
    throw new NodeException(
        "The XML has no fields to make an item of; switch the option 'Explicit Root' on");
  }

  private static XmlWriter writer(NodeCall call, int i) {
    return new XmlWriter(
        call.string("options.attrkey", i, "$"),
        call.string("options.charkey", i, "_"),
        call.string("options.rootName", i, XmlWriter.DEFAULT_ROOT),
        call.bool("options.cdata", i, false),
        call.bool("options.headless", i, false));
  }
}
