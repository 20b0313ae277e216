package dev.millrace.nodes.flow;

import dev.millrace.node.AwaitedCall;
import dev.millrace.node.FlowNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.Suspension;
import dev.millrace.parameter.DateTimes;
import dev.millrace.value.Undefined;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Wait: lets its items through after a while or at a time, or goes on with what a call or a form
 * brings. How such a call is served is decided when the wait begins, see {@link AwaitedCall}.
 */
public final class Wait implements FlowNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.wait")
          .named("Wait", "Goes on after a while, at a given time, or when it is called.")
          .group("organization")
          .versions(1, 1.1)
          .credentials("httpBasicAuth", "httpHeaderAuth", "jwtAuth")
          .properties(properties())
          .build();

  /** Beside the options, what serving a call depends on. */
  private static final List<String> WEBHOOK_PARAMETERS =
      List.of(
          "httpMethod",
          "responseMode",
          "responseCode",
          "responseData",
          "responseBinaryPropertyName");

  private static final List<String> FORM_PARAMETERS =
      List.of("formTitle", "formDescription", "formFields", "responseMode");

  /** The options that are evaluated when the wait begins. */
  private static final Set<String> OPTIONS =
      Set.of(
          "binaryPropertyName",
          "ignoreBots",
          "ipWhitelist",
          "noResponseBody",
          "rawBody",
          "respondWithOptions",
          "responseContentType",
          "responseData",
          "responseHeaders",
          "responsePropertyName");

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    Instant now = call.now().toInstant();
    return switch (call.string("resume", 0, "timeInterval")) {
      case "timeInterval" -> until(call, later(call, "amount", "unit"));
      case "specificTime" -> until(call, at(call, "dateTime"));
      case "webhook" -> called(call, AwaitedCall.Kind.WEBHOOK, now);
      case "form" -> called(call, AwaitedCall.Kind.FORM, now);
      case String other ->
          throw new NodeException("The Wait node does not know how to resume \"" + other + "\".");
    };
  }

  private static NodeOutput until(NodeCall call, Instant time) {
    NodeOutput output = NodeOutput.of(call.input());
    return time.isAfter(call.now().toInstant())
        ? output.waitingFor(new Suspension.Until(time))
        : output;
  }

  private static NodeOutput called(NodeCall call, AwaitedCall.Kind kind, Instant now) {
    NodeOutput output = NodeOutput.of(call.input());
    Instant limit = limit(call);
    if (limit != null && !limit.isAfter(now)) {
      return output;
    }
    if (limit == null && call.execution().resumeUrl().isEmpty()) {
      throw new NodeException(
          "Nothing here serves the call that the Wait node waits for: run the workflow on a server"
              + " (./millrace up), or limit the wait.");
    }
    return output.waitingFor(new Suspension.ForCall(awaited(call, kind), limit));
  }

  private static @Nullable Instant limit(NodeCall call) {
    if (!call.bool("limitWaitTime", 0, false)) {
      return null;
    }
    return switch (call.string("limitType", 0, "afterTimeInterval")) {
      case "afterTimeInterval" -> later(call, "resumeAmount", "resumeUnit");
      case "atSpecifiedTime" -> at(call, "maxDateAndTime");
      case String other ->
          throw new NodeException("The limit \"" + other + "\" of the wait is not known.");
    };
  }

  private static AwaitedCall awaited(NodeCall call, AwaitedCall.Kind kind) {
    List<String> names = kind == AwaitedCall.Kind.FORM ? FORM_PARAMETERS : WEBHOOK_PARAMETERS;
    Map<String, @Nullable Object> parameters = resolved(call, "", names);
    if (call.rawParameter("options") instanceof Map<?, ?> options) {
      List<String> chosen =
          options.keySet().stream().map(String::valueOf).filter(OPTIONS::contains).toList();
      parameters.put("options", resolved(call, "options.", chosen));
    }
    Object authentication = call.rawParameter("incomingAuthentication");
    // As it is stored, since it must be plain to see who may call.
    parameters.put(
        "incomingAuthentication", Undefined.orNull(authentication) ? null : authentication);
    return new AwaitedCall(
            kind,
            call.execution().workflow().id().orElse(""),
            call.node().name(),
            suffix(call),
            call.rawParameter("options.onlyRunIf") instanceof String condition
                    && !condition.isEmpty()
                ? condition
                : null,
            parameters,
            credentials(call))
        .stored();
  }

  private static Map<String, @Nullable Object> resolved(
      NodeCall call, String prefix, List<String> names) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (String name : names) {
      Object value = call.parameter(prefix + name, 0);
      if (!Undefined.orNull(value)) {
        values.put(name, value);
      }
    }
    return values;
  }

  private static String suffix(NodeCall call) {
    String suffix = call.string("options.webhookSuffix", 0, "").strip();
    int from = 0;
    int to = suffix.length();
    while (from < to && suffix.charAt(from) == '/') {
      from++;
    }
    while (to > from && suffix.charAt(to - 1) == '/') {
      to--;
    }
    return suffix.substring(from, to);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> credentials(NodeCall call) {
    return call.node().raw().get("credentials") instanceof Map<?, ?> named
        ? (Map<String, @Nullable Object>) named
        : Map.of();
  }

  private static Instant later(NodeCall call, String amountName, String unitName) {
    double seconds =
        switch (call.string(unitName, 0, "seconds")) {
          case "seconds" -> 1;
          case "minutes" -> 60;
          case "hours" -> 3_600;
          case "days" -> 86_400;
          case String other ->
              throw new NodeException("The unit \"" + other + "\" of the wait is not known.");
        };
    double amount = call.number(amountName, 0, Double.NaN);
    if (Double.isNaN(amount) || amount < 0) {
      throw new NodeException("The amount to wait has to be a number of 0 or more.");
    }
    try {
      return call.now()
          .toInstant()
          .plus(Duration.ofMillis((long) Math.min(amount * seconds * 1_000, 1e15)));
    } catch (DateTimeException | ArithmeticException tooFar) {
      throw new NodeException("The wait is too long.");
    }
  }

  private static Instant at(NodeCall call, String name) {
    Object given = call.parameter(name, 0);
    return DateTimes.parse(given, call.now().getZone())
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
