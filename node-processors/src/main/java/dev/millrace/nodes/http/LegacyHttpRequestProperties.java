package dev.millrace.nodes.http;

import dev.millrace.node.Property;
import java.util.ArrayList;
import java.util.List;

/** The parameters of HTTP Request in versions 1 and 2. */
final class LegacyHttpRequestProperties {
  private static final Object[] WITH_BODY = {"PATCH", "POST", "PUT", "DELETE"};

  private LegacyHttpRequestProperties() {}

  static List<Property> all() {
    List<Property> all = new ArrayList<>();
    all.add(
        Property.options(
                "authentication",
                "Authentication",
                "none",
                Property.option("Basic Auth", "basicAuth"),
                Property.option("Custom Auth", "customAuth"),
                Property.option("Digest Auth", "digestAuth"),
                Property.option("Header Auth", "headerAuth"),
                Property.option("None", "none"),
                Property.option("OAuth1", "oAuth1"),
                Property.option("OAuth2", "oAuth2"),
                Property.option("Query Auth", "queryAuth"))
            .showWhen("@version", 1));
    all.add(
        Property.options(
                "authentication",
                "Authentication",
                "none",
                Property.option("None", "none"),
                Property.option("Predefined Credential Type", "predefinedCredentialType"),
                Property.option("Generic Credential Type", "genericCredentialType"))
            .showWhen("@version", 2));
    for (Property type : HttpRequestProperties.credentialTypes()) {
      all.add(type.showWhen("@version", 2));
    }
    for (Property property : common()) {
      all.add(property.showWhen("@version", 1, 2));
    }
    return all;
  }

  private static List<Property> common() {
    return List.of(
        Property.options(
            "requestMethod",
            "Request Method",
            "GET",
            Property.option("DELETE", "DELETE"),
            Property.option("GET", "GET"),
            Property.option("HEAD", "HEAD"),
            Property.option("OPTIONS", "OPTIONS"),
            Property.option("PATCH", "PATCH"),
            Property.option("POST", "POST"),
            Property.option("PUT", "PUT")),
        Property.string("url", "URL", "").asRequired(),
        Property.bool("allowUnauthorizedCerts", "Ignore SSL Issues", false),
        Property.options(
            "responseFormat",
            "Response Format",
            "json",
            Property.option("File", "file"),
            Property.option("JSON", "json"),
            Property.option("String", "string")),
        Property.string("dataPropertyName", "Property Name", "data")
            .asRequired()
            .showWhen("responseFormat", "string", "file"),
        Property.bool("jsonParameters", "JSON/RAW Parameters", false),
        Property.collection(
            "options",
            "Options",
            Property.number("batchInterval", "Batch Interval", 1000),
            Property.number("batchSize", "Batch Size", 50),
            Property.options(
                "bodyContentType",
                "Body Content Type",
                "json",
                Property.option("JSON", "json"),
                Property.option("RAW/Custom", "raw"),
                Property.option("Form-Data Multipart", "multipart-form-data"),
                Property.option("Form Urlencoded", "form-urlencoded")),
            Property.bool("fullResponse", "Full Response", false),
            Property.bool("followAllRedirects", "Follow All Redirects", false),
            Property.bool("followRedirect", "Follow GET/HEAD Redirects", true),
            Property.bool("ignoreResponseCode", "Ignore Response Code", false),
            Property.string("bodyContentCustomMimeType", "MIME Type", ""),
            Property.string("proxy", "Proxy", ""),
            Property.bool("splitIntoItems", "Split Into Items", false)
                .showWhen("/responseFormat", "json"),
            Property.number("timeout", "Timeout", 10_000),
            Property.bool("useQueryString", "Use Querystring", false)),
        Property.bool("sendBinaryData", "Send Binary File", false)
            .showWhen("jsonParameters", true)
            .showWhen("requestMethod", "PATCH", "POST", "PUT"),
        Property.string("binaryPropertyName", "Input Binary Field", "data")
            .asRequired()
            .showWhen("jsonParameters", true)
            .showWhen("requestMethod", "PATCH", "POST", "PUT")
            .showWhen("sendBinaryData", true),
        Property.of("json", "bodyParametersJson", "Body Parameters", "")
            .showWhen("requestMethod", WITH_BODY)
            .showWhen("jsonParameters", true),
        pairs("bodyParametersUi", "Body Parameters")
            .showWhen("requestMethod", WITH_BODY)
            .showWhen("jsonParameters", false),
        Property.of("json", "headerParametersJson", "Headers", "").showWhen("jsonParameters", true),
        pairs("headerParametersUi", "Headers").showWhen("jsonParameters", false),
        Property.of("json", "queryParametersJson", "Query Parameters", "")
            .showWhen("jsonParameters", true),
        pairs("queryParametersUi", "Query Parameters").showWhen("jsonParameters", false));
  }

  private static Property pairs(String name, String label) {
    return Property.fixedCollection(
            name,
            label,
            Property.group(
                "parameter",
                "Parameter",
                Property.string("name", "Name", ""),
                Property.string("value", "Value", "")))
        .withTypeOption("multipleValues", true);
  }
}
