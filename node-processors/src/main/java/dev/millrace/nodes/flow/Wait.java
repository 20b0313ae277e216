package dev.millrace.nodes.flow;

import dev.millrace.item.Item;
import dev.millrace.node.FlowNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.Suspension;
import dev.millrace.parameter.DateTimes;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;

/**
 * Wait: lets its items through after a while or at a time. Waiting for a call or for a form is
 * refused: nothing could end it yet.
 */
public final class Wait implements FlowNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.wait")
          .named("Wait", "Goes on after a while or at a given time.")
          .group("organization")
          .versions(1, 1.1)
          .credentials("httpBasicAuth", "httpHeaderAuth", "jwtAuth")
          .properties(properties())
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    ZonedDateTime now = call.now();
    Instant until =
        switch (call.string("resume", 0, "timeInterval")) {
          case "timeInterval" -> later(call, now.toInstant());
          case "specificTime" -> at(call, now);
          case "webhook", "form" ->
              throw new NodeException(
                  "Waiting for a call or a form is not supported yet; wait for a time instead.");
          case String other ->
              throw new NodeException(
                  "The Wait node does not know how to resume \"" + other + "\".");
        };
    List<Item> items = call.input();
    NodeOutput output = NodeOutput.of(items);
    return until.isAfter(now.toInstant()) ? output.waitingFor(new Suspension.Until(until)) : output;
  }

  private static Instant later(NodeCall call, Instant now) {
    double seconds =
        switch (call.string("unit", 0, "seconds")) {
          case "seconds" -> 1;
          case "minutes" -> 60;
          case "hours" -> 3_600;
          case "days" -> 86_400;
          case String other ->
              throw new NodeException("The unit \"" + other + "\" of the wait is not known.");
        };
    double amount = call.number("amount", 0, Double.NaN);
    if (Double.isNaN(amount) || amount < 0) {
      throw new NodeException("The amount to wait has to be a number of 0 or more.");
    }
    try {
      return now.plus(Duration.ofMillis((long) Math.min(amount * seconds * 1_000, 1e15)));
    } catch (DateTimeException | ArithmeticException tooFar) {
      throw new NodeException("The wait is too long.");
    }
  }

  private static Instant at(NodeCall call, ZonedDateTime now) {
    Object given = call.parameter("dateTime", 0);
    return DateTimes.parse(given, now.getZone())
        .map(ZonedDateTime::toInstant)
        .orElseThrow(
            () -> new NodeException("The date and time to wait for cannot be read: " + given));
  }

  private static List<Property> properties() {
    return List.of(
        Property.of("options", "resume", "Resume", "timeInterval")
            .withOptions(
                List.of(
                    Property.option("After Time Interval", "timeInterval"),
                    Property.option("At Specified Time", "specificTime"),
                    Property.option("On Webhook Call", "webhook"),
                    Property.option("On Form Submitted", "form"))),
        Property.of("options", "incomingAuthentication", "Authentication", "none")
            .withOptions(
                List.of(
                    Property.option("Basic Auth", "basicAuth"), Property.option("None", "none")))
            .showWhen("resume", "form"),
        Property.of("options", "incomingAuthentication", "Authentication", "none")
            .withOptions(
                List.of(
                    Property.option("Basic Auth", "basicAuth"),
                    Property.option("Header Auth", "headerAuth"),
                    Property.option("JWT Auth", "jwtAuth"),
                    Property.option("None", "none")))
            .withExtra("noExpression", true)
            .showWhen("resume", "webhook"),
        Property.of("dateTime", "dateTime", "Date and Time", "")
            .asRequired()
            .showWhen("resume", "specificTime"),
        Property.number("amount", "Wait Amount", 5)
            .withTypeOption("minValue", 0)
            .withTypeOption("numberPrecision", 2)
            .withExtra("validateType", "number")
            .showWhen("resume", "timeInterval"),
        Property.of("options", "unit", "Wait Unit", "seconds")
            .withOptions(
                List.of(
                    Property.option("Seconds", "seconds"),
                    Property.option("Minutes", "minutes"),
                    Property.option("Hours", "hours"),
                    Property.option("Days", "days")))
            .showWhen("resume", "timeInterval"),
        Property.string("formTitle", "Form Title", "").asRequired().showWhen("resume", "form"),
        Property.string("formDescription", "Form Description", "")
            .withTypeOption("rows", 2)
            .showWhen("resume", "form"),
        Property.fixedCollection(
                "formFields",
                "Form Elements",
                Property.group(
                    "values",
                    "Values",
                    Property.string("fieldLabel", "Field Name", "")
                        .asRequired()
                        .hideWhen("fieldType", "hiddenField", "html"),
                    Property.string("fieldName", "Field Name", "")
                        .showWhen("fieldType", "hiddenField"),
                    Property.of("options", "fieldType", "Element Type", "text")
                        .withOptions(
                            List.of(
                                Property.option("Checkboxes", "checkbox"),
                                Property.option("Custom HTML", "html"),
                                Property.option("Date", "date"),
                                Property.option("Dropdown", "dropdown"),
                                Property.option("Email", "email"),
                                Property.option("File", "file"),
                                Property.option("Hidden Field", "hiddenField"),
                                Property.option("Number", "number"),
                                Property.option("Password", "password"),
                                Property.option("Radio Buttons", "radio"),
                                Property.option("Text Input", "text"),
                                Property.option("Textarea", "textarea")))
                        .asRequired(),
                    Property.string("elementName", "Element Name", "")
                        .showWhen("fieldType", "html"),
                    Property.string("placeholder", "Placeholder", "")
                        .hideWhen(
                            "fieldType",
                            "dropdown",
                            "date",
                            "file",
                            "html",
                            "hiddenField",
                            "radio",
                            "checkbox"),
                    Property.string("defaultValue", "Default Value", "")
                        .showWhen("fieldType", "text", "number", "email", "textarea"),
                    Property.of("dateTime", "defaultValue", "Default Value", "")
                        .withTypeOption("dateOnly", true)
                        .showWhen("fieldType", "date"),
                    Property.string("defaultValue", "Default Value", "")
                        .showWhen("fieldType", "dropdown", "radio"),
                    Property.string("defaultValue", "Default Value", "")
                        .showWhen("fieldType", "checkbox"),
                    Property.string("fieldValue", "Field Value", "")
                        .showWhen("fieldType", "hiddenField"),
                    Property.fixedCollection(
                            "fieldOptions",
                            "Field Options",
                            Property.group(
                                "values", "Values", Property.string("option", "Option", "")))
                        .withDefault(Map.of("values", List.of(Map.of("option", ""))))
                        .asRequired()
                        .withTypeOption("multipleValues", true)
                        .withTypeOption("sortable", true)
                        .showWhen("fieldType", "dropdown"),
                    Property.fixedCollection(
                            "fieldOptions",
                            "Checkboxes",
                            Property.group(
                                "values",
                                "Values",
                                Property.string("option", "Checkbox Label", "")))
                        .withDefault(Map.of("values", List.of(Map.of("option", ""))))
                        .asRequired()
                        .withTypeOption("multipleValues", true)
                        .withTypeOption("sortable", true)
                        .showWhen("fieldType", "checkbox"),
                    Property.fixedCollection(
                            "fieldOptions",
                            "Radio Buttons",
                            Property.group(
                                "values",
                                "Values",
                                Property.string("option", "Radio Button Label", "")))
                        .withDefault(Map.of("values", List.of(Map.of("option", ""))))
                        .asRequired()
                        .withTypeOption("multipleValues", true)
                        .withTypeOption("sortable", true)
                        .showWhen("fieldType", "radio"),
                    Property.bool("multiselect", "Multiple Choice", false)
                        .showWhen("fieldType", "dropdown"),
                    Property.of("options", "limitSelection", "Limit Selection", "unlimited")
                        .withOptions(
                            List.of(
                                Property.option("Exact Number", "exact"),
                                Property.option("Range", "range"),
                                Property.option("Unlimited", "unlimited")))
                        .showWhen("fieldType", "checkbox"),
                    Property.number("numberOfSelections", "Number of Selections", 1)
                        .withTypeOption("minValue", 1)
                        .withTypeOption("numberPrecision", 0)
                        .showWhen("fieldType", "checkbox")
                        .showWhen("limitSelection", "exact"),
                    Property.number("minSelections", "Minimum Selections", 0)
                        .withTypeOption("minValue", 0)
                        .withTypeOption("numberPrecision", 0)
                        .showWhen("fieldType", "checkbox")
                        .showWhen("limitSelection", "range"),
                    Property.number("maxSelections", "Maximum Selections", 1)
                        .withTypeOption("minValue", 1)
                        .withTypeOption("numberPrecision", 0)
                        .showWhen("fieldType", "checkbox")
                        .showWhen("limitSelection", "range"),
                    Property.string("html", "HTML", "<p>A text between the fields</p>")
                        .withTypeOption("editor", "htmlEditor")
                        .withExtra("noExpression", true)
                        .showWhen("fieldType", "html"),
                    Property.bool("multipleFiles", "Multiple Files", true)
                        .showWhen("fieldType", "file"),
                    Property.string("acceptFileTypes", "Accepted File Types", "")
                        .showWhen("fieldType", "file"),
                    Property.bool("requiredField", "Required Field", false)
                        .hideWhen("fieldType", "html", "hiddenField")))
            .withTypeOption("multipleValues", true)
            .withTypeOption("sortable", true)
            .showWhen("resume", "form"),
        Property.of("options", "responseMode", "Respond When", "onReceived")
            .withOptions(
                List.of(
                    Property.option("Form Is Submitted", "onReceived"),
                    Property.option("Workflow Finishes", "lastNode"),
                    Property.option("Using 'Respond to Webhook' Node", "responseNode")))
            .showWhen("resume", "form"),
        Property.of("options", "httpMethod", "HTTP Method", "GET")
            .withOptions(
                List.of(
                    Property.option("DELETE", "DELETE"),
                    Property.option("GET", "GET"),
                    Property.option("HEAD", "HEAD"),
                    Property.option("PATCH", "PATCH"),
                    Property.option("POST", "POST"),
                    Property.option("PUT", "PUT")))
            .showWhen("resume", "webhook"),
        Property.number("responseCode", "Response Code", 200)
            .withTypeOption("minValue", 100)
            .withTypeOption("maxValue", 599)
            .showWhen("resume", "webhook")
            .hideWhen("responseMode", "responseNode"),
        Property.of("options", "responseMode", "Respond", "onReceived")
            .withOptions(
                List.of(
                    Property.option("Immediately", "onReceived"),
                    Property.option("When Last Node Finishes", "lastNode"),
                    Property.option("Using 'Respond to Webhook' Node", "responseNode")))
            .showWhen("resume", "webhook"),
        Property.of("options", "responseData", "Response Data", "firstEntryJson")
            .withOptions(
                List.of(
                    Property.option("All Entries", "allEntries"),
                    Property.option("First Entry JSON", "firstEntryJson"),
                    Property.option("First Entry Binary", "firstEntryBinary"),
                    Property.option("No Response Body", "noData")))
            .showWhen("responseMode", "lastNode")
            .showWhen("resume", "webhook"),
        Property.string("responseBinaryPropertyName", "Property Name", "data")
            .asRequired()
            .showWhen("responseData", "firstEntryBinary")
            .showWhen("resume", "webhook"),
        Property.bool("limitWaitTime", "Limit Wait Time", false)
            .showWhen("resume", "webhook", "form"),
        Property.of("options", "limitType", "Limit Type", "afterTimeInterval")
            .withOptions(
                List.of(
                    Property.option("After Time Interval", "afterTimeInterval"),
                    Property.option("At Specified Time", "atSpecifiedTime")))
            .showWhen("limitWaitTime", true)
            .showWhen("resume", "webhook", "form"),
        Property.number("resumeAmount", "Amount", 1)
            .withTypeOption("minValue", 0)
            .withTypeOption("numberPrecision", 2)
            .showWhen("limitType", "afterTimeInterval")
            .showWhen("limitWaitTime", true)
            .showWhen("resume", "webhook", "form"),
        Property.of("options", "resumeUnit", "Unit", "hours")
            .withOptions(
                List.of(
                    Property.option("Seconds", "seconds"),
                    Property.option("Minutes", "minutes"),
                    Property.option("Hours", "hours"),
                    Property.option("Days", "days")))
            .showWhen("limitType", "afterTimeInterval")
            .showWhen("limitWaitTime", true)
            .showWhen("resume", "webhook", "form"),
        Property.of("dateTime", "maxDateAndTime", "Max Date and Time", "")
            .showWhen("limitType", "atSpecifiedTime")
            .showWhen("limitWaitTime", true)
            .showWhen("resume", "webhook", "form"),
        Property.collection(
                "options",
                "Options",
                Property.string("binaryPropertyName", "Field Name for Binary Data", "data"),
                Property.bool("ignoreBots", "Ignore Bots", false),
                Property.string("onlyRunIf", "Only Run If", ""),
                Property.string("ipWhitelist", "IP(s) Allowlist", ""),
                Property.bool("noResponseBody", "No Response Body", false)
                    .showWhen("/responseMode", "onReceived")
                    .hideWhen("rawBody", true),
                Property.bool("rawBody", "Raw Body", false).hideWhen("noResponseBody", true),
                Property.string("responseData", "Response Data", "")
                    .showWhen("/responseMode", "onReceived")
                    .hideWhen("noResponseBody", true),
                Property.string("responseContentType", "Response Content-Type", "")
                    .showWhen("/responseData", "firstEntryJson")
                    .showWhen("/responseMode", "lastNode"),
                Property.fixedCollection(
                        "responseHeaders",
                        "Response Headers",
                        Property.group(
                            "entries",
                            "Entries",
                            Property.string("name", "Name", ""),
                            Property.string("value", "Value", "")))
                    .withTypeOption("multipleValues", true),
                Property.string("responsePropertyName", "Property Name", "data")
                    .showWhen("/responseData", "firstEntryJson")
                    .showWhen("/responseMode", "lastNode"),
                Property.string("webhookSuffix", "Webhook Suffix", "")
                    .withExtra("noExpression", true))
            .showWhen("resume", "webhook"),
        Property.collection(
                "options",
                "Options",
                Property.bool("appendAttribution", "Append n8n Attribution", true),
                Property.fixedCollection(
                        "respondWithOptions",
                        "Form Response",
                        Property.group(
                            "values",
                            "Values",
                            Property.of("options", "respondWith", "Respond With", "text")
                                .withOptions(
                                    List.of(
                                        Property.option("Form Submitted Text", "text"),
                                        Property.option("Redirect URL", "redirect"))),
                            Property.string(
                                    "formSubmittedText",
                                    "Text to Show",
                                    "Your response has been recorded")
                                .showWhen("respondWith", "text"),
                            Property.string("redirectUrl", "URL to Redirect to", "")
                                .withExtra("validateType", "url")
                                .showWhen("respondWith", "redirect")))
                    .withDefault(Map.of("values", Map.of("respondWith", "text"))),
                Property.string("webhookSuffix", "Webhook Suffix", "")
                    .withExtra("noExpression", true))
            .showWhen("resume", "form")
            .hideWhen("responseMode", "responseNode"),
        Property.collection(
                "options",
                "Options",
                Property.bool("appendAttribution", "Append n8n Attribution", true),
                Property.string("webhookSuffix", "Webhook Suffix", "")
                    .withExtra("noExpression", true))
            .showWhen("resume", "form")
            .hideWhen("responseMode", "onReceived", "lastNode"));
  }
}
