package dev.millrace.nodes.files;

import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** iCalendar: makes a file with one event. */
public final class ICalendar implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.iCal")
          .named("iCalendar", "Makes an iCalendar file with one event.")
          .group("input")
          .properties(parameters())
          .build();

  private final NodeServices services;

  public ICalendar(NodeServices services) {
    this.services = services;
  }

  private static List<Property> parameters() {
    List<Property> all = new ArrayList<>();
    all.add(
        Property.options(
                "operation",
                "Operation",
                "createEventFile",
                Property.option("Create Event File", "createEventFile"))
            .withExtra("noExpression", true));
    all.addAll(CalendarEvent.properties());
    return all;
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
    return ItemFiles.forEach(
        call, (i, item, answers) -> answers.add(event(services, call, i, context)));
  }

  /** An item with nothing but the event's file. */
  static Item event(NodeServices services, NodeCall call, int i, EffectContext context)
      throws java.io.IOException {
    byte[] content = CalendarEvent.of(call, i, context.idempotencyKey(i));
    String name = call.string("additionalFields.fileName", i, "");
    BinaryData file =
        services
            .binaries()
            .write(
                call.execution().executionId(),
                new java.io.ByteArrayInputStream(content),
                "text/calendar",
                name.isEmpty() ? "event.ics" : name);
    return Item.empty()
        .withBinary(Map.of(call.string("binaryPropertyName", i, "data"), file))
        .withPairing(Pairing.to(i));
  }
}
